"""Runs and judgements as Python objects: dicts, pandas, ir_measures, PyTerrier, ranx, or paths.

Objects of other libraries are recognised by their methods and attributes, so that none of these
libraries has to be installed.
"""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.runs import file_formats
from maw.runs.content import Content, Input
from maw.runs.evidence import Judgements
from maw.runs.frames import content_of
from maw.runs.notices import Notice
from maw.runs.qrels import judgements_of, read_qrels

FORMS = (
    "a path, a DataFrame (query_id, doc_id, score), a dict (query -> document -> score), a list "
    "of ir_measures.ScoredDoc or a ranx.Run"
)
QRELS_FORMS = (
    "a path, a DataFrame (query_id, doc_id, relevance), a dict (query -> document -> relevance), a "
    "list of ir_measures.Qrel or a ranx.Qrels"
)


def run_content(run: object, *, origin: str, file_format: str | None = None) -> Content:
    """Return the ranking in `run`, or the scores per topic if it is a file or a table of these.

    run: one of FORMS. origin: the argument that an InputError names. file_format: name of the
    format of a file, such as `trec`; None: its content or its name tells. InputError where it is
    given for an object in memory.
    """
    if isinstance(run, str | PathLike):
        return file_formats.read(Path(run), file_format)
    if file_format is not None:
        raise InputError(
            f"{origin}: is a {type(run).__name__} and no file, so that it has no format; leave the "
            "format out"
        )
    if isinstance(run, pd.DataFrame):
        return content_of(run, origin=origin)
    return content_of(_frame(run, value="score", origin=origin, forms=FORMS), origin=origin)


def judgements(
    qrels: object, *, origin: str = "qrels"
) -> tuple[Judgements, Input, tuple[Notice, ...]]:
    """Return the judgements, their origin with its digest for the report, and notices on the file.

    qrels: one of QRELS_FORMS. origin: the argument that an InputError names.
    """
    if isinstance(qrels, str | PathLike):
        frame, source, notices = read_qrels(Path(qrels))
        return Judgements(frame, str(qrels)), source, notices
    table = (
        qrels
        if isinstance(qrels, pd.DataFrame)
        else _frame(qrels, value="relevance", origin=origin, forms=QRELS_FORMS)
    )
    return Judgements(judgements_of(table, origin=origin), origin), Input(origin, ""), ()


def is_single(run: object) -> bool:
    """Return True for one ranking, False for a list of rankings (one for each seed), or for []."""
    if not isinstance(run, list | tuple):
        return True
    if not run or isinstance(run[0], pd.DataFrame):  # a DataFrame has its columns as attributes
        return False
    return hasattr(run[0], "query_id") and hasattr(run[0], "doc_id")


def _frame(data: Any, *, value: str, origin: str, forms: str) -> pd.DataFrame:
    """Return the columns query_id, doc_id and `value` of a dict, a list or a ranx object.

    value: `score` or `relevance`. forms: the accepted forms, for the InputError about an object of
    another type.
    """
    if not isinstance(data, Mapping) and callable(getattr(data, "to_dict", None)):
        data = data.to_dict()  # ranx
    if isinstance(data, Mapping):
        rows = _from_nested(data, origin=origin)
    elif isinstance(data, Iterable) and not isinstance(data, bytes):
        rows = _from_records(data, value=value, origin=origin, forms=forms)
    else:
        raise InputError(f"{origin}: is a {type(data).__name__}; expected {forms}")
    return pd.DataFrame(rows, columns=["query_id", "doc_id", value])


def _from_nested(data: Mapping[Any, Any], *, origin: str) -> list[tuple[Any, Any, Any]]:
    rows = []
    for query, documents in data.items():
        if not isinstance(documents, Mapping):
            raise InputError(
                f"{origin}[{query!r}]: is a {type(documents).__name__}; "
                f"expected a dict of documents; give {origin} as query -> document -> number"
            )
        rows += [(query, document, value) for document, value in documents.items()]
    return rows


def _from_records(
    data: Iterable[Any], *, value: str, origin: str, forms: str
) -> list[tuple[Any, Any, Any]]:
    rows = []
    for n, record in enumerate(data):
        try:
            rows.append((record.query_id, record.doc_id, getattr(record, value)))
        except AttributeError:
            raise InputError(
                f"{origin}[{n}]: is a {type(record).__name__}; expected {forms}"
            ) from None
    return rows
