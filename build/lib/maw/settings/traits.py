"""What the workflow has to know of a system that does not train in maw's own loop.

The module of its kind states it in constants, and its `Config` in properties; both may be left out.
`maw.ranking.self_training` says what such a kind gets and returns. This module never imports torch.
"""

from collections.abc import Mapping

from pydantic import BaseModel

from maw.errors import InputError
from maw.settings import registry


def trains_itself(entry: BaseModel) -> bool:
    """Return True where the system's module has a function `train` of its own, which is called.

    The module says `TRAINS_ITSELF = True`. A `Config` whose property `trains` is False stands for a
    system that is not trained, although others of its kind are.
    """
    module = registry.module_of(entry)
    return bool(getattr(module, "TRAINS_ITSELF", False)) and bool(getattr(entry, "trains", True))


def has_learning_rate(entry: BaseModel) -> bool:
    """Return True unless the property `has_learning_rate` of the `Config` is False.

    A system without a learning rate takes no part in the search.
    """
    return bool(getattr(entry, "has_learning_rate", True))


def has_steps(entry: BaseModel) -> bool:
    """Return True unless the property `has_steps` of the `Config` is False.

    A system whose number of training steps maw cannot set cannot be trained for longer.
    """
    return bool(getattr(entry, "has_steps", True))


def records_draws(entry: BaseModel) -> bool:
    """Return True unless the property `records_draws` of the `Config` is False.

    What a system draws at a seed is then not known, so its seeds are independent of all others.
    """
    return bool(getattr(entry, "records_draws", True))


def reads_index(entry: BaseModel) -> bool:
    """Return True where the system ranks with BM25's index in place of the documents' texts.

    The module says `INDEXED = True`.
    """
    return bool(getattr(registry.module_of(entry), "INDEXED", False))


def uses_device(entry: BaseModel) -> bool:
    """Return True where ranking uses the suite's device, although it reads no trunk.

    The module says `USES_DEVICE = True`.
    """
    return bool(getattr(registry.module_of(entry), "USES_DEVICE", False))


def ranks_all(entry: BaseModel) -> bool:
    """Return True where the system's development queries rank all documents, and not a pool.

    The module says `RANKS_ALL = True`.
    """
    return bool(getattr(registry.module_of(entry), "RANKS_ALL", False))


def is_given(entry: BaseModel) -> bool:
    """Return True where the system's rankings were made elsewhere, and are only read here.

    The module says `GIVEN = True`.
    """
    return bool(getattr(registry.module_of(entry), "GIVEN", False))


def fingerprint(entry: BaseModel) -> dict[str, str]:
    """Return what else a system's results depend on: the name of a file or folder -> its hash.

    It is what the module's function `fingerprint` returns; {} where it has none. The specification
    of each job of the system holds it, so that a changed file makes the job run again.
    """
    function = getattr(registry.module_of(entry), "fingerprint", None)
    return {} if function is None else dict(function(entry))


def require_files(systems: Mapping[str, BaseModel]) -> None:
    """Raise InputError for a system whose files or programs are missing, with the system's name.

    systems: the systems of a suite by their names.
    """
    for name, entry in systems.items():
        try:
            fingerprint(entry)
        except InputError as error:
            raise InputError(f"systems.{name}: {error}") from None
