"""The format of a run file: the first module of `maw.runs.formats` whose `matches` accepts it.

The formats with the lower `PRECEDENCE` are asked first. They look at the content before the ending.
The TREC format comes last and accepts every file, so that its errors name the line.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from maw.runs import formats
from maw.runs.content import Content
from maw.runs.text import read_bytes

N_HEAD_BYTES = 64  # of a file, enough to recognise every format by its first bytes


class Format(Protocol):
    """The constant and the functions that a module of `maw.runs.formats` defines."""

    PRECEDENCE: int
    """Position among the formats; the lowest is asked first."""

    def matches(self, path: Path, head: bytes) -> bool:
        """Return whether the file is in this format. head: its first bytes as they are on disk."""

    def read(self, path: Path) -> Content:
        """Read the whole file. InputError names file and line."""


def format_names() -> list[str]:
    """Return the modules of all formats, `maw.runs.formats.trec` for one, in alphabetical order."""
    prefix = f"{formats.__name__}."
    return sorted(module.name for module in iter_modules(formats.__path__, prefix))


def known_formats() -> list[Format]:
    """Import all format modules and return them by ascending precedence."""
    modules = [cast(Format, import_module(name)) for name in format_names()]
    return sorted(modules, key=lambda module: module.PRECEDENCE)


def read(path: Path) -> Content:
    """Read a run, or scores per topic, in whatever format the file has."""
    head = read_bytes(path)[:N_HEAD_BYTES]
    file_format = next(module for module in known_formats() if module.matches(path, head))
    return file_format.read(path)
