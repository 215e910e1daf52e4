"""The tables of a split agree with each other; queries that are left alone are in none of them."""

import pandas as pd
import pytest

from maw.datasets import development, split_tables
from maw.datasets.collection import Collection
from maw.datasets.split_tables import SplitTables, queries_to_retrieve

SPLITS = {"t1": "train", "t2": "train", "v1": "dev", "v2": "dev", "s1": "test"}
DOC_IDS = pd.Series([f"d{n}" for n in range(8)])


@pytest.fixture
def collection() -> Collection:
    """Query t1 has the document d1, t2 d2, v1 d3 and s1 d4; v2 has none in the collection."""
    judged = [("t1", "d1", 1), ("t2", "d2", 1), ("v1", "d3", 1), ("s1", "d4", 1), ("v2", "d9", 1)]
    queries = pd.DataFrame({"query_id": list(SPLITS), "text": [f"text {q}" for q in SPLITS]})
    return Collection(
        documents=pd.DataFrame({"doc_id": DOC_IDS, "text": "x"}),
        queries=queries,
        qrels=pd.DataFrame(judged, columns=["query_id", "doc_id", "relevance"]),
        groups={query: query for query in SPLITS},
        licence="",
        source="",
    )


def test_bm25_retrieves_for_train_queries_and_for_development_queries_with_an_answer(
    collection: Collection,
) -> None:
    queries = queries_to_retrieve(collection, SPLITS, doc_ids=DOC_IDS)
    assert queries["query_id"].tolist() == ["t1", "t2", "v1"]


def test_each_table_is_made_from_the_queries_of_its_split(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(development, "POOL", 1)
    monkeypatch.setattr(split_tables, "N_NEGATIVES", 2)
    retrieved = pd.DataFrame(
        [
            *(("t1", doc) for doc in ("d1", "d5", "d6", "d7")),
            *(("v1", doc) for doc in ("d0", "d5", "d2", "d7")),
            *(("s1", doc) for doc in ("d6", "d4")),
        ],
        columns=["query_id", "doc_id"],
    )
    tables = SplitTables.of(collection, SPLITS, doc_ids=DOC_IDS, retrieved=retrieved)
    assert dict(tables.split.itertuples(index=False, name=None)) == SPLITS
    assert tables.training[["query_id", "doc_id"]].to_numpy().tolist() == [
        ["t1", "d1"],
        ["t2", "d2"],
    ]
    assert tables.negatives["doc_id"].tolist() == ["d5", "d6"]
    assert tables.forbidden.to_numpy().tolist() == [["t1", "d1"], ["t2", "d2"]]
    # v1's own d3, and the best that BM25 retrieves for it
    assert tables.development["doc_id"].tolist() == ["d0", "d2", "d3", "d5", "d7"]
    assert tables.n_development == 1
    assert tables.leak_check["leaks"] == 0
