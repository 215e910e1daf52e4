"""The order in which a run returns its documents: the one place where the package decides it.

The rule is trec_eval's, in float64: score descending, then document id descending. Measures get `N
− rank` as scores, which no two documents of a query share; N is the number of documents that the
run returns for the query. Some providers of ir_measures have another rule for ties (RR) or compare
in float32 (pytrec_eval); with such scores, all of them see the same order.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.errors import InputError

COLUMNS = ("query_id", "doc_id", "score")


def best_first(
    scores: npt.NDArray[Any], id_ranks: npt.NDArray[Any], queries: npt.NDArray[Any] | None = None
) -> npt.NDArray[np.int64]:
    """Return the positions of documents, the best first: score descending, then id descending.

    There are two layouts. A table: scores [N] of one query or [Q, N] of many, id_ranks [N]; the
    result has the shape of scores, and each row holds the positions 0 to N-1 of one query's
    documents. Rows of several queries: scores, id_ranks and queries are all [R]; the result [R]
    holds positions of rows, queries ascending and each query's best document first.

    id_ranks are integers that rise with the document id (`id_ranks_of`). Scores of any float type
    are compared as they are; nan comes last.
    """
    order: npt.NDArray[np.int64]
    if queries is not None:
        order = np.lexsort((-id_ranks, -scores, queries))
        return order
    by_id = np.argsort(-id_ranks, kind="stable")
    negative = scores[..., by_id]
    np.negative(negative, out=negative)  # a copy already: a large table stands in memory once
    # a stable sort by score leaves equal scores in the order of their ids
    order = by_id[np.argsort(negative, axis=-1, kind="stable")]
    return order


def id_ranks_of(ids: Any) -> npt.NDArray[np.int64]:
    """Return each id's position [N] among the distinct ids in ascending order, from 0.

    ids [N]: a series or an array of strings, repeated or not. Strings are compared by code point,
    which in UTF-8 is the order of bytes of trec_eval's strcmp.
    """
    codes: npt.NDArray[np.int64] = pd.factorize(np.asarray(ids, dtype=object), sort=True)[0]
    return codes


def order_run(run: pd.DataFrame) -> pd.DataFrame:
    """Return query_id, doc_id, score and rank of a run, best document first, rank from 1.

    Queries are in ascending order. InputError names a missing column, or the first row with a score
    that is not finite or a document that its query returned before.
    """
    run = _checked(run)
    queries, _ = pd.factorize(run["query_id"], sort=True)
    order = best_first(run["score"].to_numpy(), id_ranks_of(run["doc_id"]), queries)
    ordered = run.iloc[order].reset_index(drop=True)
    return ordered.assign(rank=ordered.groupby("query_id", sort=False).cumcount() + 1)


def with_rank_scores(ordered: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `order_run` with the scores `N − rank` in place of the run's.

    N: number of documents that the run returns for the query.
    """
    size = ordered.groupby("query_id", sort=False)["rank"].transform("size")
    return ordered.assign(score=(size - ordered["rank"]).astype(np.float64))


def _checked(run: pd.DataFrame) -> pd.DataFrame:
    """Return a run's columns query_id and doc_id as str, and score as float64, and no others.

    InputError names a missing column or the first wrong row.
    """
    missing = [name for name in COLUMNS if name not in run]
    if missing:
        raise InputError(f"run: lacks column {missing[0]!r}; expected {', '.join(COLUMNS)}")
    run = run[list(COLUMNS)].astype({"query_id": str, "doc_id": str})
    scores = pd.to_numeric(run["score"], errors="coerce").to_numpy(np.float64)
    for row in np.flatnonzero(~np.isfinite(scores))[:1]:
        query, document, score = run.iloc[row]
        raise InputError(
            f"run: row {row} (query {query!r}, document {document!r}) has score {score!r}; "
            "scores must be finite numbers, export the run again"
        )
    for row in np.flatnonzero(run.duplicated(["query_id", "doc_id"]))[:1]:
        query, document, _ = run.iloc[row]
        raise InputError(
            f"run: row {row} returns document {document!r} for query {query!r} a second time; "
            "keep one"
        )
    return run.assign(score=scores)
