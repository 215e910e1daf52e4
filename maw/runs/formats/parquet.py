"""Parquet: a run (query_id, doc_id, score), or scores per topic as the suite writes them."""

from hashlib import sha256
from pathlib import Path

from maw.jobs.files import read_parquet
from maw.runs.content import Content
from maw.runs.frames import content_of
from maw.runs.text import read_bytes

MAGIC = b"PAR1"


def matches(path: Path, head: bytes) -> bool:
    """By the first bytes, or by the ending: a broken file is then called what it is."""
    return head.startswith(MAGIC) or path.suffix == ".parquet"


def read(path: Path) -> Content:
    """By its columns, a ranking or scores. InputError names the row."""
    found = content_of(read_parquet(path), place=str(path))
    digest = sha256(read_bytes(path)).hexdigest()
    return Content(found.kind, found.frame, sha256=digest)
