"""What does a folder need to hold to be loaded in three lines? `maw export` writes it.

maw.json            what it is: system, backbone, limits
a plain encoder     config.json, model.safetensors, tokenizer.json, modules.json: as
                    sentence-transformers lays it out
a MAW encoder       backbone/ as it came, model.safetensors the trained layers and the router
"""

from pathlib import Path

from maw.errors import InputError
from maw.jobs.files import read_json
from maw.models.encoders.text_encoder import TextEncoder, build
from maw.settings import extensions, registry
from maw.settings.sections import Backbone

FORMAT = 1
MANIFEST = "maw.json"
PLAIN, INSIDE = ".", "backbone"  # where in the folder the backbone is


def load(folder: str | Path) -> TextEncoder:
    """The encoder in an exported folder: `load(folder).encode(texts)` -> float32 [N, E].

    InputError names the file that is missing or foreign. Reads JSON and safetensors only.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder / MANIFEST}: missing; give a folder that `maw export` wrote")
    about = read_json(folder / MANIFEST)
    if about.get("format") != FORMAT or about["backbone"]["name"] not in (PLAIN, INSIDE):
        raise InputError(f"{folder / MANIFEST}: written by another version of maw; export again")
    if named := extensions.places(about["system"]):
        raise InputError(
            f"{folder / MANIFEST}: names code by its place, {named[0]!r}, and no model's folder "
            "runs code; bring that kind by an installed package's entry point"
        )
    place = about["backbone"]["name"]
    backbone = Backbone.model_validate({**about["backbone"], "name": str(folder / place)})
    try:
        state = None if place == PLAIN else load_file(folder / "model.safetensors")
        return build(registry.parse("systems", about["system"]), backbone=backbone, state=state)
    except (SafetensorError, RuntimeError, FileNotFoundError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{folder}: does not load ({reason}); export again") from None
