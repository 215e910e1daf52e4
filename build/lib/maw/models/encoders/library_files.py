"""The folder of a model that sentence-transformers runs: where it is, and what identifies it.

Nothing here imports torch, because a configuration's jobs are specified with it.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from maw.errors import InputError, without_extra
from maw.jobs.model_content import content_of
from maw.models.encoders import hub
from maw.models.encoders.packaged import PACKAGED, packaged_folder
from maw.models.encoders.sentence_folder import MODULES, prompts_of

PICKLES = {".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"}


def folder_of(name: str, *, with_code: bool = False) -> Path:
    """Return the folder of a model; `hf:<id>` is downloaded from the hub first if need be.

    `minilm` is the model that is installed with maw.
    with_code: download the code in the model's repository too. InputError where there is no such
    folder, or the hub does not give the model.
    """
    if name in PACKAGED:
        return packaged_folder(name, key="model")
    if name.startswith(hub.PREFIX):
        code = ("*.py",) if with_code else ()
        return hub.fetch(name, files=(*hub.ALL_FILES, *code), key="model")
    if not any(Path(name, file).is_file() for file in (MODULES, "config.json")):
        raise InputError(
            f"model {name!r}: no folder with {MODULES} or config.json; give the folder of a model, "
            "or hf:<id> for one of the Hugging Face hub"
        )
    return Path(name)


def fingerprint_of(name: str, *, prompts: Mapping[str, str | None], with_code: bool = False) -> str:
    """Return what changes where a model does: the hash of its folder, or its commit of the hub.

    `hf:<id>@<commit>` is not downloaded here; any other name of the hub is, because a branch may be
    at another commit today. InputError as in `folder_of` and `require_usable`.
    """
    revision = name.partition("@")[2]
    if name.startswith(hub.PREFIX) and hub.COMMIT.fullmatch(revision):
        return revision
    folder = folder_of(name, with_code=with_code)
    require_usable(folder, prompts)
    return hub.commit_of(folder) or content_of(folder)


def require_installed(*modules: str) -> None:
    """Raise InputError with the pip line for a module, as in `import`, that is not installed."""
    for module in modules:
        if find_spec(module) is None:
            raise without_extra(ModuleNotFoundError(name=module))


def require_usable(folder: Path, prompts: Mapping[str, str | None]) -> dict[str, str]:
    """Return the text that is put before the texts of each side, `query` and `document`.

    prompts: side -> text that the configuration gives, None for the folder's own. InputError where
    it is not known which of the folder's prompts to use, and where weights of a module are in a
    pickle and not in safetensors.
    """
    _require_safetensors(folder)
    return prompts_of(folder, prompts, key="{side}_prompt")


def _require_safetensors(folder: Path) -> None:
    for place in (folder, *(path for path in sorted(folder.iterdir()) if path.is_dir())):
        pickles = sorted(path for path in place.iterdir() if path.suffix in PICKLES)
        if pickles and not any(place.glob("*.safetensors")):
            raise InputError(
                f"{pickles[0]}: weights in a pickle are not read, because a pickle runs code; save "
                "the model again as safetensors"
            )
