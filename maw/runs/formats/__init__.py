"""Which format is this file? Each has a module: `matches(path, head)`, then `read(path)`.

Content decides before the ending does; what no other format claims is read as a TREC run, whose
errors name the line.
"""

from pathlib import Path
from typing import Protocol, cast

from maw.runs.content import Content
from maw.runs.formats import parquet, table, trec
from maw.runs.text import read_bytes


class Format(Protocol):
    """What a module of this package offers."""

    def matches(self, path: Path, head: bytes) -> bool:
        """Is it this format? head: the file's bytes as they lie on the disk."""

    def read(self, path: Path) -> Content:
        """The whole file. InputError names file and line."""


def read(path: Path) -> Content:
    """A run, or scores per topic, in whatever format the file has."""
    head = read_bytes(path)[:64]
    formats = cast(tuple[Format, ...], (parquet, table, trec))  # a module is its own instance
    return next(format for format in formats if format.matches(path, head)).read(path)
