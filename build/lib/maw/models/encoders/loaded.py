"""`maw.load` opens an encoder from a folder that `maw export` wrote.

The folder holds `maw.json` (system, backbone and token limits) and one of

- a plain encoder: config.json, model.safetensors, tokenizer.json and modules.json, as
  sentence-transformers lays it out;
- a MAW encoder: the unchanged backbone in backbone/, and model.safetensors with the trained layers
  and the router.
"""

from pathlib import Path

from maw.errors import InputError
from maw.jobs import own_code
from maw.jobs.files import read_json
from maw.models.encoders.text_encoder import TextEncoder, build
from maw.settings import registry
from maw.settings.sections import Backbone

FORMAT = 1
MANIFEST = "maw.json"
PLAIN, INSIDE = ".", "backbone"  # folder of the backbone in the two kinds of export


def load(folder: str | Path, *, config: str | Path | None = None) -> TextEncoder:
    """Return the encoder in an exported folder: `load(folder).encode(texts)` gives float32 [N, E].

    Only JSON and safetensors are read, and no code of the folder is run. config: a suite's
    configuration, for a model whose maw.json names a file or module of code: it runs only where the
    configuration names it too, and it is unchanged. InputError where it does not, and where a file
    is missing, broken or of another version.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder / MANIFEST}: missing; give a folder that `maw export` wrote")
    manifest = read_json(folder / MANIFEST)
    if manifest.get("format") != FORMAT or manifest["backbone"]["name"] not in (PLAIN, INSIDE):
        raise InputError(f"{folder / MANIFEST}: written by another version of maw; export again")
    own_code.require_named(
        manifest["system"],
        manifest.get(own_code.KEY, {}),
        place=folder / MANIFEST,
        configuration=None if config is None else Path(config),
    )
    name = manifest["backbone"]["name"]
    backbone = Backbone.model_validate({**manifest["backbone"], "name": str(folder / name)})
    try:
        state = None if name == PLAIN else load_file(folder / "model.safetensors")
        return build(registry.parse("systems", manifest["system"]), backbone=backbone, state=state)
    except (SafetensorError, RuntimeError, FileNotFoundError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{folder}: the model does not load ({reason}); export it again") from None
