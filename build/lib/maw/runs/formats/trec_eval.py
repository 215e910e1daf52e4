"""The output of `trec_eval -q` and of `ir_measures -q`: a line for each measure and topic.

trec_eval prints `measure topic value`, ir_measures `topic measure value` or, with `-o jsonl`, an
object in each line. Lines of the topic `all` hold means and are left out. Values that were printed
with four digits are said to be so in a notice.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.measure_names import is_measure
from maw.runs.notices import counted
from maw.runs.system_scores import content_of_system, rounded_notices
from maw.runs.text import Text, first_text, read_text

PRECEDENCE = 15  # before `table`, which takes every .tsv
ENDINGS = (".tsv", ".txt", ".jsonl")
COLUMNS = ["query_id", "measure", "value"]
MEANS = "all"  # what both programs print as the topic of a mean
RUN_ID = "runid"  # trec_eval's line with the run's tag, which is no number


def matches(path: Path, head: bytes) -> bool:
    """Return whether the first line has a measure, a topic and a number, as they print it."""
    first = next(filter(str.strip, first_text(head).splitlines()), "")
    if first.lstrip().startswith("{"):
        return isinstance(content := _object(first), dict) and set(content) == set(COLUMNS)
    columns = first.split()
    if len(columns) != len(COLUMNS) or not (is_measure(columns[0]) or is_measure(columns[1])):
        return False
    return columns[0] == RUN_ID or _is_number(columns[2])


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the scores of the system that the file is named after.

    piped: see `maw.runs.file_formats.Format.read`. InputError names file and line, and a file that
    holds only means.
    """
    text = read_text(path, piped)
    rows = [(line, *entries) for line, entries in _entries(text) if entries[0] != MEANS]
    if not rows:
        raise InputError(
            f"{path}: holds only means (`{MEANS}`); run the program again with -q, which prints "
            "the score of each topic"
        )
    lines = [row[0] for row in rows]
    frame = pd.DataFrame([row[1:] for row in rows], columns=COLUMNS)
    content = content_of_system(
        frame, path=path, endings=ENDINGS, locate=lambda row: f"{path}:{lines[row]}"
    )
    values = frame.loc[frame["measure"].isin(content.frame["measure"]), "value"]
    printed = [value for value in values if isinstance(value, str)]  # JSON is never rounded
    rounded = rounded_notices(printed, origin=str(path))
    notices = (*text.notices, *content.notices, *rounded)
    return replace(content, notices=notices, sha256=text.sha256)


def _entries(text: Text) -> list[tuple[int, tuple[Any, Any, Any]]]:
    """Return the number of each line, with its topic, measure and value.

    InputError names the first line that has not three entries.
    """
    rows = list(text.rows())
    if rows[0][1].lstrip().startswith("{"):
        return [(line, _of_object(entry, place=f"{text.path}:{line}")) for line, entry in rows]
    split = text.splitter()
    columns = [
        line.split("\t") if line.count("\t") == len(COLUMNS) - 1 else split(line)
        for _, line in rows
    ]
    for (line, _), entries in zip(rows, columns, strict=True):
        if len(entries) != len(COLUMNS):
            raise InputError(
                f"{text.path}:{line}: {counted(len(entries), 'column')}; a line has 3: measure, "
                "topic and value"
            )
    stripped = [tuple(map(str.strip, entries)) for entries in columns]
    # most rows decide, because a later trec_eval may print a measure that is not known here
    n_first, n_second = (sum(is_measure(row[column]) for row in stripped) for column in (0, 1))
    return [
        (line, (second, first, value) if n_first >= n_second else (first, second, value))
        for (line, _), (first, second, value) in zip(rows, stripped, strict=True)
        if first != RUN_ID
    ]


def _of_object(line: str, *, place: str) -> tuple[Any, Any, Any]:
    content = _object(line)
    if not isinstance(content, dict) or set(content) != set(COLUMNS):
        raise InputError(
            f"{place}: expected an object with {', '.join(COLUMNS)}, as ir_measures writes it"
        )
    return str(content["query_id"]), str(content["measure"]), content["value"]


def _object(line: str) -> Any:
    """Return the content of a line of JSON; None for a line that is none.

    The caller, which knows the line, raises the error.
    """
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
