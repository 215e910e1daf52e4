"""Judgements: TREC (`topic 0 document grade`), BEIR (`query-id corpus-id score`), or parquet."""

from hashlib import sha256
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_parquet
from maw.runs.content import Input
from maw.runs.formats import parquet
from maw.runs.frames import JUDGEMENTS, clean_judgements, named, refuse_empty, rows_of
from maw.runs.notices import Notice, counted
from maw.runs.text import Text, read_bytes, read_text

EXPECTED = "qrels have 4 (topic 0 document grade) or 3 (query-id corpus-id score)"
TREC_COLUMNS, BEIR_COLUMNS, RUN_COLUMNS = 4, 3, 6


def read_qrels(path: Path) -> tuple[pd.DataFrame, Input, tuple[Notice, ...]]:
    """JUDGEMENTS, what was read, and what was odd. InputError names file and line."""
    raw = read_bytes(path)
    if parquet.matches(path, raw[:64]):
        source = Input(str(path), sha256(raw).hexdigest())
        return judgements_of(read_parquet(path), place=str(path)), source, ()
    text = read_text(path)
    return _judgements(text), Input(str(path), text.sha256), text.notices


def judgements_of(frame: pd.DataFrame, *, place: str) -> pd.DataFrame:
    """JUDGEMENTS of a table under our names or PyTerrier's."""
    frame = named(frame)
    if "relevance" not in frame and "score" in frame:
        frame = frame.rename(columns={"score": "relevance"})  # BEIR's word for a grade
    missing = [name for name in JUDGEMENTS if name not in frame]
    if missing:
        raise InputError(
            f"{place}: lacks column {missing[0]!r}; qrels have query_id, doc_id, relevance"
        )
    refuse_empty(frame, place=place)
    return clean_judgements(frame, where=rows_of(place))


def _judgements(text: Text) -> pd.DataFrame:
    split = text.splitter()
    rows: list[int] = []
    cells: list[list[str]] = []
    for row, line in text.rows():
        # BEIR's ids may hold blanks, between its tabs
        found = line.split("\t") if line.count("\t") == BEIR_COLUMNS - 1 else split(line)
        if not rows and not cells and len(found) == BEIR_COLUMNS and not _is_number(found[-1]):
            continue  # BEIR's head
        wanted = (len(cells[0]),) if cells else (TREC_COLUMNS, BEIR_COLUMNS)
        if len(found) not in wanted:
            hint = "; this looks like a run" if len(found) == RUN_COLUMNS else ""
            raise InputError(
                f"{text.path}:{row}: {counted(len(found), 'column')}; {EXPECTED}{hint}"
            )
        rows.append(row)
        cells.append(found)
    if not cells:
        raise InputError(f"{text.path}: holds a head and no judgement; export it again")
    frame = pd.DataFrame([(c[0], c[-2], c[-1]) for c in cells], columns=list(JUDGEMENTS))
    return clean_judgements(frame, where=lambda row: f"{text.path}:{rows[row]}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
