"""The order is trec_eval's, decided in float64."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maw.errors import InputError
from maw.measures import ordering
from maw.measures.ordering import (
    best_first,
    best_of_table,
    id_ranks_of,
    order_run,
    rank_run,
    ranking_of_table,
    with_rank_scores,
)


def run_of(*rows: tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])


def test_ties_go_to_the_larger_document_id_as_bytes_compare() -> None:
    # trec_eval 9, form_res_rels.c: score descending, then strcmp of document ids descending
    run = run_of(*(("q", doc, 1.0) for doc in ("d10", "d9", "D9", "é", "d2")), ("q", "a", 2.0))
    assert order_run(run)["doc_id"].tolist() == ["a", "é", "d9", "d2", "d10", "D9"]


def test_scores_that_float32_cannot_tell_apart_keep_their_order() -> None:
    low, high = 0.5, 0.5 + 1e-12
    assert np.float32(low) == np.float32(high)
    ordered = order_run(run_of(("q", "z", low), ("q", "a", high)))
    assert ordered["doc_id"].tolist() == ["a", "z"]
    assert with_rank_scores(ordered)["score"].tolist() == [1.0, 0.0]


def test_each_query_is_ranked_from_one_whatever_the_order_of_rows() -> None:
    run = run_of(("q2", "a", -1.0), ("q1", "a", 0.0), ("q2", "b", 3.0), ("q1", "b", -0.0))
    for shuffled in (run, run.iloc[::-1]):
        ordered = order_run(shuffled)
        assert ordered["query_id"].tolist() == ["q1", "q1", "q2", "q2"]
        assert ordered["doc_id"].tolist() == ["b", "a", "b", "a"]
        assert ordered["rank"].tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf, "high", None])
def test_a_score_that_is_not_finite_is_named(score: object) -> None:
    with pytest.raises(InputError) as error:
        order_run(run_of(("q", "d1", 1.0), ("q", "d7", score)))
    place, score_and_advice = str(error.value).split(" has score ")
    assert place == "run: row 1 (query 'q', document 'd7')"
    assert score_and_advice.endswith("; scores must be finite numbers, export the run again")


def test_a_document_returned_twice_is_named() -> None:
    with pytest.raises(InputError, match="row 2 returns document 'd' for query 'q' a second time"):
        order_run(run_of(("q", "d", 1.0), ("p", "d", 1.0), ("q", "d", 0.5)))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="lacks column 'score'"):
        order_run(run_of(("q", "d", 1.0)).drop(columns="score"))


def test_an_empty_run_has_an_empty_order() -> None:
    assert order_run(run_of()).empty


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_table_and_rows_are_ordered_by_the_literal_rule(dtype: type[np.floating[Any]]) -> None:
    draw = np.random.default_rng(3)
    ids = np.array([f"d{number}" for number in draw.permutation(30)], dtype=object)
    table = (draw.integers(-2, 3, (4, 30)) / 4).astype(dtype)  # many ties, both zeros
    table[0, :5] = -0.0
    # literal: Python sorts pairs of score and id, both descending
    expected = [
        [name for _, name in sorted(zip(row.tolist(), ids, strict=True), reverse=True)]
        for row in table
    ]
    id_ranks = id_ranks_of(ids)
    assert ids[best_first(table, id_ranks)].tolist() == expected
    assert ids[best_first(table[2], id_ranks)].tolist() == expected[2]
    rows = draw.permutation(table.size)
    queries, documents = np.divmod(rows, 30)
    order = best_first(table[queries, documents], id_ranks[documents], queries)
    assert ids[documents[order]].reshape(4, 30).tolist() == expected
    assert (np.diff(queries[order]) >= 0).all()


def test_the_scores_that_are_ordered_do_not_change() -> None:
    scores = np.array([[0.5, 1.0]])
    assert best_first(scores, np.array([0, 1])).tolist() == [[1, 0]]
    assert scores.tolist() == [[0.5, 1.0]]


def test_ranks_of_ids_rise_with_the_bytes_and_are_shared_by_equal_ids() -> None:
    assert id_ranks_of(pd.Series(["d9", "é", "D9", "d10", "d9"])).tolist() == [2, 3, 0, 1, 2]
    assert id_ranks_of([]).tolist() == []


TIED = st.sampled_from([-1.0, -0.0, 0.0, 0.25, np.inf, -np.inf, np.nan])


@given(
    scores=arrays.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.tuples(st.integers(1, 5), st.integers(1, 12)),
        elements=TIED,
    ),
    depth=st.integers(1, 13),
    block=st.sampled_from([1, 20, 1000]),
    seed=st.integers(0, 99),
)
@settings(max_examples=200, deadline=None)
def test_the_best_of_a_table_are_the_first_of_its_whole_order(
    scores: Any, depth: int, block: int, seed: int
) -> None:
    id_ranks = np.random.default_rng(seed).permutation(scores.shape[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "BLOCK", block)
        best = best_of_table(scores, id_ranks, depth)
    assert np.array_equal(best, best_first(scores, id_ranks)[:, :depth])


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("pqr"), st.integers(0, 9), st.sampled_from([-1.0, -0.0, 0.0, 2.5])
        ),
        unique_by=lambda row: row[:2],
    ),
    is_sorted=st.booleans(),
)
def test_a_run_is_ordered_as_by_the_literal_sort(
    rows: list[tuple[str, int, float]], is_sorted: bool
) -> None:
    run = run_of(*((query, f"d{document}", score) for query, document, score in rows))
    if is_sorted:
        run = run.sort_values("score", ascending=False, kind="stable")
    ranking = rank_run(run)
    queries, _ = pd.factorize(run["query_id"], sort=True)
    scores = run["score"].to_numpy(np.float64)
    literal = run.iloc[best_first(scores, id_ranks_of(run["doc_id"]), queries)]
    ordered = ranking.frame()
    for column in ("query_id", "doc_id", "score"):
        assert ordered[column].tolist() == literal[column].tolist()
    assert ordered["rank"].tolist() == [n + 1 for n in literal.groupby("query_id").cumcount()]
    for t, topic in enumerate(ranking.topics):
        assert ranking.documents(t) == literal[literal["query_id"] == topic]["doc_id"].tolist()


@pytest.mark.parametrize("depth", [1, 3, 50])
def test_the_first_documents_are_the_head_of_the_order(depth: int) -> None:
    generator = np.random.default_rng(3)
    rows = [
        (f"q{q}", f"d{d}", round(generator.normal(), 1))
        for q, n_documents in enumerate((1, 3, 30))
        for d in range(n_documents)
    ]
    run = pd.DataFrame(rows, columns=["query_id", "doc_id", "score"]).sample(frac=1, random_state=0)
    ordered = ordering.order_run(run)
    expected = ordered.loc[ordered["rank"] <= depth, ["query_id", "doc_id", "score"]]
    pd.testing.assert_frame_equal(
        ordering.first_documents(run, depth), expected.reset_index(drop=True)
    )


def test_a_table_of_scores_becomes_the_rows_of_each_querys_best_documents() -> None:
    # trec_eval: score descending, then document id descending as strings
    scores = np.array([[0.5, 0.5, 0.9, 0.5], [0.1, 0.1, 0.1, 0.2]], np.float32)
    ranking = ranking_of_table(
        scores, query_ids=["p", "a"], doc_ids=["d10", "d9", "a", "d2"], depth=3
    )
    assert list(ranking) == ["query_id", "doc_id", "score"]
    assert ranking["query_id"].tolist() == ["p"] * 3 + ["a"] * 3
    assert ranking["doc_id"].tolist() == ["a", "d9", "d2", "d2", "d9", "d10"]
    expected = np.array([0.9, 0.5, 0.5, 0.2, 0.1, 0.1], np.float32).astype(float)
    assert ranking["score"].tolist() == expected.tolist()
