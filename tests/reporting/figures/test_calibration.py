"""The figure of false alarms: the worst contrast of each test against the level to be held."""

from dataclasses import replace

import pytest

from maw.reporting.figures.registry import FIGURES, chart_of
from maw.reporting.frames import SuiteFrames
from tests.reporting import calibrated
from tests.reporting.figures.studies import PLAN, untrained

FIGURE = FIGURES["calibration"]


@pytest.fixture
def counted() -> SuiteFrames:
    """The small calibration of this room, and a test by another measure."""
    rows = calibrated.frame(
        *calibrated.FRAME.to_dict("records"),
        calibrated.row("E2 by RR@10", rate=0.08, draws=200, level=0.05),
    )
    return replace(untrained(), calibration=rows)


def test_a_row_is_a_test_and_its_worst_contrast_is_marked(counted: SuiteFrames) -> None:
    data = FIGURE.data(counted, PLAN)
    worst = data[data["worst"]].set_index("test")
    assert worst["rate"].to_dict() == {
        "any false word of the plan": 0.049,
        "deciding test, each contrast at α′": 0.0251,
        "deciding test, all at α": 0.061,
        "paired t-test": 0.19,
        "max-T": 0.03,
        "deciding test, other measures": 0.08,
    }
    assert worst["level"].to_dict() == {
        **dict.fromkeys(worst.index, 0.05), "deciding test, each contrast at α′": 0.025,
    }  # fmt: skip
    assert worst.loc["paired t-test", "subject"] == "new − old on toy"
    assert (
        worst.loc["any false word of the plan", "subject"] == "true lead 0.02, seeds as estimated"
    )
    assert (data["test"] == "paired t-test").sum() == 2


def test_the_interval_is_wilsons(counted: SuiteFrames) -> None:
    # statsmodels 0.14: proportion_confint(190, 1000, method="wilson"): 0.1668893 0.2154833
    row = FIGURE.data(counted, PLAN).query("test == 'paired t-test' and worst").iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((0.1668893, 0.2154833), abs=5e-8)


def test_what_decides_stands_above_what_does_not(counted: SuiteFrames) -> None:
    decides, others = chart_of("calibration", counted, plan=PLAN).vconcat
    assert (decides.title.text, others.title.text) == ("what decides", "what decides nothing")
    texts = others.layer[4].data.set_index("test")["text"]
    assert texts["paired t-test"] == "up to 19.0 %; 5 % allowed"
    ends = [panel.to_dict()["layer"][0]["encoding"]["x"]["scale"] for panel in (decides, others)]
    assert ends[0] == ends[1]


def test_the_description_has_each_rate_with_its_level(counted: SuiteFrames) -> None:
    described = FIGURE.describe(counted, PLAN)
    assert described.startswith("Highest rate of false alarms of each test. any false word of the")
    assert "paired t-test: 19.0 % (16.7 to 21.5) instead of 5 %, new − old on toy" in described


def test_a_plan_that_was_not_calibrated_has_no_figure(counted: SuiteFrames) -> None:
    assert FIGURE.draw(untrained(), PLAN) is None
    assert FIGURE.data(untrained(), PLAN).empty
    nothing = replace(counted, calibration=calibrated.frame())
    assert FIGURE.draw(nothing, PLAN) is None
