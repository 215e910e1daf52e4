"""Which documents do development queries rank, and which of a collection does training look at?"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.datasets.rows_of_ids import is_in, rows_of

POOL = 250  # documents at least, judged ones among them
ROWS = "document.rows"  # in a trunk of some documents only: which of the collection's they are


def pool(relevant: Iterable[int], *, n_documents: int) -> list[int]:
    """The development queries' relevant documents, filled up evenly from the whole collection."""
    chosen = np.unique(np.fromiter(relevant, dtype=np.int64))
    n_others = n_documents - len(chosen)
    n_added = max(0, min(POOL - len(chosen), n_others))
    place = np.arange(n_added) * n_others // max(n_added, 1)
    # the n-th of the others stands behind the chosen ones that have no more than n others before
    added = place + np.searchsorted(chosen - np.arange(len(chosen)), place, side="right")
    return sorted([*chosen.tolist(), *added.tolist()])


def relevant_pairs(qrels: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    """The judgements above 0 of documents that are there."""
    return qrels[(qrels["relevance"] > 0) & is_in(qrels["doc_id"], known)]


def of_side(pairs: pd.DataFrame, split: pd.DataFrame, side: str) -> pd.DataFrame:
    """Those of the queries on one side."""
    return pairs[pairs["query_id"].isin(split.loc[split["split"] == side, "query_id"])]


def looked_at(
    known: pd.Series, *, judged: pd.DataFrame, pairs: Iterable[pd.DataFrame]
) -> npt.NDArray[np.int64]:
    """Rows, rising: documents of training pairs, and what development queries rank.

    known: document ids in order; judged: development queries' relevant pairs; pairs: doc_id.
    """
    trained = rows_of(known, pd.concat([frame["doc_id"] for frame in pairs]))
    ranked = pool(rows_of(known, judged["doc_id"]).tolist(), n_documents=len(known))
    rows = np.unique(np.concatenate([trained, np.array(ranked, dtype=np.int64)]))
    return rows[rows >= 0].astype(np.int64)
