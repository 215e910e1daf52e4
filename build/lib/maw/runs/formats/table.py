"""The CSV format: a matrix with a row per topic and a column per system, or a long table.

A long table has named columns, and a row for each score or for each document of a ranking.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import RANKING, Content
from maw.runs.frames import content_of, named, scores_of_matrix
from maw.runs.matrix import fault_of_header
from maw.runs.text import Text, read_text

PRECEDENCE = 20
DELIMITERS = ",;\t"
ENDINGS = (".csv", ".tsv")
LONG_TABLES = ({"system", "query_id", "measure", "value"}, set(RANKING))


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file's name ends in .csv or .tsv, with or without a `.gz` after it."""
    return Path(path.name.removesuffix(".gz")).suffix in ENDINGS


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking or the scores in a text table.

    A table with the columns of a ranking or of scores is read as that. Any other table is read as a
    matrix of topics × systems; its scores have the measure "", because a matrix names no measure.
    Its first column must have a name such as `topic`, or none.
    piped: see `maw.runs.file_formats.Format.read`. InputError names file and line.
    """
    text = read_text(path, piped)
    lines, rows = entries(text)
    header, *body = rows
    frame = pd.DataFrame(body, columns=header, dtype="str")
    names = set(named(frame).columns)
    if any(columns <= names for columns in LONG_TABLES):
        content = content_of(frame, origin=str(path), locate=lambda row: f"{path}:{lines[row + 1]}")
        return Content(content.kind, content.frame, notices=text.notices, sha256=text.sha256)
    if fault := fault_of_header(header):
        raise InputError(f"{path}:{lines[0]}: {fault}")
    scores = _matrix_scores(frame, path=path, lines=lines[1:])
    return Content("scores", scores, notices=text.notices, sha256=text.sha256)


def entries(text: Text) -> tuple[list[int], list[list[str]]]:
    """Return the lines' numbers and their entries, the header first.

    InputError for a repeated column, a table without rows, or lines of unequal length.
    """
    rows = list(text.rows())
    delimiter = max(DELIMITERS, key=rows[0][1].count)
    columns = [next(csv.reader([line], delimiter=delimiter)) for _, line in rows]
    header = [name.strip() for name in columns[0]]
    doubled = [name for name in header if header.count(name) > 1]
    if doubled:
        raise InputError(
            f"{text.path}:{rows[0][0]}: the header has column {doubled[0]!r} twice; keep one"
        )
    if len(rows) < 2:
        raise InputError(f"{text.path}: has a header and no row; export it again")
    for (line, _), row in zip(rows, columns, strict=True):
        if len(row) != len(header):
            raise InputError(
                f"{text.path}:{line}: {len(row)} columns, but the header has {len(header)}; "
                "give every line the same number"
            )
    return [line for line, _ in rows], [header, *columns[1:]]


def _matrix_scores(frame: pd.DataFrame, *, path: Path, lines: list[int]) -> pd.DataFrame:
    """Return a matrix [topics × systems] as a long table of scores by the measure "".

    frame: the text of all entries, with the topic in the first column. lines: number of each row's
    line in the file. InputError names the line, and the topic or the system, of an entry that is
    wrong.
    """
    topic, *systems = frame.columns
    for row in np.flatnonzero(frame[topic].duplicated())[:1]:
        raise InputError(
            f"{path}:{lines[row]}: topic {frame[topic][row]!r} has a second line; keep one of them"
        )
    values = frame[systems].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    for row, column in np.argwhere(~np.isfinite(values))[:1]:
        raise InputError(
            f"{path}:{lines[row]}: {frame[systems[column]][row]!r} of {systems[column]!r} is not "
            "a finite number; a matrix has a topic, then a score for each system"
        )
    return scores_of_matrix(pd.DataFrame(values, index=frame[topic], columns=systems))
