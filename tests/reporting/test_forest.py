"""The forest plot: its numbers are the limits of the tables, and a bar without limits is absent."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from maw.reporting.figures import render
from maw.reporting.forest import forest
from maw.settings.plan import Analysis
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.reporting.test_answer import frames_of, plan_of
from tests.scored import plan_of as plan_with_roles


def rows_drawn(chart: Any) -> list[dict[str, Any]]:
    """Return the rows behind a panel, by which its bars, points and words are drawn."""
    content = chart.to_dict()
    datasets = content["datasets"].values()
    return next(rows for rows in datasets if rows and "label" in rows[0])


def drawn(*claims: dict[str, Any], plan: Analysis, extra: tuple[Any, ...] = ()) -> Any:
    """Return the plot of claims as `frames_of` makes them."""
    frames = frames_of(*claims, extra=extra)
    compared = frames.comparisons.assign(role="confirmatory")
    return forest(replace(frames, comparisons=compared), plan)


def test_one_control_has_one_bar_with_tick_thick_part_and_word() -> None:
    chart = drawn({"word": "equivalent"}, plan=plan_of("S"))
    (row,) = rows_drawn(chart)
    assert row["label"] == "S − C"
    assert (row["low"], row["x"], row["high"]) == (-0.008, 0.010, 0.028)
    assert (row["gain"], row["thick_low"], row["thick_high"]) == (0.026, -0.005, 0.025)
    assert (row["word"], row["end"]) == ("equivalent", 0.028)
    assert len(chart.layer) == 7  # band, zero, bar, thick bar, tick, point, word


def test_several_controls_have_bars_below_the_claims_the_worst_first() -> None:
    contrasts = [{"system": "S", "baseline": name} for name in ("C", "C2")]
    plan = Analysis.model_validate({"contrasts": contrasts})
    second = {
        "dataset": "D", "system": "S", "baseline": "C2", "difference": -0.05, "bar_low": -0.09,
        "bar_high": -0.01,
    }  # fmt: skip
    chart = drawn({"n_controls": 2}, plan=plan, extra=(second,))
    claim, worst, other = rows_drawn(chart)
    assert claim["label"] == "S, 2 controls"
    assert claim["thick_low"] is None
    assert (worst["label"], worst["low"], worst["high"]) == ("S − C2", -0.09, -0.01)
    assert (other["label"], other["word"]) == ("S − C", "")
    assert [claim["kind"], worst["kind"]] == ["claim", "control"]


@pytest.mark.parametrize("missing", [inf, nan])
def test_a_claim_without_limits_has_its_point_and_word(missing: float) -> None:
    limits = {"lower": -missing, "upper": missing, "upper_gain": missing}
    limits |= {"equivalence_low": -missing, "equivalence_high": missing}
    chart = drawn({"word": "not controlled", **limits}, plan=plan_of("S", sesoi=None))
    (row,) = rows_drawn(chart)
    assert (row["low"], row["high"], row["gain"], row["thick_low"]) == (None, None, None, None)
    assert (row["word"], row["end"]) == ("not controlled", 0.010)
    assert len(chart.layer) == 4  # zero, bar, point, word


def test_a_withheld_word_is_not_drawn() -> None:
    chart = drawn({"word": "equivalent", "withheld": "planted loss"}, plan=plan_of("S"))
    assert rows_drawn(chart)[0]["word"] == "withheld"


def test_names_and_datasets_are_told_where_there_are_several() -> None:
    rows = [{"dataset": name, "claim": claim} for name in ("D", "E") for claim in ("a", "b")]
    chart = drawn(*rows, plan=plan_of("S", claims=("a", "b")))
    assert [row["label"] for row in rows_drawn(chart)] == [
        "S: a − C (D)", "S: b − C (D)", "S: a − C (E)", "S: b − C (E)"
    ]  # fmt: skip


def test_other_roles_have_panels_of_their_own() -> None:
    plan = plan_with_roles(
        ("new", "old"), ("old", "random", "reference"), ("new", "random", "exploratory")
    )
    frames = comparison_frames(random_tables(), plan)
    chart = forest(frames, plan)
    assert chart is not None
    panels = chart.to_dict()["vconcat"]
    axes = [layer["encoding"]["x"] for panel in panels for layer in panel["layer"]]
    titles = [axis["title"] for axis in axes if "title" in axis]
    assert titles[0] == "← ranks worse | difference in nDCG@10, 95 % | ranks better →"
    assert titles[1] == "for scale: difference in nDCG@10, 95 % interval"
    assert titles[2].startswith("exploratory: difference in nDCG@10; intervals at the level")
    assert b"inconclusive" in render("forest", frames, plan=plan).svg


def test_non_inferiority_has_its_bar_and_word() -> None:
    contrasts = [{"system": "new", "baseline": "old", "role": "non-inferiority", "margin": 0.5}]
    plan = Analysis.model_validate({"contrasts": contrasts})
    frames = comparison_frames(random_tables(), plan)
    (row,) = rows_drawn(forest(frames, plan))
    (compared,) = frames.comparisons.to_dict("records")
    assert row["word"] == compared["word"]
    assert row["low"] == pytest.approx(compared["bar_low"])


def test_without_contrasts_there_is_no_forest() -> None:
    assert drawn(plan=plan_of()) is None
