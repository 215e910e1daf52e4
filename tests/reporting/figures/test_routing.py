"""The figure of what a choice of depth is worth: its numbers, by hand, and its words."""

import pandas as pd
import pytest

from maw.reporting.figures.registry import FIGURES, chart_of, render
from maw.reporting.figures.routing import (
    CHANCE,
    FIXED,
    MAXIMUM,
    NEW,
    ORACLE,
    OTHERS,
    OWN,
    SAME,
    SEEDS,
    routing_data,
)
from tests.reporting.routed_suite import PLAN, depths_of, quantities_of, routed_frames

REGRETS = {
    "regret_best_fixed": [0.01, 0.03],
    "regret_oracle": [0.04, 0.06],
    "oracle_headroom_across": [0.10, 0.10],
    "oracle_headroom_within": [0.30, 0.30],
}
FORCED = routed_frames(routing=quantities_of(REGRETS))
MEANS = FORCED.leaderboard.set_index(["system", "measure"])["mean"]
OWN_MEAN = MEANS["new", PLAN.primary]


def test_every_choice_is_the_routers_mean_and_its_difference() -> None:
    rows = routing_data(FORCED, PLAN)
    of_router = rows[rows["group"] == "new"].set_index("choice")
    # by hand: a depth at random scores what the oracle does less its headroom, .05 - .10
    expected = {OWN: 0.0, FIXED: 0.02, CHANCE: -0.05, ORACLE: 0.05, MAXIMUM: 0.25}
    assert (of_router["mean"] - OWN_MEAN).to_dict() == pytest.approx(expected)
    # R: t.test(c(.01, .03)): -0.1070620 to 0.1470620
    limits = of_router.loc[FIXED, ["low", "high"]] - OWN_MEAN
    assert limits.tolist() == pytest.approx([-0.1070620, 0.1470620], abs=5e-8)
    assert of_router.loc[OWN, "interval"] == NEW
    assert set(of_router["interval"].drop(OWN)) == {SEEDS}
    assert of_router.index[of_router["chosen_on"] == SAME].tolist() == [MAXIMUM]


def test_controls_and_other_routers_stand_beside_as_systems() -> None:
    depths = pd.concat([depths_of({1: [0]}), depths_of({1: [0]}, system="random")])
    frames = routed_frames(depths=depths, routing=quantities_of(REGRETS))
    rows = routing_data(frames, PLAN)
    assert rows.loc[rows["group"] == OTHERS, "choice"].tolist() == ["random", "old"]


def test_only_systems_of_claims_show_other_choices_where_a_claim_has_a_router() -> None:
    both = [quantities_of(REGRETS), quantities_of(REGRETS, system="random")]
    rows = routing_data(routed_frames(routing=pd.concat(both)), PLAN)
    assert list(dict.fromkeys(rows["group"])) == ["new", OTHERS]
    alone = routing_data(routed_frames(routing=both[1]), PLAN)
    assert list(dict.fromkeys(alone["group"])) == ["random", OTHERS]


def test_a_choice_without_its_quantity_is_left_out() -> None:
    one_seed = {"regret_best_fixed": [0.01], "oracle_headroom_within": [0.3]}
    rows = routing_data(routed_frames(routing=quantities_of(one_seed)), PLAN)
    assert rows.loc[rows["group"] == "new", "choice"].tolist() == [OWN, FIXED]
    assert rows["low"].isna().sum() == 1


def test_without_forced_depths_the_figure_says_so() -> None:
    frames = routed_frames()
    assert FIGURES["routing"].draw(frames, PLAN) is None
    assert "no router of this suite" in str(chart_of("routing", frames, plan=PLAN).to_dict())


def test_it_is_drawn_with_its_numbers_in_words() -> None:
    drawn = render("routing", FORCED, plan=PLAN)
    svg = drawn.svg.decode()
    for text in ("best single depth for all", "other systems", f"mean {PLAN.primary}"):
        assert text in svg
    described = FIGURES["routing"].describe(FORCED, PLAN)
    assert described.startswith("new on toy: the router's choice .")
    assert drawn.csv.decode().count("\n") == 1 + 6
