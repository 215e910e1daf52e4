"""The card on one claim: what more data would buy, notes, and signs under a reciprocal rank."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.reporting import claim_card
from maw.reporting.frames import ComparisonFrames
from tests.reporting.small_suite import Tables, comparison_frames
from tests.scored import plan_of

Q = 40
GENERATOR = np.random.default_rng(3)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    "old": HARD,
    "plain": HARD + GENERATOR.normal(0, 0.1, (Q, 5)),
    "new": HARD + GENERATOR.normal(0, 0.1, (Q, 5)),
}
PLAN = plan_of(("new", "plain"), ("plain", "old", "reference"))
TRAINED = {"old": False, "plain": True, "new": True}


def judged(tables: Tables, *, measure: str = "nDCG@10") -> ComparisonFrames:
    plan = PLAN.model_copy(update={"primary": measure})
    return comparison_frames(tables, plan, trained=TRAINED)


def first_card(frames: ComparisonFrames) -> dict[str, Any]:
    row = frames.comparisons.iloc[0].to_dict()
    return claim_card.content(row, frames.prospects, claim="better", sesoi=0.02)


@pytest.fixture(scope="module")
def frames() -> ComparisonFrames:
    return judged(TABLES)


def test_one_sentence_says_what_more_would_buy(frames: ComparisonFrames) -> None:
    chances = [f"{chance:.2f}" for chance in frames.prospects["power_at_sesoi"]]
    assert 0.05 < float(chances[0]) < 0.95
    text = first_card(frames)["more"]
    assert text.startswith(f"To detect 0.02: probability {chances[0]} as it is, ")
    for plan in ("5 more seeds", "10 more seeds", "twice the queries"):
        assert text.count(f" with {plan}") == 1


def test_without_a_sesoi_the_detectable_differences_are_told(frames: ComparisonFrames) -> None:
    row = frames.comparisons.iloc[0].to_dict()
    text = claim_card.more_would_buy(row, frames.prospects, claim="better", sesoi=None)
    now = frames.prospects.iloc[0]
    assert text.startswith(f"Detectable with probability 0.8: {now['mde']:.3f} as it is, ")


def test_chances_are_never_certain(frames: ComparisonFrames) -> None:
    row = frames.comparisons.iloc[0].to_dict()
    sure = frames.prospects.assign(power_at_sesoi=[0.001, 0.4, 0.99, 0.9999])
    text = claim_card.more_would_buy(row, sure, claim="better", sesoi=0.02)
    assert text == (
        "To detect 0.02: probability below 0.01 as it is, 0.40 with 5 more seeds, 0.99 with 10 "
        "more seeds, above 0.99 with twice the queries."
    )


def test_a_claim_needs_all_of_its_controls() -> None:
    forecasts = pd.DataFrame(
        [
            ("trained", "as it is", 0.03, 0.5),
            ("trained", "5 more seeds", 0.02, 0.8),
            ("fixed", "as it is", 0.025, 0.6),
        ],
        columns=["baseline", "plan", "mde", "power_at_sesoi"],
    )
    combined = claim_card.over_controls(forecasts)
    # by hand: .5 x .6 and .8 x .6, because more seeds change nothing for two fixed systems
    assert combined["power_at_sesoi"].tolist() == pytest.approx([0.3, 0.48])
    assert combined["mde"].tolist() == [0.03, 0.025]
    lacking = forecasts.assign(power_at_sesoi=[0.5, 0.8, None])
    assert claim_card.over_controls(lacking)["power_at_sesoi"].isna().all()


def test_nothing_is_bought_from_one_seed() -> None:
    card = first_card(judged({**TABLES, "new": TABLES["new"][:, :1]}))
    assert card["more"] == (
        "No detectable difference can be computed, because too little is known of training."
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
