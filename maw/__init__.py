"""Did the changed transformer rank better? Train it and a fair control, score both, and say so."""

from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maw.api import compare
    from maw.models.encoders.cross_encoder_with_maw import CrossEncoderWithMAW

__version__ = "0.1.0"
__all__ = ["CrossEncoderWithMAW", "compare", "load"]


def load(folder: str | PathLike[str]) -> Any:
    """An exported model: `maw.load(folder).encode(texts)` -> unit vectors, float32 [N, E]."""
    return import_module("maw.models.encoders.loaded").load(folder)


def __getattr__(name: str) -> Any:
    """What is imported when it is asked for: `import maw` costs nothing."""
    if name == "compare":
        from maw.api import compare

        return compare
    if name == "CrossEncoderWithMAW":
        return import_module("maw.models.encoders.cross_encoder_with_maw").CrossEncoderWithMAW
    raise AttributeError(f"module 'maw' has no attribute {name!r}")
