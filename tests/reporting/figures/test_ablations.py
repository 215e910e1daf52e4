"""The figure of ablations: curves over numbers, rows of categories, and the source's own scores."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.figures.registry import FIGURES, chart_of, svg_of
from maw.reporting.frames import SuiteFrames
from maw.verdicts.ablations import COLUMNS
from tests.reporting.figures.studies import PLAN, compared, untrained

FIGURE = FIGURES["ablations"]
CONTRASTS = {"d2": 0.01, "d4": 0.03, "d8": 0.02, "stat": -0.01}
LIMITS = {"d4": (0.005, 0.055)}  # those that Benjamini and Hochberg's procedure selects
SOURCE = {"1": 0.385, "2": 0.391, "4": 0.395, "8": 0.401}


@pytest.fixture
def ablated() -> SuiteFrames:
    """A numeric factor whose first setting is the control, and one of categories without it."""
    template = compared().comparisons.iloc[0].to_dict()
    compare = [
        {
            **template, "system": system, "baseline": "plain", "role": "exploratory",
            "difference": difference, "ci_low": difference - 0.02, "ci_high": difference + 0.02,
        }
        for system, difference in CONTRASTS.items()
    ]  # fmt: skip
    reference = {**compare[0], "system": "plain", "baseline": "bm25", "role": "reference"}
    settings = {
        "Depths": {"1": "plain", "2": "d2", "4": "d4", "8": "d8"},
        "Gating": {"argmax": "d8", "stat": "stat"},
    }
    rows = [row(factor, name, s) for factor, of in settings.items() for name, s in of.items()]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    types = dict.fromkeys(("source_score", "fcr_low", "fcr_high", "difference"), "float64")
    return replace(
        untrained(), comparisons=pd.DataFrame([*compare, reference]), ablations=frame.astype(types)
    )


def row(factor: str, setting: str, system: str) -> dict[str, Any]:
    low, high = LIMITS.get(system, (None, None))
    known = system in CONTRASTS
    return {
        "dataset": "toy", "factor": factor, "setting": setting, "system": system,
        "baseline": "plain" if known else "bm25",  # as `tabulate` gives the control's own contrast
        "difference": CONTRASTS.get(system, 0.4), "fcr_low": low, "fcr_high": high,
        "source_score": SOURCE.get(setting),
    }  # fmt: skip


def test_the_control_is_zero_and_its_contrast_for_scale_is_not_drawn(ablated: SuiteFrames) -> None:
    data = FIGURE.data(ablated, PLAN)
    depths = data[data["factor"] == "Depths"]
    assert depths["is_control"].tolist() == [True, False, False, False]
    assert depths["difference"].tolist() == [0, 0.01, 0.03, 0.02]
    assert depths["ci_low"].tolist()[1:] == pytest.approx([-0.01, 0.01, 0.0])
    assert depths["fcr_low"].notna().tolist() == [False, False, True, False]
    assert depths["baseline"].isna().tolist() == [True, False, False, False]


def test_numbers_are_a_curve_and_categories_are_rows(ablated: SuiteFrames) -> None:
    depths, gating = chart_of("ablations", ablated, plan=PLAN).vconcat
    ours, source = depths.hconcat
    marks = [layer.mark.type for layer in ours.layer]
    assert marks == ["rect", "rule", "line", "rule", "rule", "point"]
    x = ours.to_dict()["layer"][2]["encoding"]["x"]
    assert (x["scale"]["type"], x["axis"]["values"]) == ("log", [1, 2, 4, 8])
    assert depths.title.text == "Depths · control: plain"
    scores = source.to_dict()["layer"][1]["encoding"]["y"]
    assert (scores["field"], scores["title"]) == ("source_score", "score in the source’s table")
    assert [layer.mark.type for layer in gating.layer] == ["rect", "rule", "rule", "point"]
    y = gating.to_dict()["layer"][3]["encoding"]["y"]
    assert y["sort"] == ["argmax", "stat"]
    spans = [
        chart.to_dict()["layer"][-1]["encoding"][axis]["scale"]["domain"]
        for chart, axis in ((ours, "y"), (gating, "x"))
    ]
    assert spans[0] == spans[1]  # all factors share the axis of differences


def test_a_narrow_range_of_numbers_has_a_linear_axis(ablated: SuiteFrames) -> None:
    settings = {"1": "1.0", "2": "1.5", "4": "2.0", "8": "2.5", "argmax": "argmax", "stat": "stat"}
    shown = ablated.ablations
    assert shown is not None
    frames = replace(ablated, ablations=shown.assign(setting=shown["setting"].map(settings)))
    ours = chart_of("ablations", frames, plan=PLAN).vconcat[0].hconcat[0]
    assert "type" not in ours.to_dict()["layer"][2]["encoding"]["x"]["scale"]


def test_the_description_has_differences_and_the_sources_scores(ablated: SuiteFrames) -> None:
    assert FIGURE.describe(ablated, PLAN) == (
        "Differences in nDCG@10 with unadjusted 95 % intervals. Depths on toy: 1 is a control "
        "(the source states .385), 2 +.010 [−.010, +.030] (the source states .391), 4 +.030 "
        "[+.010, +.050], selected by BH (the source states .395), 8 +.020 [+.000, +.040] (the "
        "source states .401). Gating on toy: argmax +.020 [+.000, +.040], stat −.010 [−.030, "
        "+.010]."
    )


def test_the_picture_has_its_factors_and_a_suite_without_ablations_none(
    ablated: SuiteFrames,
) -> None:
    svg = svg_of("ablations", ablated, plan=PLAN)
    assert "Depths · control: plain" in svg
    assert "difference in nDCG@10" in svg
    assert FIGURE.draw(untrained(), PLAN) is None
    assert FIGURE.data(untrained(), PLAN).empty


def test_two_datasets_and_a_plan_without_a_sesoi(ablated: SuiteFrames) -> None:
    assert ablated.ablations is not None
    both = replace(
        ablated,
        comparisons=pd.concat([ablated.comparisons, ablated.comparisons.assign(dataset="two")]),
        ablations=pd.concat([ablated.ablations, ablated.ablations.assign(dataset="two")]),
    )
    panels = chart_of("ablations", both, plan=PLAN.model_copy(update={"sesoi": None})).vconcat
    titles = [panel.title.text.split(" · ")[0] for panel in panels]
    assert titles == ["Depths, toy", "Gating, toy", "Depths, two", "Gating, two"]
    assert [layer.mark.type for layer in panels[1].layer] == ["rule", "rule", "point"]  # no band
