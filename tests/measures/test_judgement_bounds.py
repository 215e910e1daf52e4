"""Bounds of a difference under unjudged documents, worked out by hand."""

from collections.abc import Sequence
from math import log2

import pandas as pd
import pytest

from maw.measures.judgement_bounds import DEPTH, difference_bounds


def run_of(*rankings: Sequence[str]) -> pd.DataFrame:
    """Return a run with one ranking for each query, q0, q1 and so on."""
    rows = [
        (f"q{i}", document, float(-rank))
        for i, ranking in enumerate(rankings)
        for rank, document in enumerate(ranking)
    ]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])


QRELS = pd.DataFrame(
    [("q0", "r", 1), ("q0", "n", 0), ("q1", "s", 2)], columns=["query_id", "doc_id", "relevance"]
)


def test_one_unjudged_document_on_each_side_is_worked_out_by_hand() -> None:
    # both return w, which is unjudged and helps neither
    a, b = run_of(["r", "x", "w"]), run_of(["y", "w", "r"])
    qrels = QRELS[QRELS["query_id"] == "q0"]
    bounds = difference_bounds(a, b, qrels, ["q0"], measure="nDCG@10")
    assert bounds.difference == pytest.approx(1 - 1 / log2(4))
    # low: y is relevant, so that the ideal is 1 + 1/log2(3)
    ideal = 1 + 1 / log2(3)
    assert bounds.low == pytest.approx((1 - (1 + 1 / log2(4))) / ideal)
    # high: x is
    assert bounds.high == pytest.approx((1 + 1 / log2(3) - 1 / log2(4)) / ideal)
    assert (bounds.n_queries, bounds.n_open_a, bounds.n_open_b) == (1, 1, 1)


def test_open_documents_take_the_highest_grade_of_the_collection() -> None:
    a, b = run_of(["r"]), run_of(["r", "y"])
    bounds = difference_bounds(a, b, QRELS, ["q0"], measure="nDCG@10")
    assert (bounds.difference, bounds.high) == (0, 0)
    # grade 2 from q1: ideal 2 + 1/log2(3); a has 1 at rank 1, b 1 + 2/log2(3)
    assert bounds.low == pytest.approx(-2 / log2(3) / (2 + 1 / log2(3)))


def test_documents_below_the_tenth_rank_and_judged_ones_are_not_open() -> None:
    shared = [f"d{i}" for i in range(DEPTH - 1)]
    a, b = run_of([*shared, "n", "late"]), run_of([*shared, "r"])
    bounds = difference_bounds(a, b, QRELS, ["q0"], measure="nDCG@10")
    assert bounds.low == bounds.difference == bounds.high
    assert (bounds.n_open_a, bounds.n_open_b) == (0, 0)


def test_pooled_documents_without_a_grade_are_open() -> None:
    qrels = pd.concat([QRELS, pd.DataFrame([("q0", "p", -1)], columns=QRELS.columns)])
    bounds = difference_bounds(run_of(["p", "r"]), run_of(["r"]), qrels, ["q0"], measure="RR@10")
    assert (bounds.difference, bounds.high) == pytest.approx((-0.5, 0))
    assert (bounds.n_open_a, bounds.n_open_b) == (1, 0)


def test_the_mean_is_over_judged_queries_and_missing_answers_count_as_0() -> None:
    a, b = run_of(["r"], ["s"], ["z"]), run_of(["r"])
    bounds = difference_bounds(a, b, QRELS, ["q0", "q1", "q2"], measure="RR@10")
    assert bounds.difference == bounds.low == bounds.high == 0.5
    assert bounds.n_queries == 2


def test_swapped_runs_have_mirrored_bounds() -> None:
    a, b = run_of(["x", "r", "y"], ["z", "s"]), run_of(["u", "v", "r"], ["s"])
    one = difference_bounds(a, b, QRELS, ["q0", "q1"], measure="nDCG@10")
    other = difference_bounds(b, a, QRELS, ["q0", "q1"], measure="nDCG@10")
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))
    assert one.low < one.difference < one.high


def test_binary_measures_call_open_documents_relevant() -> None:
    qrels = pd.DataFrame([("q0", "r", 1)], columns=QRELS.columns)
    bounds = difference_bounds(
        run_of(["x"]), run_of(["r"]), qrels, ["q0"], measure="RR@10", relevant_from=2
    )
    assert (bounds.low, bounds.difference, bounds.high) == (0, 0, 1)
