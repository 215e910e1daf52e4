"""Relevance judgements (qrels), read from TREC, BEIR or parquet files.

TREC: lines `topic 0 document grade`. BEIR: lines `query-id corpus-id score`, with or without a
header.
"""

from hashlib import sha256
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.measures.grades import GRADE_COLUMNS
from maw.runs.content import Input
from maw.runs.formats import parquet
from maw.runs.frames import JUDGEMENTS, clean_judgements, named, refuse_empty, rows_of
from maw.runs.notices import Notice, counted
from maw.runs.text import Text, read_bytes, read_text

EXPECTED = (
    "qrels have 4 on every line (topic 0 document grade), or 3 on every line (query-id corpus-id "
    "score)"
)
N_TREC, N_BEIR, N_RUN = 4, 3, 6  # columns of each kind of file
N_HEAD_BYTES = 64  # enough to recognise parquet


def read_qrels(path: Path) -> tuple[pd.DataFrame, Input, tuple[Notice, ...]]:
    """Return the judgements, their origin with the file's digest, and notices on the file.

    The columns are query_id, doc_id, relevance.
    InputError names the file, and the line or the row.
    """
    raw = read_bytes(path)  # once, because the path may be a pipe
    if parquet.matches(path, raw[:N_HEAD_BYTES]):
        source = Input(str(path), sha256(raw).hexdigest())
        return judgements_of(parquet.table_of(raw, path), origin=str(path)), source, ()
    text = read_text(path, raw)
    return _judgements(text), Input(str(path), text.sha256), text.notices


def judgements_of(frame: pd.DataFrame, *, origin: str) -> pd.DataFrame:
    """Return a table's judgements, with the columns query_id, doc_id, relevance.

    The table may also have the column names of PyTerrier or BEIR. origin: the file or argument that
    an InputError names, with the row.
    """
    frame = named(frame)
    if "relevance" not in frame and "score" in frame:
        frame = frame.rename(columns={"score": "relevance"})  # BEIR's word for a grade
    missing = [name for name in JUDGEMENTS if name not in frame]
    if missing:
        raise InputError(
            f"{origin}: lacks column {missing[0]!r}; qrels have query_id, doc_id, relevance"
        )
    refuse_empty(frame, origin=origin)
    return clean_judgements(frame, locate=rows_of(origin))


def _judgements(text: Text) -> pd.DataFrame:
    """Return the judgements in the lines of a TREC or BEIR file.

    The columns are query_id, doc_id, relevance.
    InputError names the first line that is not a judgement of the file's format.
    """
    split = text.splitter()
    lines: list[int] = []
    rows: list[list[str]] = []
    for line_number, line in text.rows():
        # ids of BEIR may contain blanks, between the tabs that separate its columns
        row = line.split("\t") if line.count("\t") == N_BEIR - 1 else split(line)
        if not rows and len(row) == N_BEIR and row[-1].strip().lower() in GRADE_COLUMNS:
            continue  # BEIR's header
        expected = (len(rows[0]),) if rows else (N_TREC, N_BEIR)
        if len(row) not in expected:
            hint = "; this looks like a run" if len(row) == N_RUN else ""
            raise InputError(
                f"{text.path}:{line_number}: {counted(len(row), 'column')}; {EXPECTED}{hint}"
            )
        lines.append(line_number)
        rows.append(row)
    if not rows:
        raise InputError(f"{text.path}: has a header and no judgement; export it again")
    columns = [(row[0], row[-2], row[-1]) for row in rows]
    frame = pd.DataFrame(columns, columns=list(JUDGEMENTS))
    return clean_judgements(frame, locate=lambda row: f"{text.path}:{lines[row]}")
