"""The parquet format: a run (query_id, doc_id, score) or scores (system, query_id, measure, value).

Further columns of scores are dataset and seed, as in a suite's tables.
"""

from hashlib import sha256
from pathlib import Path

from maw.jobs.files import read_parquet
from maw.runs.content import Content
from maw.runs.frames import content_of
from maw.runs.text import read_bytes

PRECEDENCE = 10
ENDINGS = (".parquet",)
MAGIC = b"PAR1"


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file has parquet's first bytes or its ending.

    A broken file that has only the ending is then reported as broken parquet.
    """
    return head.startswith(MAGIC) or path.suffix in ENDINGS


def read(path: Path) -> Content:
    """Return the ranking or the scores, depending on the columns. InputError names file and row."""
    content = content_of(read_parquet(path), origin=str(path))
    digest = sha256(read_bytes(path)).hexdigest()
    return Content(content.kind, content.frame, sha256=digest)
