"""The order in which a run returns its documents: the one place where the package decides it.

The rule is trec_eval's, in float64: score descending, then document id descending. Measures get `N
− rank` as scores, which no two documents of a query share; N is the number of documents that the
run returns for the query. Some providers of ir_measures have another rule for ties (RR) or compare
in float32 (pytrec_eval); with such scores, all of them see the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.errors import InputError
from maw.measures.repeats import repeated_rows

COLUMNS = ("query_id", "doc_id", "score")
BLOCK = 2**20  # scores of a table that are ordered at a time


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


def best_of_table(
    scores: npt.NDArray[Any], id_ranks: npt.NDArray[Any], depth: int
) -> npt.NDArray[np.int64]:
    """Return the first `depth` columns of `best_first(scores, id_ranks)`, without a whole sort.

    scores [Q, N], id_ranks [N]; the result is [Q, depth], or [Q, N] where N is smaller. Besides the
    result, memory for a block of queries is needed.
    """
    Q, N = scores.shape
    if depth >= N:
        return best_first(scores, id_ranks)
    by_id = np.argsort(-id_ranks, kind="stable")
    order = np.empty((Q, depth), dtype=np.int64)
    n_rows = max(1, BLOCK // N)
    for start in range(0, Q, n_rows):
        rows = slice(start, start + n_rows)
        order[rows] = by_id[_first_columns(-scores[rows][:, by_id], depth)]
    return order


def ranking_of_table(
    scores: npt.NDArray[Any], *, query_ids: Sequence[str], doc_ids: Sequence[str], depth: int
) -> pd.DataFrame:
    """Return query_id, doc_id, score (float64) of each query's first `depth` documents, best first.

    scores [Q, N]: of the documents doc_ids [N] for the queries query_ids [Q]. Queries stay in their
    order.
    """
    order = best_of_table(scores, id_ranks_of(doc_ids), depth)
    return pd.DataFrame(
        {
            "query_id": np.repeat(np.asarray(query_ids, dtype=object), order.shape[1]),
            "doc_id": np.asarray(doc_ids, dtype=object)[order].ravel(),
            "score": np.take_along_axis(scores, order, axis=1).ravel().astype(np.float64),
        }
    )


def _first_columns(keys: npt.NDArray[Any], depth: int) -> npt.NDArray[np.int64]:
    """Return the columns [Q, depth] of the smallest keys of each row, in ascending order of keys.

    keys [Q, N], depth < N; nan is larger than any number. Of equal keys, those in lower columns
    come first, as in a stable sort.
    """
    last = np.partition(keys, depth - 1, axis=1)[:, depth - 1, None]  # nan stands at the end
    tied = keys == last
    is_first = (keys < last) | tied
    n_first = is_first.sum(axis=1)
    for row in np.flatnonzero(n_first > depth):  # too many are equal to the last one
        is_first[row, np.flatnonzero(tied[row])[depth - n_first[row] :]] = False
    for row in np.flatnonzero(n_first < depth):  # the last one is nan, which equals nothing
        is_nan = np.isnan(keys[row])
        is_first[row] = ~is_nan
        is_first[row, np.flatnonzero(is_nan)[: depth - (~is_nan).sum()]] = True
    columns = np.nonzero(is_first)[1].reshape(-1, depth)
    order = np.argsort(np.take_along_axis(keys, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def id_ranks_of(ids: Any) -> npt.NDArray[np.int64]:
    """Return each id's position [N] among the distinct ids in ascending order, from 0.

    ids [N]: a series or an array of strings, repeated or not. Strings are compared by code point,
    which in UTF-8 is the order of bytes of trec_eval's strcmp.
    """
    codes: npt.NDArray[np.int64] = pd.factorize(np.asarray(ids, dtype=object), sort=True)[0]
    return codes


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The documents of one run, topic by topic, the best first. R documents, T topics.

    topics [T]: the distinct query ids, ascending. starts [T + 1]: positions; the documents of topic
    t are those from starts[t] up to, and without, starts[t + 1]. doc_ids [R], scores [R]: ids and
    scores in this order.
    """

    topics: list[str]
    starts: npt.NDArray[np.int64]
    doc_ids: pd.api.extensions.ExtensionArray
    scores: npt.NDArray[np.float64]

    @property
    def n_documents(self) -> npt.NDArray[np.int64]:
        """Return the number of documents of each topic, [T]."""
        return np.diff(self.starts)

    def documents(self, topic: int) -> list[str]:
        """Return the ids of the documents of the topic at this position, the best first."""
        first, end = self.starts[topic : topic + 2].tolist()
        ids: list[str] = np.asarray(self.doc_ids[first:end], dtype=object).tolist()
        return ids

    def frame(self) -> pd.DataFrame:
        """Return query_id, doc_id, score and rank, best document first, rank from 1."""
        n_documents = self.n_documents
        return pd.DataFrame(
            {
                "query_id": pd.Series(self.topics, dtype="str").repeat(n_documents).array,
                "doc_id": self.doc_ids,
                "score": self.scores,
                "rank": np.arange(1, len(self.scores) + 1) - self.starts[:-1].repeat(n_documents),
            }
        )


def order_run(run: pd.DataFrame) -> pd.DataFrame:
    """Return query_id, doc_id, score and rank of a run, best document first, rank from 1.

    Queries are in ascending order. InputError names a missing column, or the first row with a score
    that is not finite or a document that its query returned before.
    """
    return rank_run(run).frame()


def first_documents(run: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Return query_id, doc_id and score of the first `depth` documents of each query, best first.

    InputError as in `order_run`.
    """
    ranking = rank_run(run)
    n_kept = np.minimum(ranking.n_documents, depth)
    # the position in the ranking of each kept document: the topic's start, and the rank from 0
    ends = np.cumsum(n_kept)
    kept = np.repeat(ranking.starts[:-1] - (ends - n_kept), n_kept) + np.arange(n_kept.sum())
    return pd.DataFrame(
        {
            "query_id": pd.Series(ranking.topics, dtype="str").repeat(n_kept).array,
            "doc_id": ranking.doc_ids.take(kept),
            "score": ranking.scores[kept],
        }
    )


def rank_run(run: pd.DataFrame) -> Ranking:
    """Return the ranking of a run. Errors as in `order_run`."""
    return rank_checked(_checked(run))


def rank_checked(run: pd.DataFrame) -> Ranking:
    """Return the ranking of a run that is known to be right, as `maw.runs` reads it.

    run: query_id and doc_id (str), and score (float64, finite); no document twice for a query.
    """
    codes, topics = pd.factorize(run["query_id"], sort=True)
    scores = run["score"].to_numpy(np.float64)
    starts = np.zeros(len(topics) + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=len(topics)), out=starts[1:])
    doc_ids = run["doc_id"].array
    order = _best_first_of_run(scores, doc_ids, codes)
    return Ranking(list(topics), starts, doc_ids.take(order), scores[order])


def _best_first_of_run(
    scores: npt.NDArray[np.float64],
    doc_ids: pd.api.extensions.ExtensionArray,
    queries: npt.NDArray[np.intp],
) -> npt.NDArray[np.int64]:
    """Return `best_first(scores, id_ranks_of(doc_ids), queries)`, mostly without a sort.

    Runs are mostly written best first. So rows are sorted by score only where some are not in this
    order, and ids are compared only among the documents with equal scores.
    """
    order: npt.NDArray[np.int64] = np.argsort(queries, kind="stable")
    same_query = queries[order[1:]] == queries[order[:-1]]
    ordered = scores[order]
    if (same_query & (ordered[1:] > ordered[:-1])).any():
        order = np.lexsort((-scores, queries))
        ordered = scores[order]
    tied = same_query & (ordered[1:] == ordered[:-1])
    among_ties = np.zeros(len(order), dtype=bool)
    among_ties[1:] |= tied
    among_ties[:-1] |= tied
    rows = order[among_ties]
    by_id = best_first(scores[rows], id_ranks_of(doc_ids.take(rows)), queries[rows])
    order[among_ties] = rows[by_id]
    return order


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
    for row in repeated_rows(run, ["query_id", "doc_id"])[:1]:
        query, document, _ = run.iloc[row]
        raise InputError(
            f"run: row {row} returns document {document!r} for query {query!r} a second time; "
            "keep one"
        )
    return run.assign(score=scores)
