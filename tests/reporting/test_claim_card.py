"""The card on one claim: what more data would buy, notes, and signs under a reciprocal rank."""

from typing import Any

import numpy as np
import pytest

from maw.reporting import claim_card
from maw.reporting.frames import ComparisonFrames
from maw.verdicts.prospects import TOGETHER
from tests.reporting.small_suite import Tables, comparison_frames
from tests.scored import plan_of

Q = 40
GENERATOR = np.random.default_rng(3)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    "old": HARD,
    "plain": HARD + GENERATOR.normal(0, 0.03, (Q, 5)),
    "new": HARD + GENERATOR.normal(0, 0.03, (Q, 5)),
}
PLAN = plan_of(("new", "plain"), ("plain", "old", "reference"))
TRAINED = {"old": False, "plain": True, "new": True}


def judged(tables: Tables, *, measure: str = "nDCG@10") -> ComparisonFrames:
    plan = PLAN.model_copy(update={"primary": measure})
    return comparison_frames(tables, plan, trained=TRAINED)


def first_card(frames: ComparisonFrames) -> dict[str, Any]:
    row = frames.comparisons.iloc[0].to_dict()
    return claim_card.content(row, frames.prospects, sesoi=0.02)


@pytest.fixture(scope="module")
def frames() -> ComparisonFrames:
    return judged(TABLES)


def test_the_first_screen_says_what_more_would_buy(frames: ComparisonFrames) -> None:
    text = first_card(frames)["more"]
    for plan in ("as it is", "5 more seeds", "10 more seeds", "twice the queries"):
        assert text.count(plan) == 2  # what is detectable, and the chance of "equivalent"
    now = frames.prospects.iloc[0]
    assert f"Detectable: {now['mde']:.3f} as it is" in text


def test_what_is_out_of_reach_is_told_in_one_sentence(frames: ComparisonFrames) -> None:
    bleak = frames.prospects.assign(p_equivalent=0.001)
    row = frames.comparisons.iloc[0].to_dict()
    text = claim_card.more_would_buy(row, bleak)
    assert text.endswith("The verdict “equivalent” would be out of reach in each case.")


def test_seeds_that_vary_together_are_told() -> None:
    shared = GENERATOR.normal(0, 0.2, (Q, 5))
    tables = {**TABLES, "plain": HARD + shared, "new": TABLES["new"] + shared}
    assert TOGETHER.capitalize() in first_card(judged(tables))["more"]


def test_nothing_is_bought_from_one_seed() -> None:
    card = first_card(judged({**TABLES, "new": TABLES["new"][:, :1]}))
    assert (
        card["more"]
        == "No detectable difference can be computed, because the contrast is not estimable."
    )
    assert card["notes"][0] == (
        "new is trained with one seed: nothing is known about training it again"
    )


def test_reciprocal_ranks_are_told_as_signs_without_a_p(frames: ComparisonFrames) -> None:
    by_rank = judged(TABLES, measure="RR@10")
    row, text = by_rank.comparisons.iloc[0], first_card(by_rank)["signs"]
    assert f"higher on {row['wins']} queries, lower on {row['losses']}" in text
    assert "p =" not in text
    assert first_card(frames)["signs"] == ""
