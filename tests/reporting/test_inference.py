"""Tables and sentences of the statistics: every p in the appendix, reasons instead of blanks."""

import numpy as np
import pandas as pd
import pytest
from scored import plan_of, scored

from maw.reporting import inference
from maw.verdicts.across_datasets import across
from maw.verdicts.decide import decide
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import TOGETHER, components, outlook

Q = 40
GENERATOR = np.random.default_rng(3)
HARD = GENERATOR.uniform(0.2, 0.7, (Q, 1))
TABLES = {
    "old": HARD,
    "plain": HARD + GENERATOR.normal(0, 0.03, (Q, 5)),
    "new": HARD + GENERATOR.normal(0, 0.03, (Q, 5)),
}
PLAN = plan_of(("new", "plain"), ("plain", "old", "reference"))
Frames = dict[str, pd.DataFrame]


def frames_of(tables: dict[str, np.ndarray], *, measure: str = "nDCG@10") -> Frames:
    scores, plan = scored(tables, measure=measure), PLAN.model_copy(update={"primary": measure})
    given = {"plan": plan, "trained": {"old": False, "plain": True, "new": True}, "clusters": None}
    decided = decide(scores, measures=[measure], **given)
    compared = decided.rows
    return {
        "claims": decided.claims,
        "comparisons": compared,
        "components": components(scores, measure=measure, clusters=None),
        "prospects": outlook(scores, compared, **given),
        "datasets": across(compared, plan=plan),
        "seeds": per_seed(scores, plan=plan, clusters=None),
    }


@pytest.fixture(scope="module")
def frames() -> Frames:
    return frames_of(TABLES)


def claim(frames: Frames) -> dict[str, object]:
    row = frames["comparisons"].iloc[0].to_dict()
    return inference.claim(row, frames["prospects"], sesoi=0.02)


def test_the_first_screen_says_what_more_would_buy(frames: Frames) -> None:
    told = claim(frames)["more"]
    for plan in ("as it is", "5 more seeds", "10 more seeds", "twice the queries"):
        assert str(told).count(plan) == 2  # what is detectable, and the chance of "equivalent"
    now = frames["prospects"].iloc[0]
    assert f"Detectable: {now['mde']:.3f} as it is" in told


def test_what_is_out_of_reach_is_told_in_one_sentence(frames: Frames) -> None:
    bleak = frames["prospects"].assign(p_equivalent=0.001)
    told = inference.more_would_buy(frames["comparisons"].iloc[0], bleak)
    assert told.endswith("“Equivalent” would be out of reach of each of them.")


def test_seeds_that_vary_together_are_told() -> None:
    shared = GENERATOR.normal(0, 0.2, (Q, 5))
    tables = {**TABLES, "plain": HARD + shared, "new": TABLES["new"] + shared}
    told = claim(frames_of(tables))["more"]
    assert TOGETHER.capitalize() in str(told)


def test_nothing_is_bought_from_one_seed() -> None:
    told = claim(frames_of({**TABLES, "new": TABLES["new"][:, :1]}))
    assert told["more"] == "Nothing can be planned from what is not estimable."
    assert told["notes"][0] == (
        "new is trained with one seed: nothing is known about training it again"
    )


def test_reciprocal_ranks_are_told_as_signs_without_a_p() -> None:
    frames = frames_of(TABLES, measure="RR@10")
    row, told = frames["comparisons"].iloc[0], str(claim(frames)["signs"])
    assert f"higher on {row['wins']} queries, lower on {row['losses']}" in told
    assert "p =" not in told
    assert claim(frames_of(TABLES))["signs"] == ""


def test_every_p_is_in_the_appendix_and_none_is_shown_as_0(frames: Frames) -> None:
    shown = inference.every_test(frames["comparisons"].assign(p_t=1e-9))
    assert {name for name in frames["comparisons"] if name.startswith("p")} == {
        *inference.PVALUES, "p_greater", "p_equivalent_if_no_difference",
    }  # fmt: skip
    assert set(inference.PVALUES.values()) <= set(shown.columns)
    assert (shown["t (E1)"] == "<0.001").all()
    assert shown["CSV row"].tolist() == [2, 3]


def test_simultaneous_intervals_stand_beside_the_unadjusted(frames: Frames) -> None:
    shown = inference.contrasts(frames["comparisons"], primary="nDCG@10")
    at = shown.columns.get_loc("95 % interval")
    assert shown.columns[at + 1] == "Simultaneous interval"


def test_tables_say_why_they_are_empty(frames: Frames) -> None:
    shown = inference.across(frames["datasets"])
    assert shown["Over"].tolist() == ["1 dataset"] * 2
    assert (shown["95 % interval"] == "–").all()
    assert shown["Note"].str.contains("one dataset: the spread over datasets needs").all()
    varies = inference.spread(frames["components"]).set_index("System")
    assert varies.loc["old", "Not estimable"] == "one seed"
    assert varies.loc["old", "SD of seed"] == "–"


def test_single_pairs_are_counted_in_both_directions(frames: Frames) -> None:
    row = inference.single_pairs(frames["seeds"], alpha=0.05).iloc[0]
    mine = frames["seeds"][frames["seeds"]["system"] == "new"]
    found = mine["p"] < 0.05
    assert row["Pairs"] == 25
    assert row["Better at p < 0.05"] + row["Worse at p < 0.05"] == found.sum()


def test_runs_without_seeds_have_no_spread_to_show() -> None:
    single = frames_of({name: table[:, :1] for name, table in TABLES.items()})
    content = inference.content(single, primary="nDCG@10", sesoi=None, alpha=0.05)
    assert content["spread"] is content["seeds"] is None
