"""JSON files of the form topic -> document -> score, or topic -> measure -> value.

`is_nested` and `inner_keys` look at the beginning of a file, so that a format can recognise it;
`read_json` and `nested_frame` read all of it.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.frames import Locate, clean_ranking, not_finite, refuse_empty
from maw.runs.measure_names import is_measure
from maw.runs.notices import Notice, counted, examples
from maw.runs.text import Plain, decoded, read_plain

_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"\s*(?:-?\d|-?Infinity|NaN|null)"
_INNER = re.compile(rf"({_STRING})\s*:{_NUMBER}")
_EMPTY_TOPICS = rf"(?:{_STRING}\s*:\s*\{{\s*\}}\s*,\s*)*"
JSON_KINDS = {dict: "an object", list: "a list", str: "a text", type(None): "null"}


class _RepeatedKeyError(ValueError):
    """A key that an object of a JSON file has twice."""


def is_nested(text: str, *, levels: int = 2) -> bool:
    """Return whether the beginning of a file is JSON objects inside each other, then a number.

    levels: number of objects; 2 for topic -> document -> score. Topics without a document may come
    first.
    """
    outer = rf"{_STRING}\s*:\s*\{{\s*" * (levels - 2)
    start = rf"\s*\{{\s*{outer}{_EMPTY_TOPICS}{_STRING}\s*:\s*\{{\s*{_STRING}\s*:{_NUMBER}"
    return re.match(start, text) is not None


def inner_keys(text: str) -> list[str]:
    """Return the keys that have a number as their value, as they are written in a file's text."""
    return [key[1:-1] for key in _INNER.findall(text)]


def read_json(path: Path, piped: bytes | None = None) -> tuple[Any, Plain]:
    """Return the content of a JSON file, plain or gzipped, and its bytes with their notices.

    piped: the bytes, where the path is a pipe that was read already. InputError for text that is no
    JSON, and for an object with a key twice, of which Python would keep the last one in silence.
    """
    plain = read_plain(path, piped)
    try:
        return json.loads(plain.content, object_pairs_hook=_object), plain
    except _RepeatedKeyError as error:
        raise InputError(f"{path}: an object has the key {error} twice; keep one") from None
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}"
        raise InputError(f"{place}: not JSON ({error.msg}); export it again") from None
    except UnicodeDecodeError:
        decoded(plain)  # it names the line
        raise


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(repr(next(name for name in names if names.count(name) > 1)))
    return content


def nested_frame(
    topics: Any, *, path: Path, columns: tuple[str, str, str]
) -> tuple[pd.DataFrame, Locate]:
    """Return a row for each number of topic -> key -> number, and the function that names a row.

    columns: names of the three, such as `query_id, doc_id, score`. InputError names the topic whose
    value is no object, and the value that is no number.
    """
    of, key, value = columns
    expected = f"expected {of} -> {key} -> {value}"
    if not isinstance(topics, dict):
        raise InputError(f"{path}: holds {_kind(topics)}; {expected}")
    rows: list[tuple[str, str, Any]] = []
    for topic, entries in topics.items():
        if not isinstance(entries, dict):
            raise InputError(f"{path}: topic {topic!r} holds {_kind(entries)}; {expected}")
        rows += [(topic, name, number) for name, number in entries.items()]
    frame = pd.DataFrame(rows, columns=list(columns))
    refuse_empty(frame, origin=str(path))

    def locate(row: int) -> str:
        return f"{path}: topic {rows[row][0]!r}, {key} {rows[row][1]!r}"

    for row, (_, _, number) in enumerate(rows):
        if not isinstance(number, int | float):
            raise not_finite(number, thing=value, location=locate(row))
    return frame, locate


def ranking_content(topics: Any, *, path: Path, plain: Plain) -> Content:
    """Return the ranking of topic -> document -> score. InputError as in `nested_frame`.

    Files of this form are BEIR's and MTEB's, whose scorers leave out a document with the id of the
    topic: a notice counts such topics.
    """
    refuse_measures_first(topics, path=path)
    frame, locate = nested_frame(topics, path=path, columns=("query_id", "doc_id", "score"))
    ranking = clean_ranking(frame, locate=locate)
    notices = list(plain.notices)
    own = ranking.loc[ranking["query_id"] == ranking["doc_id"], "query_id"]
    if n_topics := own.nunique():
        text = (
            f"{counted(n_topics, 'topic')} with a document of the same id ({examples([*own])}): "
            "BEIR's scorer leaves it out, as MTEB's does on some tasks; maw counts it"
        )
        notices.append(Notice("own-id", str(path), n_topics, text))
    return Content("ranking", ranking, notices=tuple(notices), sha256=plain.sha256)


def refuse_measures_first(topics: Any, *, path: Path) -> None:
    """Raise an InputError where the outer keys are measures, which have means or topics in them."""
    if isinstance(topics, dict) and topics and all(map(is_measure, topics)):
        raise InputError(
            f"{path}: its outer keys are measures ({examples([*topics])}), and no topics: give "
            "topic -> document -> score, or topic -> measure -> value; means over topics cannot be "
            "compared"
        )


def _kind(value: object) -> str:
    return JSON_KINDS.get(type(value), "a number")
