"""A planted loss is as large as was asked, follows from ranks and grades, and is what is scored."""

from hashlib import sha256
from math import log2

import numpy as np
import pandas as pd
import pytest

from maw.measures.ordering import order_run
from maw.measures.planted_loss import PlantedRun, cutoff_of, losses_of_pairs, plant_loss
from maw.measures.scoring import score_run

K = 10


def run_of(*queries: str, n_documents: int = 12) -> pd.DataFrame:
    """Return a run that ranks d1, d2 and so on for each query."""
    return pd.DataFrame(
        [(q, f"d{rank}", float(-rank)) for q in queries for rank in range(1, n_documents + 1)],
        columns=["query_id", "doc_id", "score"],
    )


def qrels_of(grades: dict[str, dict[str, int]]) -> pd.DataFrame:
    rows = [(q, d, grade) for q, judged in grades.items() for d, grade in judged.items()]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "relevance"])


def order_of(planted: PlantedRun, query: str) -> list[str]:
    ordered = order_run(planted.run)
    documents: list[str] = ordered.loc[ordered["query_id"] == query, "doc_id"].tolist()
    return documents


def test_the_loss_of_a_pair_is_that_of_the_definition() -> None:
    # grades 2, 0, 1 returned; the ideal order is 2, 1: IDCG = 2 + 1/log2(3)
    losses = losses_of_pairs([2, 0, 1], [2, 1, 0], cutoff=K)
    ideal = 2 + 1 / log2(3)
    assert losses[0, 1] == pytest.approx((2 - 0) * (1 - 1 / log2(3)) / ideal)
    assert losses[0, 2] == pytest.approx((2 - 1) * (1 - 1 / log2(4)) / ideal)
    assert losses[1, 2] < 0  # this change would be a gain
    assert not np.tril(losses).any()


def test_a_document_that_leaves_the_first_ten_loses_all_of_its_gain() -> None:
    losses = losses_of_pairs([0] * 9 + [1, 0], [1], cutoff=K)
    assert losses[9, 10] == pytest.approx(1 / log2(11))
    assert np.count_nonzero(losses > 0) == 1


def test_negative_grades_count_as_zero_and_without_a_relevant_document_nothing_is_lost() -> None:
    assert losses_of_pairs([1, -3], [1, -3], cutoff=K)[0, 1] == pytest.approx(1 - 1 / log2(3))
    assert not losses_of_pairs([0, 0], [0, -1], cutoff=K).any()


def test_the_largest_loss_that_is_no_more_than_the_share_is_taken() -> None:
    # one relevant document at rank 1: moved to rank 2, 3, 4 it loses .369, .5, .569
    planted = plant_loss(run_of("q"), qrels_of({"q": {"d1": 1}}), ["q"], loss=0.55, cutoff=K)
    assert planted.achieved == pytest.approx(0.5)
    assert order_of(planted, "q")[:4] == ["d3", "d2", "d1", "d4"]
    assert (planted.n_queries, planted.n_changed) == (1, 1)


def test_what_a_query_cannot_lose_is_left_to_the_next_in_the_order_of_their_hashes() -> None:
    queries = sorted(("a", "b", "c"), key=lambda q: sha256(q.encode()).digest())
    barren, rich, last = queries
    grades = {barren: {"d1": 0}, rich: {"d1": 1}, last: {"d1": 1}}
    planted = plant_loss(
        run_of("a", "b", "c"), qrels_of(grades), ["a", "b", "c"], loss=0.3, cutoff=K
    )
    # 3 · .3 is to be lost: the first loses nothing, the second at most .9/2, the last at most
    # .9 − .369 = .531
    assert order_of(planted, barren)[:2] == ["d1", "d2"]
    assert order_of(planted, rich)[:2] == ["d2", "d1"]
    assert order_of(planted, last)[:3] == ["d3", "d2", "d1"]
    assert planted.achieved == pytest.approx((1 - 1 / log2(3) + 0.5) / 3)


def test_a_judged_query_without_an_answer_and_one_without_judgements_are_left_alone() -> None:
    grades = {"answered": {"d1": 1}, "silent": {"d1": 1}}
    run = run_of("answered", "unjudged")
    queries = ["answered", "silent", "unjudged"]
    planted = plant_loss(run, qrels_of(grades), queries, loss=0.5, cutoff=K)
    assert order_of(planted, "unjudged") == [f"d{rank}" for rank in range(1, K + 2)]
    assert (planted.n_queries, planted.n_changed) == (2, 1)


def test_no_judged_query_loses_nothing() -> None:
    planted = plant_loss(run_of("q"), qrels_of({"p": {"d1": 1}}), ["q"], loss=0.1, cutoff=K)
    assert (planted.achieved, planted.n_queries, planted.n_changed) == (0.0, 0, 0)


QUERIES = [f"q{q}" for q in range(120)]


@pytest.fixture(scope="module")
def graded() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a run with ties and graded judgements, some of them negative."""
    generator = np.random.default_rng(7)
    run = pd.DataFrame(
        [(q, f"d{d}", round(generator.normal(), 1)) for q in QUERIES for d in range(15)],
        columns=["query_id", "doc_id", "score"],
    )
    qrels = pd.DataFrame(
        [(q, f"d{d}", int(generator.integers(-1, 4))) for q in QUERIES for d in range(0, 15, 2)],
        columns=["query_id", "doc_id", "relevance"],
    )
    return run, qrels


@pytest.mark.parametrize("cutoff", [3, 5, 10])
def test_the_scores_of_ir_measures_lose_just_what_was_planted(
    graded: tuple[pd.DataFrame, pd.DataFrame], cutoff: int
) -> None:
    run, qrels = graded
    planted = plant_loss(run, qrels, QUERIES, loss=0.02, cutoff=cutoff)
    before, after = (
        score_run(each, qrels, [f"nDCG@{cutoff}"], QUERIES).frame for each in (run, planted.run)
    )
    difference = after["value"] - before["value"]
    assert difference.mean() == pytest.approx(-planted.achieved, abs=1e-12)
    assert (difference < -1e-12).sum() == planted.n_changed > 0


def test_the_loss_is_near_the_wanted_one_and_spread_over_many_queries(
    graded: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    planted = plant_loss(*graded, QUERIES, loss=0.02, cutoff=K)
    assert planted.achieved == pytest.approx(0.02, abs=0.002)
    assert planted.n_changed > 60


@pytest.mark.parametrize(
    ("measure", "cutoff"),
    [("nDCG@10", 10), ("nDCG@5", 5), ("RR@10", None), ("nDCG(judged_only=True)@10", None)],
)
def test_a_loss_is_planted_in_plain_ndcg_alone(measure: str, cutoff: int | None) -> None:
    assert cutoff_of(measure) == cutoff
