"""The predictions of sentence-transformers' InformationRetrievalEvaluator: one topic in each line.

With `write_predictions=True` it writes a file for each score function, such as
`…_predictions_cosine.jsonl`. A line has `query_id`, `query`, and `results`, a list of `corpus_id`
and `score`. Topics without a relevant document are not in it.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.frames import clean_ranking, refuse_empty
from maw.runs.notices import Notice, counted, examples
from maw.runs.text import first_text, read_text

PRECEDENCE = 11
ENDINGS = (".jsonl",)
START = '{"query_id":'
OTHER_KEYS = ('"query":', '"results":')
BEFORE_FUNCTION = "_predictions_"  # what stands before the score function in a file's name


def matches(path: Path, head: bytes) -> bool:
    """Return whether the first line is an object with a topic's id, and its text or its results."""
    first = first_text(head).lstrip().partition("\n")[0]
    return first.startswith(START) and any(key in first for key in OTHER_KEYS)


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking. piped: see `maw.runs.file_formats.Format.read`.

    A notice names the same model's files by other score functions, where they stand beside it.
    InputError names file and line.
    """
    text = read_text(path, piped)
    lines: list[int] = []
    rows: list[tuple[str, str, Any]] = []
    for line, content in text.rows():
        results = _results(content, place=f"{path}:{line}")
        rows += results
        lines += [line] * len(results)
    frame = pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])
    refuse_empty(frame, origin=str(path))
    ranking = clean_ranking(frame, locate=lambda row: f"{path}:{lines[row]}")
    notices = (*text.notices, *_other_functions(path))
    return Content("ranking", ranking, notices=notices, sha256=text.sha256)


def _results(line: str, *, place: str) -> list[tuple[str, str, Any]]:
    """Return topic, document and score of each result in a line. place: the line, for messages."""
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: not JSON ({error.msg}); export it again") from None
    try:
        topic = str(content["query_id"])
        return [(topic, str(hit["corpus_id"]), hit["score"]) for hit in content["results"]]
    except (KeyError, TypeError):
        raise InputError(
            f"{place}: expected query_id, and results with corpus_id and score, as "
            "InformationRetrievalEvaluator writes them with write_predictions=True"
        ) from None


def _other_functions(path: Path) -> list[Notice]:
    """Return a notice on files beside this one that have the same model's other score functions."""
    start, found, function = path.name.rpartition(BEFORE_FUNCTION)
    if not found or not path.is_file():
        return []
    beside = [other.name for other in path.parent.iterdir() if other.name.startswith(start + found)]
    ends = [name.removeprefix(start + found) for name in beside if name != path.name]
    if not ends:
        return []
    others = [end.split(".")[0] for end in ends]
    text = (
        f"is by the score function {function.split('.')[0]!r}; {counted(len(others), 'file')} "
        f"beside it by others ({examples(others)}): choose one before you see scores"
    )
    return [Notice("score-functions", str(path), len(others), text)]
