"""The TREC run format: lines `topic Q0 document rank score tag`, separated by blanks or tabs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.measures.repeats import repeated_rows
from maw.runs.columns import plain_run
from maw.runs.content import Content
from maw.runs.frames import not_finite, refuse_doubles, returned_twice
from maw.runs.notices import Notice, counted
from maw.runs.text import Plain, decoded, read_plain
from maw.significance.clean import Array

PRECEDENCE = 1_000  # last, because it accepts every file
ENDINGS = (".run", ".txt", ".trec")
N_COLUMNS = 6
KEY = ("query_id", "doc_id")
JSON_STARTS = ("{", "[")
MENDS = {  # number of columns -> how to mend the file
    4: "these look like qrels: give them with --qrels",
    5: "add the column that is missing",
    7: "an id or the tag holds a blank: take the blank out",
}


def matches(path: Path, head: bytes) -> bool:
    """Return True: this format is asked last, and takes every file that no other one accepts."""
    return True


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking: query_id, doc_id, score, and rank unless a rank is not a number.

    The order of the lines does not matter. piped: see `maw.runs.file_formats.Format.read`.
    InputError names file and line.
    """
    plain = read_plain(path, piped)
    frame = plain_run(plain.content)
    if frame is None:
        return read_lines(plain)
    content = Content("ranking", frame, notices=plain.notices, sha256=plain.sha256)
    del plain  # the bytes of a large file, while the next line takes much memory
    if len(repeated_rows(frame, KEY)):
        return read_lines(read_plain(path, piped))  # it names both lines
    return content


def read_lines(plain: Plain) -> Content:
    """Return the ranking, read line by line: the careful way, which knows the line of each error.

    InputError as in `read`.
    """
    text, path = decoded(plain), plain.path
    split = text.splitter()
    lines: list[int] = []
    topics, documents, ranks, scores = [], [], [], []
    for line_number, line in text.rows():
        columns = split(line)
        if len(columns) != N_COLUMNS:
            if line.lstrip().startswith(JSON_STARTS):
                raise InputError(
                    f"{path}:{line_number}: JSON of a form that no format is known by; name its "
                    "format with --format, or give topic -> document -> score"
                )
            raise InputError(f"{path}:{line_number}: {_wrong_columns(len(columns))}")
        topic, _, document, rank, score, _ = columns
        lines.append(line_number)
        topics.append(topic)
        documents.append(document)
        ranks.append(rank)
        scores.append(score)
    frame = pd.DataFrame({"query_id": topics, "doc_id": documents}, dtype="str")
    frame["score"] = _scores(scores, lines=lines, path=path)
    notices = list(text.notices)
    try:
        frame["rank"] = np.array(ranks, dtype=np.float64)
    except ValueError:
        message = "ranks are not numbers; scores decide the order"
        notices.append(Notice("unreadable-ranks", str(path), len(frame), message))
    refuse_doubles(frame, KEY, locate=lambda row: f"{path}:{lines[row]}", describe=returned_twice)
    return Content("ranking", frame, notices=tuple(notices), sha256=text.sha256)


def _wrong_columns(n: int) -> str:
    mend = MENDS.get(n, "give every line the six columns")
    return f"{counted(n, 'column')}; a TREC run has 6: topic Q0 document rank score tag; {mend}"


def _scores(texts: Sequence[str], *, lines: Sequence[int], path: Path) -> Array:
    """Return the scores as float64. InputError names the first line whose score is not finite."""
    try:
        scores = np.array(list(map(float, texts)))
    except ValueError:
        scores = np.array([_number(text) for text in texts])
    for row in np.flatnonzero(~np.isfinite(scores))[:1]:
        raise not_finite(texts[row], thing="score", location=f"{path}:{lines[row]}")
    return scores


def _number(text: str) -> float:
    """Return the number in a text, or nan where it is none.

    The caller, which knows the line, raises the error.
    """
    try:
        return float(text)
    except ValueError:
        return float("nan")
