"""The CSV format: a matrix with a row per topic and a column per system, or a long table."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import RANKING, Content
from maw.runs.frames import content_of, named, scores_of_matrix
from maw.runs.text import Text, read_text

PRECEDENCE = 20
DELIMITERS = ",;\t"
ENDINGS = {".csv", ".tsv"}
LONG_TABLES = ({"system", "query_id", "measure", "value"}, set(RANKING))


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file's name ends in .csv or .tsv, with or without a `.gz` after it."""
    return Path(path.name.removesuffix(".gz")).suffix in ENDINGS


def read(path: Path) -> Content:
    """Read SCORES, or a ranking where a long table has those columns.

    The scores of a matrix have the measure "", because a matrix does not say what it measures.
    InputError names file and line.
    """
    text = read_text(path)
    lines, rows = _rows(text)
    header, *body = rows
    frame = pd.DataFrame(body, columns=header, dtype="str")
    names = set(named(frame).columns)
    if any(columns <= names for columns in LONG_TABLES):
        content = content_of(frame, origin=str(path), locate=lambda row: f"{path}:{lines[row + 1]}")
        return Content(content.kind, content.frame, notices=text.notices, sha256=text.sha256)
    scores = _matrix_scores(frame, path=path, lines=lines[1:])
    return Content("scores", scores, notices=text.notices, sha256=text.sha256)


def _rows(text: Text) -> tuple[list[int], list[list[str]]]:
    """Return line numbers and split rows, the header first. InputError for unequal rows."""
    rows = list(text.rows())
    delimiter = max(DELIMITERS, key=rows[0][1].count)
    entries = [next(csv.reader([line], delimiter=delimiter)) for _, line in rows]
    header = [name.strip() for name in entries[0]]
    doubled = [name for name in header if header.count(name) > 1]
    if doubled:
        raise InputError(
            f"{text.path}:{rows[0][0]}: column {doubled[0]!r} is there twice; keep one"
        )
    if len(rows) < 2:
        raise InputError(f"{text.path}: has a header and no row; export it again")
    for (line, _), row in zip(rows, entries, strict=True):
        if len(row) != len(header):
            raise InputError(
                f"{text.path}:{line}: {len(row)} columns, but the header has {len(header)}; "
                "give every line the same number"
            )
    return [line for line, _ in rows], [header, *entries[1:]]


def _matrix_scores(frame: pd.DataFrame, *, path: Path, lines: list[int]) -> pd.DataFrame:
    """Check a matrix entry by entry, so that a message can name line, topic and system."""
    topic, *systems = frame.columns
    if not systems:
        raise InputError(f"{path}: one column; expected a topic, then a column for each system")
    for row in np.flatnonzero(frame[topic].duplicated())[:1]:
        raise InputError(
            f"{path}:{lines[row]}: topic {frame[topic][row]!r} is there a second time; keep one"
        )
    values = frame[systems].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    for row, column in np.argwhere(~np.isfinite(values))[:1]:
        raise InputError(
            f"{path}:{lines[row]}: {frame[systems[column]][row]!r} of {systems[column]!r} is not "
            "a finite number; a matrix has a topic, then a score for each system"
        )
    return scores_of_matrix(pd.DataFrame(values, index=frame[topic], columns=systems))
