"""A TREC run: `topic Q0 document rank score tag`, any blanks between, plain or gzipped."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.frames import not_finite, refuse_twice, returned_twice
from maw.runs.notices import Notice, counted
from maw.runs.text import read_text
from maw.significance.clean import Array

COLUMNS = 6
MENDS = {
    4: "these look like qrels: give them with --qrels",
    5: "add the one that is missing",
    7: "an id or the tag holds a blank: take it out",
}


def matches(path: Path, head: bytes) -> bool:
    """Whatever no other format claims."""
    return True


def read(path: Path) -> Content:
    """query_id, doc_id, score, rank. The file's order of lines does not matter."""
    text = read_text(path)
    split = text.splitter()
    rows: list[int] = []
    topics, documents, ranks, scores = [], [], [], []
    for row, line in text.rows():
        cells = split(line)
        if len(cells) != COLUMNS:
            raise InputError(f"{path}:{row}: {_wrong_columns(len(cells))}")
        topic, _, document, rank, score, _ = cells
        rows.append(row)
        topics.append(topic)
        documents.append(document)
        ranks.append(rank)
        scores.append(score)
    frame = pd.DataFrame({"query_id": topics, "doc_id": documents}, dtype="str")
    frame["score"] = _scores(scores, rows=rows, path=path)
    notices = list(text.notices)
    try:
        frame["rank"] = np.array(ranks, dtype=np.float64)
    except ValueError:
        told = "ranks are not numbers; scores decide the order"
        notices.append(Notice("unreadable-ranks", str(path), len(frame), told))
    refuse_twice(
        frame,
        ("query_id", "doc_id"),
        where=lambda row: f"{path}:{rows[row]}",
        told=returned_twice,
    )
    return Content("ranking", frame, notices=tuple(notices), sha256=text.sha256)


def _wrong_columns(n: int) -> str:
    mend = MENDS.get(n, "see that every line has them")
    return f"{counted(n, 'column')}; a TREC run has 6: topic Q0 document rank score tag; {mend}"


def _scores(texts: Sequence[str], *, rows: Sequence[int], path: Path) -> Array:
    try:
        scores = np.array(list(map(float, texts)))
    except ValueError:
        scores = np.array([_number(text) for text in texts])
    for row in np.flatnonzero(~np.isfinite(scores))[:1]:
        raise not_finite(texts[row], thing="score", place=f"{path}:{rows[row]}")
    return scores


def _number(text: str) -> float:
    """nan for what is none: the caller knows the line, and tells."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
