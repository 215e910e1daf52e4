"""The choice of the queries that score a model, and of the documents that they rank.

The development pool is the set of documents that a bi-encoder ranks for the development queries,
whose scores select the learning rate. (A cross-encoder ranks BM25's best documents of each query
instead.)
"""

from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.datasets.rows_of_ids import is_in, rows_of

QUERIES = 1000  # most development queries that score a learning rate or a point of a curve
POOL = 750  # least number of documents in the pool, the relevant ones included
DEPTH = 5  # BM25's best documents of each development query that are always in the pool


def pool(
    doc_ids: pd.Series, *, relevant: pd.DataFrame, retrieved: pd.DataFrame
) -> npt.NDArray[np.int64]:
    """Return the rows, ascending, of the documents that a bi-encoder ranks for development queries.

    They are all relevant documents of these queries, and BM25's best `DEPTH` documents of each
    query. Without what is hard to tell from a relevant document, a pool shows only two thirds of a
    difference between two trainings that the whole collection shows; with five of these documents
    it shows four fifths (measured on pydocs with 19 trainings). While there are fewer than `POOL`,
    BM25's next best documents are added, and in the end others, evenly spread over the collection.
    doc_ids: ids of the collection's documents, in their order. relevant: a table of the relevant
    documents. retrieved: query_id, doc_id: the documents that BM25 retrieves, best first within
    each query.
    """
    rank = retrieved.groupby("query_id", sort=False).cumcount().to_numpy() + 1
    rows = rows_of(doc_ids, retrieved["doc_id"])
    chosen = np.unique(rows_of(doc_ids, relevant["doc_id"]))
    chosen = chosen[chosen >= 0]
    depth = 0
    while depth < DEPTH or (len(chosen) < POOL and depth < rank.max(initial=0)):
        depth += 1
        chosen = np.union1d(chosen, rows[(rank == depth) & (rows >= 0)])
    return _filled(chosen, n_documents=len(doc_ids))


def _filled(chosen: npt.NDArray[np.int64], *, n_documents: int) -> npt.NDArray[np.int64]:
    """Return the chosen rows and, up to `POOL` in all, others that are evenly spread.

    chosen: distinct rows, ascending. A collection smaller than `POOL` is returned as a whole.
    """
    n_others = n_documents - len(chosen)
    n_added = max(0, min(POOL - len(chosen), n_others))
    positions = np.arange(n_added) * n_others // max(n_added, 1)
    # the n-th of the others stands behind the chosen ones that have no more than n others before
    n_before = np.searchsorted(chosen - np.arange(len(chosen)), positions, side="right")
    return np.union1d(chosen, positions + n_before).astype(np.int64)


def relevant_pairs(qrels: pd.DataFrame, doc_ids: pd.Series) -> pd.DataFrame:
    """Return the judgements with relevance above 0 whose document is in the collection.

    qrels: query_id, doc_id, relevance. doc_ids: ids of the collection's documents.
    """
    return qrels[(qrels["relevance"] > 0) & is_in(qrels["doc_id"], doc_ids)]


def judged_for_development(relevant: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Return the relevant pairs of the development queries that score a model.

    Of more than `QUERIES` development queries with a relevant document, those with the smallest
    hashes of their ids are taken, so that the time of a score does not grow with their number. The
    choice does not depend on the order of the queries.
    relevant: the result of `relevant_pairs`. splits: query_id, split.
    """
    judged = of_split(relevant, splits, "dev")
    query_ids = judged["query_id"].unique().tolist()
    if len(query_ids) <= QUERIES:
        return judged
    chosen = sorted(query_ids, key=lambda name: sha256(str(name).encode()).digest())[:QUERIES]
    return judged[judged["query_id"].isin(chosen)]


def of_split(rows: pd.DataFrame, splits: pd.DataFrame, split: str) -> pd.DataFrame:
    """Return the rows of a table whose query is in the split `split`: train, dev or test.

    rows: the table, with query_id among its columns. splits: query_id, split.
    """
    return rows[rows["query_id"].isin(splits.loc[splits["split"] == split, "query_id"])]
