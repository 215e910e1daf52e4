"""maw tests whether a changed transformer ranks better than a fair control, with statistics.

`maw.compare` judges anybody's runs, `maw.load` opens an exported model, and
`maw.CrossEncoderWithMAW` is a cross-encoder whose last layers attend with depths.
"""

from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

from maw.settings.version import VERSION

if TYPE_CHECKING:
    from maw.api import compare
    from maw.models.encoders.cross_encoder_with_maw import CrossEncoderWithMAW

__version__ = VERSION
__all__ = ["CrossEncoderWithMAW", "compare", "load"]

LAZY = {"compare": "maw.api", "CrossEncoderWithMAW": "maw.models.encoders.cross_encoder_with_maw"}


def load(folder: str | PathLike[str]) -> Any:
    """Open an exported model: `maw.load(folder).encode(texts)` -> unit vectors, float32 [N, E]."""
    return import_module("maw.models.encoders.loaded").load(folder)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import maw` costs nothing."""
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    raise AttributeError(f"module 'maw' has no attribute {name!r}")
