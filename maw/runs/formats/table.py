"""CSV: a matrix of scores, a topic a row and a system a column; or a long table of ours."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import RANKING, SCORES, Content
from maw.runs.frames import content_of, named
from maw.runs.text import Text, read_text

DELIMITERS = ",;\t"
ENDINGS = {".csv", ".tsv"}
LONG = ({"system", "query_id", "measure", "value"}, set(RANKING))


def matches(path: Path, head: bytes) -> bool:
    """By its ending, a `.gz` after it or not."""
    return Path(path.name.removesuffix(".gz")).suffix in ENDINGS


def read(path: Path) -> Content:
    """SCORES, of a matrix under the measure "": it does not say what was measured."""
    text = read_text(path)
    lines, cells = _cells(text)
    head, *body = cells
    frame = pd.DataFrame(body, columns=head, dtype="str")
    names = set(named(frame).columns)
    if any(columns <= names for columns in LONG):
        found = content_of(frame, place=str(path), where=lambda row: f"{path}:{lines[row + 1]}")
        return Content(found.kind, found.frame, notices=text.notices, sha256=text.sha256)
    scores = _melted(frame, path=path, lines=lines[1:])
    return Content("scores", scores, notices=text.notices, sha256=text.sha256)


def melted(matrix: pd.DataFrame) -> pd.DataFrame:
    """A matrix indexed by topic, systems in its columns -> SCORES under seed 0, measure ""."""
    Q, n_systems = matrix.shape
    frame = pd.DataFrame(
        {
            "dataset": "",
            "system": np.repeat([str(name) for name in matrix.columns], Q),
            "seed": 0,
            "query_id": np.tile([str(topic) for topic in matrix.index], n_systems),
            "measure": "",
            "value": matrix.to_numpy(np.float64).ravel(order="F"),
        }
    )
    return frame[list(SCORES)]


def _cells(text: Text) -> tuple[list[int], list[list[str]]]:
    """Line numbers and cells, the head first. InputError for a row of another length."""
    rows = list(text.rows())
    delimiter = max(DELIMITERS, key=rows[0][1].count)
    cells = [next(csv.reader([line], delimiter=delimiter)) for _, line in rows]
    head = [cell.strip() for cell in cells[0]]
    twice = [name for name in head if head.count(name) > 1]
    if twice:
        raise InputError(f"{text.path}:{rows[0][0]}: column {twice[0]!r} is there twice; keep one")
    if len(rows) < 2:
        raise InputError(f"{text.path}: holds a head and no row; export it again")
    for (row, _), found in zip(rows, cells, strict=True):
        if len(found) != len(head):
            raise InputError(
                f"{text.path}:{row}: {len(found)} columns, but the head has {len(head)}; "
                "see that every line has them"
            )
    return [row for row, _ in rows], [head, *cells[1:]]


def _melted(frame: pd.DataFrame, *, path: Path, lines: list[int]) -> pd.DataFrame:
    """Checks cell by cell, so that a message can name line, topic and system."""
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
    return melted(pd.DataFrame(values, index=frame[topic], columns=systems))
