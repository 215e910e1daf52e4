"""A run format: JSON lines `{"topic": "q1", "documents": ["d7", "d2"]}`, the best document first.

It is named on the command line: `maw compare a.jsonl b.jsonl --format examples/my_format.py …`.
"""

import json
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.frames import content_of
from maw.runs.text import read_text

PRECEDENCE = 15  # formats with a lower number are asked first whether a file is theirs
ENDINGS = (".jsonl",)


def matches(path: Path, head: bytes) -> bool:
    """Return whether this format shall read the file. head: its first bytes, as on the disk."""
    return path.suffix in ENDINGS and b'"documents"' in head


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking; the n-th document of a topic has the score -n."""
    text, rows, lines = read_text(path, piped), [], []
    for line, entry in text.rows():
        try:
            item = json.loads(entry)
            ranked = [(item["topic"], document) for document in item["documents"]]
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}:{line}: no topic with its documents; mend the line") from None
        rows += [(topic, document, -float(n)) for n, (topic, document) in enumerate(ranked, 1)]
        lines += [line] * len(ranked)
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])
    content = content_of(frame, origin=str(path), locate=lambda row: f"{path}:{lines[row]}")
    return Content(content.kind, content.frame, notices=text.notices, sha256=text.sha256)
