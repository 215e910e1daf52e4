"""Runs and judgements as Python objects: dicts, pandas, ir_measures, PyTerrier, ranx, paths.

Other libraries' objects are known by what they can do, so none of them has to be installed.
"""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.runs import formats
from maw.runs.content import Content, Input
from maw.runs.evidence import Judgements
from maw.runs.frames import content_of
from maw.runs.notices import Notice
from maw.runs.qrels import judgements_of, read_qrels

FORMS = (
    "a path, a DataFrame (query_id, doc_id, score), a dict (query -> document -> score), a list "
    "of ir_measures.ScoredDoc or a ranx.Run"
)


def run_content(run: object, *, place: str) -> Content:
    """A ranking, or scores where a path or a frame holds those. InputError names `place`."""
    if isinstance(run, str | PathLike):
        return formats.read(Path(run))
    if isinstance(run, pd.DataFrame):
        return content_of(run, place=place)
    return content_of(_frame(run, value="score", place=place, forms=FORMS), place=place)


def judgements(
    qrels: object, *, place: str = "qrels"
) -> tuple[Judgements, Input, tuple[Notice, ...]]:
    """Judgements in any of the same forms, `relevance` in place of `score`."""
    if isinstance(qrels, str | PathLike):
        frame, source, notices = read_qrels(Path(qrels))
        return Judgements(frame, str(qrels)), source, notices
    forms = FORMS.replace("score", "relevance").replace("ScoredDoc", "Qrel").replace("Run", "Qrels")
    table = (
        qrels
        if isinstance(qrels, pd.DataFrame)
        else _frame(qrels, value="relevance", place=place, forms=forms)
    )
    return Judgements(judgements_of(table, place=place), place), Input(place, ""), ()


def is_single(run: object) -> bool:
    """One ranking; False for a list of them, one per seed."""
    if not isinstance(run, list | tuple):
        return True
    if not run or isinstance(run[0], pd.DataFrame):  # a frame has its columns as attributes
        return False
    return hasattr(run[0], "query_id") and hasattr(run[0], "doc_id")


def _frame(data: Any, *, value: str, place: str, forms: str) -> pd.DataFrame:
    """query_id, doc_id and `value` of whatever is neither a path nor a frame."""
    if not isinstance(data, Mapping) and callable(getattr(data, "to_dict", None)):
        data = data.to_dict()  # ranx
    if isinstance(data, Mapping):
        rows = _from_nested(data, place=place)
    elif isinstance(data, Iterable) and not isinstance(data, bytes):
        rows = _from_records(data, value=value, place=place, forms=forms)
    else:
        raise InputError(f"{place}: is a {type(data).__name__}; expected {forms}")
    return pd.DataFrame(rows, columns=["query_id", "doc_id", value])


def _from_nested(data: Mapping[Any, Any], *, place: str) -> list[tuple[Any, Any, Any]]:
    rows = []
    for query, documents in data.items():
        if not isinstance(documents, Mapping):
            raise InputError(
                f"{place}[{query!r}]: is a {type(documents).__name__}; expected a dict of documents"
            )
        rows += [(query, document, value) for document, value in documents.items()]
    return rows


def _from_records(
    data: Iterable[Any], *, value: str, place: str, forms: str
) -> list[tuple[Any, Any, Any]]:
    rows = []
    for n, record in enumerate(data):
        try:
            rows.append((record.query_id, record.doc_id, getattr(record, value)))
        except AttributeError:
            raise InputError(
                f"{place}[{n}]: is a {type(record).__name__}; expected {forms}"
            ) from None
    return rows
