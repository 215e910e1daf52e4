"""Tables with named columns, from parquet, CSV or pandas: which of ours are they, and clean?

The names of PyTerrier (qid, docno, label, name) are read as ours.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import RANKING, SCORES, Content
from maw.significance.clean import Array

Where = Callable[[int], str]  # row of the frame, from 0 -> the place that a message names

JUDGEMENTS = ("query_id", "doc_id", "relevance")
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "qid": "query_id",
        "docno": "doc_id",
        "docid": "doc_id",
        "label": "relevance",
        "name": "system",
        "query-id": "query_id",
        "corpus-id": "doc_id",
    }
)


def rows_of(place: str) -> Where:
    """Row numbers from 0, as pandas' iloc counts."""
    return lambda row: f"{place}: row {row}"


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns under our names; an alias gives way to the name itself."""
    names = {
        column: ALIASES[column]
        for column in frame.columns
        if column in ALIASES and ALIASES[column] not in frame.columns
    }
    return frame.rename(columns=names).reset_index(drop=True)


def content_of(frame: pd.DataFrame, *, place: str, where: Where | None = None) -> Content:
    """A ranking or scores, by the columns that are there. InputError when they are neither's."""
    where = where or rows_of(place)
    frame = named(frame)
    refuse_empty(frame, place=place)
    if {"system", "query_id", "measure", "value"} <= set(frame.columns):
        return Content("scores", clean_scores(frame, where=where))
    if set(RANKING) <= set(frame.columns):
        return Content("ranking", clean_ranking(frame, where=where))
    raise InputError(
        f"{place}: has columns {', '.join(map(str, frame.columns[:8]))}; expected "
        f"{', '.join(RANKING)} of a run, or system, query_id, measure, value of scores"
    )


def refuse_empty(frame: pd.DataFrame, *, place: str) -> None:
    """InputError for a table without rows."""
    if frame.empty:
        raise InputError(f"{place}: holds no row; export it again")


def clean_ranking(frame: pd.DataFrame, *, where: Where) -> pd.DataFrame:
    """RANKING as str, str, float64, and `rank` as float64 where it is a number."""
    checked = _named_rows(frame, ("query_id", "doc_id"), where=where)
    checked["score"] = _numbers(frame["score"], thing="score", where=where)
    if "rank" in frame:
        ranks = pd.to_numeric(frame["rank"], errors="coerce")
        checked["rank"] = ranks.to_numpy(np.float64, na_value=np.nan)
    refuse_twice(checked, ("query_id", "doc_id"), where=where, told=returned_twice)
    return checked


def clean_judgements(frame: pd.DataFrame, *, where: Where) -> pd.DataFrame:
    """JUDGEMENTS as str, str, int64; each pair once."""
    checked = _named_rows(frame, ("query_id", "doc_id"), where=where)
    grades = _numbers(frame["relevance"], thing="grade", where=where)
    for row in np.flatnonzero(grades != np.rint(grades))[:1]:
        raise InputError(f"{where(row)}: grade {grades[row]:g} is not a whole number; round it")
    checked["relevance"] = grades.astype(np.int64)
    refuse_twice(checked, ("query_id", "doc_id"), where=where, told=_judged_twice)
    return checked


def clean_scores(frame: pd.DataFrame, *, where: Where) -> pd.DataFrame:
    """SCORES; dataset "" and seed 0 where the columns are missing; each cell once."""
    given = frame.assign(
        **{name: default for name, default in (("dataset", ""), ("seed", 0)) if name not in frame}
    )
    checked = _named_rows(given, ("dataset", "system", "query_id", "measure"), where=where)
    checked["value"] = _numbers(given["value"], thing="value", where=where)
    seeds = _numbers(given["seed"], thing="seed", where=where)
    for row in np.flatnonzero(seeds != np.rint(seeds))[:1]:
        raise InputError(f"{where(row)}: seed {seeds[row]:g} is not a whole number; number them")
    checked["seed"] = seeds.astype(np.int64)
    refuse_twice(checked, SCORES[:5], where=where, told=_scored_twice)
    return checked[list(SCORES)]


def refuse_twice(
    frame: pd.DataFrame, key: tuple[str, ...], *, where: Where, told: Callable[[pd.Series], str]
) -> None:
    """InputError names the first row whose key an earlier row has, and that row."""
    for row in np.flatnonzero(frame.duplicated(list(key)))[:1]:
        same = (frame[list(key)] == frame.loc[row, list(key)]).all(axis=1)
        first = where(int(np.flatnonzero(same)[0]))
        raise InputError(f"{where(row)}: {told(frame.loc[row])} (first: {first}); keep one")


def returned_twice(row: pd.Series) -> str:
    return f"returns document {row['doc_id']!r} for topic {row['query_id']!r} a second time"


def _judged_twice(row: pd.Series) -> str:
    return f"judges document {row['doc_id']!r} for topic {row['query_id']!r} a second time"


def _scored_twice(row: pd.Series) -> str:
    return (
        f"scores topic {row['query_id']!r} of {row['system']!r}, seed {row['seed']}, by "
        f"{row['measure']} a second time"
    )


def _named_rows(frame: pd.DataFrame, columns: tuple[str, ...], *, where: Where) -> pd.DataFrame:
    """The columns as text. InputError for a name that is missing."""
    for column in columns:
        for row in np.flatnonzero(frame[column].isna())[:1]:
            raise InputError(f"{where(row)}: {column} is missing; fill it in")
    return frame[list(columns)].astype(dict.fromkeys(columns, str))


def _numbers(column: pd.Series, *, thing: str, where: Where) -> Array:
    """float64, all finite. InputError names the first that is not."""
    numbers: Array = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    for row in np.flatnonzero(~np.isfinite(numbers))[:1]:
        raise not_finite(column.tolist()[row], thing=thing, place=where(row))
    return numbers


def not_finite(value: object, *, thing: str, place: str) -> InputError:
    """What to say of a cell that is no finite number."""
    return InputError(f"{place}: {thing} {value!r} is not a finite number; export it again")
