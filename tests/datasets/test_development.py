"""The development pool: relevant documents, those hard to tell from them, and others evenly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.datasets import development
from maw.datasets.development import DEPTH, POOL


def rows_of_pool(
    relevant: list[int], *, n_documents: int, retrieved: dict[str, list[int]] | None = None
) -> list[int]:
    """Return the pool's rows; document n has the id dn. retrieved: query -> rows, best first."""
    pairs = [(query, f"d{row}") for query, rows in (retrieved or {}).items() for row in rows]
    rows = development.pool(
        pd.Series([f"d{n}" for n in range(n_documents)]),
        relevant=pd.DataFrame({"doc_id": [f"d{row}" for row in relevant]}, dtype=object),
        retrieved=pd.DataFrame(pairs, columns=["query_id", "doc_id"], dtype=object),
    )
    assert rows.dtype == np.int64
    return list(map(int, rows))


@pytest.mark.parametrize("n_documents", [1, 30, POOL - 1, POOL, POOL + 1, 499, 1200, 4025])
def test_the_pool_has_its_size_or_all_there_is(n_documents: int) -> None:
    pool = rows_of_pool([0], n_documents=n_documents)
    assert len(pool) == min(POOL, n_documents)
    assert pool == sorted(set(pool))
    assert set(pool) <= set(range(n_documents))


@pytest.mark.parametrize("n_documents", [POOL + 50, 499, 1200, 4025])
def test_a_pool_without_retrieved_documents_is_filled_evenly(n_documents: int) -> None:
    relevant = list(range(40, 90, 2))
    pool = rows_of_pool(relevant, n_documents=n_documents)
    added = [row for row in pool if row not in relevant]
    quarters = [
        sum(n * n_documents <= 4 * row < (n + 1) * n_documents for row in added) for n in range(4)
    ]
    # the relevant rows, all in one place, leave at most as many fewer to choose from there
    assert max(quarters) - min(quarters) <= len(relevant) + 1
    assert quarters[3] > 0


def test_all_relevant_documents_are_in_the_pool_though_they_be_more_than_its_size() -> None:
    relevant = list(range(0, 2 * POOL + 20, 2))
    assert rows_of_pool([*relevant, *relevant], n_documents=5_000) == relevant


@given(relevant=st.lists(st.integers(0, 699), max_size=60), n_documents=st.integers(700, 900))
def test_the_pool_is_the_one_that_lists_of_all_rows_give(
    relevant: list[int], n_documents: int
) -> None:
    others = [row for row in range(n_documents) if row not in relevant]
    n_added = POOL - len(set(relevant))
    added = {others[place * len(others) // n_added] for place in range(n_added)}
    assert rows_of_pool(relevant, n_documents=n_documents) == sorted(added.union(relevant))


def test_the_best_retrieved_documents_of_each_query_are_in_a_pool_that_is_full() -> None:
    relevant = list(range(POOL))
    retrieved = {"a": [900, 3, 800, 801, 802, 803], "b": [1000, 901, 900, 4, 5, 902], "c": [850]}
    best = {900, 800, 801, 802, 1000, 901, 850}
    assert DEPTH == 5
    pool = rows_of_pool(relevant, n_documents=2_000, retrieved=retrieved)
    assert pool == sorted(best.union(relevant))


def test_a_small_pool_is_filled_with_what_is_retrieved_next_before_anything_else() -> None:
    # one document short of the size after DEPTH ranks, so that a whole further rank is added
    relevant = list(range(POOL - 11))
    retrieved = {"a": [*range(900, 908)], "b": [*range(910, 918)]}
    pool = rows_of_pool(relevant, n_documents=2_000, retrieved=retrieved)
    assert pool == sorted({*relevant, *range(900, 906), *range(910, 916)})
    assert len(pool) == POOL + 1


def test_a_document_that_is_not_in_the_collection_is_no_row() -> None:
    assert rows_of_pool([2, 77], n_documents=5, retrieved={"a": [88, 3]}) == [0, 1, 2, 3, 4]


def test_relevant_pairs_are_known_ones_above_zero_and_a_split_has_its_queries() -> None:
    qrels = pd.DataFrame(
        [("q1", "a", 1), ("q1", "b", 0), ("q2", "a", 2), ("q2", "gone", 1)],
        columns=["query_id", "doc_id", "relevance"],
    )
    found = development.relevant_pairs(qrels, pd.Series(["a", "b"]))
    assert found[["query_id", "doc_id"]].to_numpy().tolist() == [["q1", "a"], ["q2", "a"]]
    splits = pd.DataFrame({"query_id": ["q1", "q2"], "split": ["dev", "test"]})
    assert development.of_split(found, splits, "dev")["query_id"].tolist() == ["q1"]


def test_of_many_development_queries_a_fixed_number_score_a_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(development, "QUERIES", 3)
    names = [f"q{n}" for n in range(8)]
    relevant = pd.DataFrame({"query_id": [*names, "q5", "train"], "doc_id": "d", "relevance": 1})
    splits = pd.DataFrame({"query_id": [*names, "train"], "split": ["dev"] * 8 + ["train"]})
    # `printf q7 | sha256sum` begins with 0b, q4's with 11, q5's with 26; the others are larger
    chosen = development.judged_for_development(relevant, splits)["query_id"]
    backwards = development.judged_for_development(relevant[::-1], splits[::-1])["query_id"]
    assert sorted(chosen) == sorted(backwards) == ["q4", "q5", "q5", "q7"]
    few = development.judged_for_development(relevant[:3], splits)["query_id"]
    assert few.tolist() == names[:3]
