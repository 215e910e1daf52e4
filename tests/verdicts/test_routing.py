"""What the chosen depths say of texts, for each side, by hand."""

from typing import Any

import pandas as pd
import pytest

from maw.verdicts.routing import KnownTexts, choice_quantities

KNOWN = KnownTexts(
    queries=pd.DataFrame(
        {
            "length": [1, 2, 3, 4],
            "cluster": ["a", "a", "b", "b"],
            "n_relevant": [3, 9, 1, 1],
            "mode": [0, 1, 0, 1],
        },
        index=["q1", "q2", "q3", "q4"],
    ),
    documents=pd.Series({"d1": 5, "d2": 50}),
)


def choices(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"query_id": None, "doc_id": None, **columns})


def test_a_choice_by_cluster_tells_the_cluster_and_all_that_goes_with_it() -> None:
    rows = choices(query_id=["q1", "q2", "q3", "q4"], depth=[2, 2, 0, 0])
    quantities = choice_quantities(rows, KNOWN, side="query", seed=1)
    # by hand: 1 bit; 3 and 9 relevant documents are one class; the mode is crossed with the choice
    assert {name: value for name, value in quantities.items() if "chance" not in name} == (
        pytest.approx(
            {
                "effective_depths_used": 2,
                "mutual_information_length": 1,
                "mutual_information_relevant": 1,
                "mutual_information_cluster": 1,
                "mutual_information_mode": 0,
            }
        )
    )
    assert quantities["mutual_information_length_by_chance"] == pytest.approx(1)  # all differ
    assert 0.2 < quantities["mutual_information_cluster_by_chance"] < 0.5  # 1/3 by hand


def test_clusters_of_one_query_each_and_unknown_modes_are_left_out() -> None:
    queries = KNOWN.queries.assign(cluster=["a", "b", "c", "d"]).drop(columns="mode")
    rows = choices(query_id=["q1", "q2", "q3", "q4"], depth=[0, 1, 0, 1])
    known = KnownTexts(queries, None)
    quantities = choice_quantities(rows, known, side="query", seed=1)
    assert not [name for name in quantities if "cluster" in name or "mode" in name]


def test_documents_are_compared_by_their_length_alone() -> None:
    rows = choices(doc_id=["d1", "d2"], depth=[0, 1])
    quantities = choice_quantities(rows, KNOWN, side="document", seed=1)
    assert quantities == pytest.approx(
        {
            "effective_depths_used": 2,
            "mutual_information_length": 1,
            "mutual_information_length_by_chance": 1,
        }
    )
    unread = choice_quantities(rows, KnownTexts(KNOWN.queries, None), side="document", seed=1)
    assert list(unread) == ["effective_depths_used"]


def test_pairs_are_compared_by_their_query() -> None:
    rows = choices(query_id=["q1", "q1", "q3", "q3"], doc_id=list("wxyz"), depth=[0, 0, 1, 1])
    quantities = choice_quantities(rows, KNOWN, side="pair", seed=1)
    assert quantities["mutual_information_length"] == pytest.approx(1)
    assert quantities["mutual_information_length_by_chance"] == pytest.approx(1)
    assert "mutual_information_cluster" not in quantities  # as many as queries
