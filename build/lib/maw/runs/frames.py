"""Checks tables of rankings, scores or judgements, and gives their columns the package's names.

The tables come from parquet, CSV or pandas. The column names of PyTerrier (qid, docno, label, name)
and of BEIR (query-id, corpus-id) are also accepted. A checked table has the columns RANKING
(query_id, doc_id, score; also `rank` if the table has it), SCORES (dataset, system, seed, query_id,
measure, value) or JUDGEMENTS (query_id, doc_id, relevance).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.measures.grades import LARGEST_GRADE
from maw.measures.repeats import repeated_rows
from maw.runs.content import RANKING, SCORE_KEY, SCORES, Content
from maw.significance.clean import Array

Locate = Callable[[int], str]  # row of the frame, counted from 0 -> the location for a message

JUDGEMENTS = ("query_id", "doc_id", "relevance")
# float64, which all numbers of a table are read as, holds every whole number up to here exactly
LARGEST_SEED = 2**53 - 1
N_COLUMNS_SHOWN = 8  # in a message about a table with unknown columns
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


def rows_of(origin: str) -> Locate:
    """Return a function that names a row as in `runs: row 3`, counted from 0 as pandas' iloc."""
    return lambda row: f"{origin}: row {row}"


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with PyTerrier's and BEIR's column names replaced by the package's.

    A column keeps its name where the table has a column of the package's name as well.
    """
    names = {
        column: ALIASES[column]
        for column in frame.columns
        if column in ALIASES and ALIASES[column] not in frame.columns
    }
    return frame.rename(columns=names).reset_index(drop=True)


def content_of(frame: pd.DataFrame, *, origin: str, locate: Locate | None = None) -> Content:
    """Return a table's content: scores or a ranking, depending on its columns.

    origin: the file or argument that messages name. locate: row -> its name in messages; None:
    `rows_of(origin)`. InputError for columns of neither kind, and for a table that is empty or has
    a wrong row.
    """
    locate = locate or rows_of(origin)
    frame = named(frame)
    refuse_empty(frame, origin=origin)
    if {"system", "query_id", "measure", "value"} <= set(frame.columns):
        return Content("scores", clean_scores(frame, locate=locate))
    if set(RANKING) <= set(frame.columns):
        return Content("ranking", clean_ranking(frame, locate=locate))
    raise InputError(
        f"{origin}: has columns {', '.join(map(str, frame.columns[:N_COLUMNS_SHOWN]))}; a run "
        f"needs {', '.join(RANKING)}, and a table of scores needs system, query_id, measure, value"
    )


def scores_of_matrix(matrix: pd.DataFrame) -> pd.DataFrame:
    """Return a matrix [topics × systems] as a long table with a row for each score.

    The columns are dataset, system, seed, query_id, measure, value (SCORES). A matrix names no
    dataset, seed or measure: they become "", 0 and "".
    """
    n_topics, n_systems = matrix.shape
    frame = pd.DataFrame(
        {
            "dataset": "",
            "system": np.repeat([str(name) for name in matrix.columns], n_topics),
            "seed": 0,
            "query_id": np.tile([str(topic) for topic in matrix.index], n_systems),
            "measure": "",
            "value": matrix.to_numpy(np.float64).ravel(order="F"),
        }
    )
    return frame[list(SCORES)]


def refuse_empty(frame: pd.DataFrame, *, origin: str) -> None:
    """Raise an InputError for a table without rows."""
    if frame.empty:
        raise InputError(f"{origin}: holds no row; export it again")


def clean_ranking(frame: pd.DataFrame, *, locate: Locate) -> pd.DataFrame:
    """Return query_id, doc_id (str) and score (float64), and `rank` if the table has it.

    rank is float64, nan where it is no number. InputError names the first row with a missing id, a
    score that is not finite, or a document that an earlier row returns for the same topic.
    """
    checked = _text_columns(frame, ("query_id", "doc_id"), locate=locate)
    checked["score"] = _numbers(frame["score"], thing="score", locate=locate)
    if "rank" in frame:
        ranks = pd.to_numeric(frame["rank"], errors="coerce")
        checked["rank"] = ranks.to_numpy(np.float64, na_value=np.nan)
    refuse_doubles(checked, ("query_id", "doc_id"), locate=locate, describe=returned_twice)
    return checked


def clean_judgements(frame: pd.DataFrame, *, locate: Locate) -> pd.DataFrame:
    """Return query_id, doc_id (str) and relevance (int64) of each judgement.

    InputError names the first row with a missing id, a grade that is not a whole number or beyond
    ±LARGEST_GRADE, or a pair that an earlier row judges.
    """
    checked = _text_columns(frame, ("query_id", "doc_id"), locate=locate)
    grades = _numbers(frame["relevance"], thing="grade", locate=locate)
    for row in np.flatnonzero(grades != np.rint(grades))[:1]:
        raise InputError(f"{locate(row)}: grade {grades[row]:g} is not a whole number; round it")
    for row in np.flatnonzero(np.abs(grades) > LARGEST_GRADE)[:1]:
        raise InputError(
            f"{locate(row)}: grade {frame['relevance'].tolist()[row]} is beyond "
            f"±{LARGEST_GRADE:,}, the largest that measures can read; give small grades, such as "
            "0 to 3"
        )
    checked["relevance"] = grades.astype(np.int64)
    refuse_doubles(checked, ("query_id", "doc_id"), locate=locate, describe=_judged_twice)
    return checked


def clean_scores(frame: pd.DataFrame, *, locate: Locate) -> pd.DataFrame:
    """Return the columns dataset, system, seed, query_id, measure and value of a table of scores.

    dataset is "" and seed is 0 where the table has no such column.
    InputError names the first row with a missing name, a value that is not finite, a seed that is
    not a whole number or beyond ±LARGEST_SEED, or a score that an earlier row has already.
    """
    defaults = {"dataset": "", "seed": 0}
    complete = frame.assign(
        **{name: default for name, default in defaults.items() if name not in frame}
    )
    names = ("dataset", "system", "query_id", "measure")
    checked = _text_columns(complete, names, locate=locate)
    checked["value"] = _numbers(complete["value"], thing="value", locate=locate)
    seeds = _numbers(complete["seed"], thing="seed", locate=locate)
    for row in np.flatnonzero(seeds != np.rint(seeds))[:1]:
        raise InputError(
            f"{locate(row)}: seed {seeds[row]:g} is not a whole number; give each seed a whole "
            "number, such as 0, 1, 2"
        )
    for row in np.flatnonzero(np.abs(seeds) > LARGEST_SEED)[:1]:
        raise InputError(
            f"{locate(row)}: seed {complete['seed'].tolist()[row]} is beyond ±{LARGEST_SEED:,}; "
            "number the seeds 0, 1, 2"
        )
    checked["seed"] = seeds.astype(np.int64)
    refuse_doubles(checked, SCORE_KEY, locate=locate, describe=_scored_twice)
    return checked[list(SCORES)]


def refuse_doubles(
    frame: pd.DataFrame,
    key: tuple[str, ...],
    *,
    locate: Locate,
    describe: Callable[[pd.Series], str],
) -> None:
    """Raise an InputError for the first row that has the same `key` columns as an earlier row.

    It names both rows. describe: the words for the repeated row, as in `returned_twice`.
    """
    for row in repeated_rows(frame, key)[:1]:
        same = (frame[list(key)] == frame.loc[row, list(key)]).all(axis=1)
        first = locate(int(np.flatnonzero(same)[0]))
        raise InputError(f"{locate(row)}: {describe(frame.loc[row])} (first: {first}); keep one")


def returned_twice(row: pd.Series) -> str:
    """Return the words for a row whose document the run has already returned for its topic."""
    return f"returns document {row['doc_id']!r} for topic {row['query_id']!r} a second time"


def _judged_twice(row: pd.Series) -> str:
    return f"judges document {row['doc_id']!r} for topic {row['query_id']!r} a second time"


def _scored_twice(row: pd.Series) -> str:
    return (
        f"scores topic {row['query_id']!r} of {row['system']!r}, seed {row['seed']}, by "
        f"{row['measure']} a second time"
    )


def _text_columns(frame: pd.DataFrame, columns: tuple[str, ...], *, locate: Locate) -> pd.DataFrame:
    """Return the columns as text. InputError names the first row without a value."""
    for column in columns:
        for row in np.flatnonzero(frame[column].isna())[:1]:
            raise InputError(f"{locate(row)}: {column} is missing; fill it in")
    return frame[list(columns)].astype(dict.fromkeys(columns, str))


def _numbers(column: pd.Series, *, thing: str, locate: Locate) -> Array:
    """Return the column as float64. InputError names the first value that is not finite."""
    numbers: Array = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    for row in np.flatnonzero(~np.isfinite(numbers))[:1]:
        raise not_finite(column.tolist()[row], thing=thing, location=locate(row))
    return numbers


def not_finite(value: object, *, thing: str, location: str) -> InputError:
    """Return the error for a value that is not a finite number. thing: such as `score`."""
    return InputError(f"{location}: {thing} {value!r} is not a finite number; export it again")
