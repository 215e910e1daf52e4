"""The tables of the statistics: every p in the appendix, and reasons where a number is missing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from maw.reporting import inference
from maw.reporting.frames import ComparisonFrames
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


def judged(tables: Tables) -> ComparisonFrames:
    trained = {"old": False, "plain": True, "new": True}
    return comparison_frames(tables, PLAN, trained=trained)


@pytest.fixture(scope="module")
def frames() -> ComparisonFrames:
    return judged(TABLES)


def test_every_p_is_in_the_appendix_and_none_is_shown_as_0(frames: ComparisonFrames) -> None:
    shown = inference.every_test(frames.comparisons.assign(p_t=1e-9))
    assert {name for name in frames.comparisons if name.startswith("p")} == {
        *inference.PVALUES, "p_greater", "p_equivalent_if_no_difference",
    }  # fmt: skip
    known = {
        head
        for column, head in inference.PVALUES.items()
        if frames.comparisons[column].notna().any()
    }
    assert known < set(inference.PVALUES.values())  # McNemar's needs single runs
    assert known == set(inference.PVALUES.values()) & set(shown.columns)
    assert (shown["t (E1)"] == "<0.001").all()


def test_the_appendix_has_the_primary_measure_and_the_rows_of_the_file(
    frames: ComparisonFrames,
) -> None:
    other = frames.comparisons.assign(measure="RR@10")
    both = replace(frames, comparisons=pd.concat([other, frames.comparisons]))
    others = inference.content(both, plan=PLAN)["others"]
    assert others["ids"] == [3, 4]
    assert {row[others["head"].index("Measure")] for row in others["body"]} == {"nDCG@10"}


def test_wins_and_losses_of_each_contrast_add_up_to_the_queries(frames: ComparisonFrames) -> None:
    shown = inference.effects(frames.comparisons, primary="nDCG@10")
    assert (shown["Wins"] + shown["Ties"] + shown["Losses"]).tolist() == [Q, Q]
    assert shown["System"].tolist() == ["new", "plain"]


def test_planning_has_the_chance_of_equivalence_only_with_a_margin(
    frames: ComparisonFrames,
) -> None:
    with_margin = inference.planning(frames.prospects, sesoi=0.02)
    assert {"P(found | 0.02)", "P(equivalent | 0)"} <= set(with_margin.columns)
    assert with_margin["Seeds"].iloc[0] == "5 / 5"
    assert "Claim" not in with_margin
    named = frames.prospects.assign(claim=[f"claim {n}" for n in range(len(frames.prospects))])
    assert inference.planning(named, sesoi=None)["Claim"].iloc[0] == "claim 0"
    without = inference.planning(frames.prospects, sesoi=None)
    assert not [column for column in without if column.startswith("P(")]


def test_tables_say_why_they_are_empty(frames: ComparisonFrames) -> None:
    shown = inference.across(frames.across)
    assert shown["Over"].tolist() == ["1 dataset"] * 2
    assert (shown["95 % interval"] == "–").all()
    assert shown["Note"].str.contains("one dataset: the spread over datasets needs").all()
    varies = inference.spread(frames.components).set_index("System")
    assert varies.loc["old", "Not estimable"] == "one seed"
    assert varies.loc["old", "SD of seed"] == "–"
    trained = frames.components[frames.components["system"] != "old"]
    assert "Not estimable" not in inference.spread(trained)


def test_single_pairs_are_counted_in_both_directions(frames: ComparisonFrames) -> None:
    row = inference.single_pairs(frames.seeds, alpha=0.05).iloc[0]
    pairs = frames.seeds[frames.seeds["system"] == "new"]
    significant = pairs["p"] < 0.05
    assert row["Pairs"] == 5
    assert row["Better at p < 0.05"] + row["Worse at p < 0.05"] == significant.sum()


def test_runs_without_seeds_have_no_spread_to_show() -> None:
    single = judged({name: table[:, :1] for name, table in TABLES.items()})
    plan = PLAN.model_copy(update={"sesoi": None})
    content = inference.content(single, plan=plan)
    assert content["spread"] is content["seeds"] is None
