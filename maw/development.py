"""Which documents do development queries rank, and which of a collection does training look at?"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

POOL = 250  # documents at least, judged ones among them
ROWS = "document.rows"  # in a trunk of some documents only: which of the collection's they are


def pool(relevant: Iterable[int], *, n_documents: int) -> list[int]:
    """The development queries' relevant documents, filled up evenly from the whole collection."""
    chosen = set(relevant)
    others = [row for row in range(n_documents) if row not in chosen]
    n_added = max(0, min(POOL - len(chosen), len(others)))
    return sorted(chosen.union(others[place * len(others) // n_added] for place in range(n_added)))


def relevant_pairs(qrels: pd.DataFrame, known: pd.Series) -> pd.DataFrame:
    """The judgements above 0 of documents that are there."""
    return qrels[(qrels["relevance"] > 0) & qrels["doc_id"].isin(known)]


def of_side(pairs: pd.DataFrame, split: pd.DataFrame, side: str) -> pd.DataFrame:
    """Those of the queries on one side."""
    return pairs[pairs["query_id"].isin(split.loc[split["split"] == side, "query_id"])]


def looked_at(
    known: pd.Series, *, judged: pd.DataFrame, pairs: Iterable[pd.DataFrame]
) -> npt.NDArray[np.int64]:
    """Rows, rising: documents of training pairs, and what development queries rank.

    known: document ids in order; judged: development queries' relevant pairs; pairs: doc_id.
    """
    index = pd.Index(known)
    trained = [index.get_indexer(frame["doc_id"]) for frame in pairs]
    ranked = pool(index.get_indexer(judged["doc_id"]).tolist(), n_documents=len(index))
    rows = np.unique(np.concatenate([*trained, np.array(ranked, dtype=np.int64)]))
    return rows[rows >= 0].astype(np.int64)
