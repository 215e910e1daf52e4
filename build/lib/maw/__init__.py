"""maw tests whether a changed transformer ranks better than a fair control, with statistics.

`maw.compare` compares runs of any origin and gives verdicts. `maw.load` opens an exported model.
`maw.CrossEncoderWithMAW` is a cross-encoder with the attention of the kind `maw` in its last
layers: each has several query and key projections (depths).
"""

from importlib import import_module
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING, Any

from maw.errors import without_extra
from maw.settings.version import VERSION

if TYPE_CHECKING:
    from maw.api import compare
    from maw.models.encoders.cross_encoder_with_maw import CrossEncoderWithMAW

__version__ = VERSION
__all__ = ["CrossEncoderWithMAW", "compare", "load"]

LAZY = {"compare": "maw.api", "CrossEncoderWithMAW": "maw.models.encoders.cross_encoder_with_maw"}


def load(folder: str | PathLike[str], *, config: str | PathLike[str] | None = None) -> Any:
    """Return the model that `maw export --run` wrote into a folder.

    `maw.load(folder).encode(texts)` returns unit vectors, float32 [N, E], one for each of N texts.
    config: a suite's configuration; only a model that needs a file or module of your own code needs
    it, because that code runs only where a configuration of yours names it.
    """
    return _imported("maw.models.encoders.loaded").load(folder, config=config)


def _imported(module: str) -> ModuleType:
    """Return a module of maw; InputError where it needs an extra that is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise without_extra(error) from None


def __dir__() -> list[str]:
    """List the public names, so that a notebook completes them."""
    return sorted([*__all__, "__version__"])


def __getattr__(name: str) -> Any:
    """Return `maw.compare` or `maw.CrossEncoderWithMAW`, which are imported when first used.

    `import maw` alone is fast for this reason. AttributeError for any other name.
    """
    if name in LAZY:
        return getattr(_imported(LAZY[name]), name)
    raise AttributeError(f"module 'maw' has no attribute {name!r}")
