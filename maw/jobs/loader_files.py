"""Asks a dataset's loader what it knows before it reads anything: its files, and what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

from maw.errors import InputError
from maw.settings import extensions, registry
from maw.settings.suite import Suite


def sources(suite: Suite, dataset: str) -> list[str]:
    """Return the paths of the files from which a dataset is made, as its loader names them.

    The workflow makes the dataset again when one of these files is newer. Some loaders name none.
    InputError, which names the dataset, where the loader misses a file or ends the program.
    """
    loader = suite.dataset(dataset).loader
    with _naming(dataset):
        paths = [str(path) for path in registry.module_of(loader).sources(loader)]
    return paths  # noqa: RET504  mypy thinks that a context may go on after an error


def look_at_loader(suite: Suite, dataset: str) -> None:
    """Call the function `check` of a dataset's loader, if it has one.

    InputError, which names the dataset, for what the loader knows before anything is read.
    """
    loader = suite.dataset(dataset).loader
    look = getattr(registry.module_of(loader), "check", None)
    if look is not None:
        with _naming(dataset):
            look(loader)


@contextmanager
def _naming(dataset: str) -> Iterator[None]:
    """Name the dataset in an InputError of its loader, and in one for a loader that ends maw."""
    try:
        yield
    except InputError as error:
        raise InputError(f"datasets.{dataset}: {error}") from None
    except SystemExit as error:  # a loader of the user may call `sys.exit`
        raise InputError(f"datasets.{dataset}: {extensions.fault(error, dataset)}") from None
