"""The tables that follow from a split: what is trained on, what never, and what is developed on."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from maw.datasets import leaks
from maw.datasets.collection import Collection
from maw.datasets.development import judged_for_development, pool, relevant_pairs

N_NEGATIVES = 20  # mined negatives of each training query


@dataclass(frozen=True)
class SplitTables:
    """The tables of one split, in which no training pair gives away a held-out query.

    split: query_id, split. training, negatives: pairs of training queries with relevant documents
    and with mined negatives. forbidden: pairs that are never negatives. development: doc_id of each
    document that development queries rank, in the collection's order. n_development: number of
    development queries that score a model. leak_check: counts.
    """

    split: pd.DataFrame
    training: pd.DataFrame
    negatives: pd.DataFrame
    forbidden: pd.DataFrame
    development: pd.DataFrame
    n_development: int
    leak_check: dict[str, int]

    @classmethod
    def of(
        cls,
        collection: Collection,
        splits: Mapping[str, str],
        *,
        doc_ids: pd.Series,
        retrieved: pd.DataFrame,
    ) -> "SplitTables":
        """Return the tables of a split, checked for leaks; InputError names a leak.

        splits: query_id -> train, dev or test. doc_ids: ids of all documents, in their order.
        retrieved: query_id, doc_id: the documents that BM25 retrieves for train and dev queries,
        best first within each query; other queries are left out.
        """
        split = pd.DataFrame({"query_id": list(splits), "split": list(splits.values())})
        relevant = relevant_pairs(collection.qrels, doc_ids)
        known = set(relevant["doc_id"])
        training = leaks.training_pairs(collection, splits, known=known)
        negatives = leaks.mined_negatives(collection, splits, retrieved, depth=N_NEGATIVES)
        judged = judged_for_development(relevant, split)
        of_development = retrieved[retrieved["query_id"].isin(judged["query_id"])]
        rows = pool(doc_ids, relevant=judged, retrieved=of_development)
        return cls(
            split=split,
            training=training,
            negatives=negatives,
            forbidden=leaks.forbidden(collection, splits),
            development=pd.DataFrame({"doc_id": doc_ids.iloc[rows].to_numpy(dtype=object)}),
            n_development=judged["query_id"].nunique(),
            leak_check=leaks.check(
                collection, splits, training=training, negatives=negatives, known=known
            ),
        )


def queries_to_retrieve(
    collection: Collection, splits: Mapping[str, str], *, doc_ids: pd.Series
) -> pd.DataFrame:
    """Return the queries, query_id and text, for which BM25 retrieves documents.

    They are the train queries, from whose documents negatives are mined, and the development
    queries that score a model.
    """
    split = pd.DataFrame({"query_id": list(splits), "split": list(splits.values())})
    judged = judged_for_development(relevant_pairs(collection.qrels, doc_ids), split)
    queries = collection.queries
    is_train = queries["query_id"].map(splits).eq("train")
    return queries[is_train | queries["query_id"].isin(judged["query_id"])]
