"""Did the changed transformer rank better? Train it and a fair control, score both, and say so."""

from importlib import import_module
from os import PathLike
from typing import Any

__version__ = "0.1.0"


def load(folder: str | PathLike[str]) -> Any:
    """An exported model: `maw.load(folder).encode(texts)` -> unit vectors, float32 [N, E]."""
    # by name, not by `import`: every stage imports maw, and would count this code as its own
    return import_module("maw.encoders.loaded").load(folder)
