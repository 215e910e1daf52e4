"""The format of a run file: the first module of `maw.runs.formats` whose `matches` accepts it.

Formats with a lower `PRECEDENCE` are asked first. A format recognises a file by its first bytes or
by its name. The TREC format comes last and accepts every file, so that its errors name the line.
Where the user names the format, which is its module's name such as `trec` or the place of a module
of the user's, no format is asked.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol, cast

from maw.errors import InputError
from maw.runs import formats
from maw.runs.content import Content
from maw.runs.text import piped_bytes, read_bytes
from maw.settings import extensions
from maw.settings.contract_checks import require

COMPRESSED = ".gz"
N_HEAD_BYTES = 4096  # of a file, enough to recognise every format by its first bytes


class Format(Protocol):
    """The constants and the functions that a module of `maw.runs.formats` defines."""

    PRECEDENCE: int
    """Position among the formats; the lowest is asked first (parquet 10, table 20, TREC 1000).

    Formats that only their content can tell stand between: they are asked before `table`, which
    takes every file whose name ends in .csv or .tsv.
    """

    ENDINGS: tuple[str, ...]
    """Endings of the format's file names, such as `.run`; a system's name is without them."""

    def matches(self, path: Path, head: bytes) -> bool:
        """Return whether this format's `read` shall read the file.

        head: the file's first N_HEAD_BYTES bytes as they are on disk. For a gzipped file these are
        gzip's own bytes; `maw.runs.text.first_text` unpacks them. InputError where the content is
        of two formats' kind, so that the user has to name the format.
        """

    def read(self, path: Path, piped: bytes | None = None) -> Content:
        """Return the content of the file. InputError names the file, and the line or the row.

        piped: the file's bytes where the path is a pipe, which cannot be read a second time.
        """


def format_names() -> list[str]:
    """Return the modules' names of all formats, such as `maw.runs.formats.trec`, sorted."""
    prefix = f"{formats.__name__}."
    return sorted(module.name for module in iter_modules(formats.__path__, prefix))


def known_formats() -> list[Format]:
    """Return all format modules, imported, by ascending `PRECEDENCE`."""
    modules = [cast(Format, import_module(name)) for name in format_names()]
    return sorted(modules, key=lambda module: module.PRECEDENCE)


def endings() -> tuple[str, ...]:
    """Return the endings of run files of all formats, and that of compressed files."""
    return (COMPRESSED, *(ending for module in known_formats() for ending in module.ENDINGS))


def format_called(name: str) -> Format:
    """Return the format with this module's name, such as `trec`, or the user's own.

    The user's own is named by its place: `path/to/file.py` or `module:lab.format`. InputError for
    an unknown name, with all names, and for code that fails or does not obey the contract `Format`.
    """
    if extensions.is_place(name):
        place = name.removeprefix(extensions.MODULE)
        module = extensions.module_at(place, place="format")
        require(module, Format, place=f"format: {place}")
        return cast(Format, module)
    names = {module.rpartition(".")[2]: module for module in format_names()}
    if name not in names:
        raise InputError(f"format {name!r} is unknown; known: {', '.join(names)}")
    return cast(Format, import_module(names[name]))


def read(path: Path, file_format: str | None = None) -> Content:
    """Return the run, or the scores per topic, in a file of any of the formats.

    file_format: name of the file's format, such as `trec`; None: its content or its name tells.
    InputError for an unknown name of a format, and for a file that its format cannot read.
    """
    told = None if file_format is None else format_called(file_format)
    piped = piped_bytes(path)
    if told is not None:
        return told.read(path, piped)
    head = read_bytes(path, first=N_HEAD_BYTES) if piped is None else piped[:N_HEAD_BYTES]
    known = next(module for module in known_formats() if module.matches(path, head))
    return known.read(path, piped)
