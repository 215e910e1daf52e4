"""`maw.load` opens an encoder from a folder that `maw export` wrote.

The folder holds `maw.json` (system, backbone and token limits) and one of

- a plain encoder: config.json, model.safetensors, tokenizer.json and modules.json, as
  sentence-transformers lays it out;
- a MAW encoder: the unchanged backbone in backbone/, and model.safetensors with the trained layers
  and the router.
"""

from pathlib import Path

from maw.errors import InputError
from maw.jobs.files import read_json
from maw.models.encoders.text_encoder import TextEncoder, build
from maw.settings import extensions, registry
from maw.settings.sections import Backbone

FORMAT = 1
MANIFEST = "maw.json"
PLAIN, INSIDE = ".", "backbone"  # folder of the backbone in the two kinds of export


def load(folder: str | Path) -> TextEncoder:
    """Return the encoder in an exported folder: `load(folder).encode(texts)` gives float32 [N, E].

    Only JSON and safetensors are read, and no code of the folder is run. InputError where a file is
    missing, broken or of another version, or where maw.json names code by its file or module.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder / MANIFEST}: missing; give a folder that `maw export` wrote")
    manifest = read_json(folder / MANIFEST)
    if manifest.get("format") != FORMAT or manifest["backbone"]["name"] not in (PLAIN, INSIDE):
        raise InputError(f"{folder / MANIFEST}: written by another version of maw; export again")
    if named := extensions.places(manifest["system"]):
        raise InputError(
            f"{folder / MANIFEST}: names code by its file, {named[0]!r}, which `maw.load` "
            "never runs; install that kind as a package with an entry point"
        )
    name = manifest["backbone"]["name"]
    backbone = Backbone.model_validate({**manifest["backbone"], "name": str(folder / name)})
    try:
        state = None if name == PLAIN else load_file(folder / "model.safetensors")
        return build(registry.parse("systems", manifest["system"]), backbone=backbone, state=state)
    except (SafetensorError, RuntimeError, FileNotFoundError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{folder}: the model does not load ({reason}); export it again") from None
