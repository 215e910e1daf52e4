"""The choice of the documents that training needs, and of the queries that score a model.

The development pool is the set of documents that a bi-encoder ranks for the development queries,
whose scores select the learning rate. (A cross-encoder ranks BM25's best documents instead.)
"""

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.datasets.rows_of_ids import is_in, rows_of

QUERIES = 1000  # most development queries that score a learning rate or a point of a curve
POOL = 250  # least number of documents in the pool, the relevant ones included


def pool(relevant: Iterable[int], *, n_documents: int) -> list[int]:
    """Return the rows, ascending, of the documents that a bi-encoder ranks for development queries.

    relevant: rows of these queries' relevant documents, which are all in the pool. Other documents,
    evenly spread over the `n_documents` of the collection, are added until the pool has `POOL`
    documents, or has all documents of a smaller collection.
    """
    chosen = np.unique(np.fromiter(relevant, dtype=np.int64))
    n_others = n_documents - len(chosen)
    n_added = max(0, min(POOL - len(chosen), n_others))
    positions = np.arange(n_added) * n_others // max(n_added, 1)
    # the n-th of the others stands behind the chosen ones that have no more than n others before
    n_before = np.searchsorted(chosen - np.arange(len(chosen)), positions, side="right")
    added = positions + n_before
    return sorted([*chosen.tolist(), *added.tolist()])


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


def rows_for_training(
    doc_ids: pd.Series, *, relevant: pd.DataFrame, pairs: Iterable[pd.DataFrame]
) -> npt.NDArray[np.int64]:
    """Return the rows, ascending, of the documents that training needs.

    They are the documents of the training pairs and those of the development pool (`pool`): the
    development queries' relevant documents, filled up with others to at least `POOL`, as far as the
    collection has them. doc_ids: ids of the collection's documents, in their order. relevant: a
    table of the development queries' relevant documents. pairs: tables of the training queries'
    positives and negatives. All these tables have a column doc_id.
    """
    trained = rows_of(doc_ids, pd.concat([frame["doc_id"] for frame in pairs]))
    ranked = pool(rows_of(doc_ids, relevant["doc_id"]).tolist(), n_documents=len(doc_ids))
    rows = np.unique(np.concatenate([trained, np.array(ranked, dtype=np.int64)]))
    return rows[rows >= 0].astype(np.int64)
