"""The JSON of BEIR and ranx: an object `topic -> document -> score`, a ranking."""

from pathlib import Path

from maw.runs.content import Content
from maw.runs.json_files import is_nested, ranking_content, read_json
from maw.runs.text import first_text

PRECEDENCE = 14  # after `pytrec_eval`, whose files have measures in the place of documents
ENDINGS = (".json",)


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file begins as topic -> key -> number."""
    return is_nested(first_text(head))


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking. InputError names the file, the topic and the document.

    piped: see `maw.runs.file_formats.Format.read`.
    """
    topics, plain = read_json(path, piped)
    return ranking_content(topics, path=path, plain=plain)
