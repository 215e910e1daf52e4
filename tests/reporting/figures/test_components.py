"""The figure of variance components: roots of the table's variances with their intervals."""

from dataclasses import replace
from math import sqrt

import pandas as pd
import pytest

from maw.reporting.figures.registry import FIGURES, chart_of
from maw.reporting.frames import ComparisonFrames
from tests.reporting.figures.studies import PLAN, compared

FIGURE = FIGURES["components"]


def with_components(*rows: dict[str, object]) -> ComparisonFrames:
    system = {"dataset": "toy", "system": "new", "n_seeds": 4}
    variances = {"query": 0.09, "query_low": 0.04, "query_high": 0.16, "seed": -0.001}
    variances |= {"seed_low": 0.0, "seed_high": 0.01, "error": 0.01}
    variances |= {"error_low": 0.0081, "error_high": 0.0121}
    return replace(
        compared(), components=pd.DataFrame([{**system, **variances, **row} for row in rows])
    )


SINGLE = {
    "system": "old",
    "n_seeds": 1,
    **dict.fromkeys(("seed", "seed_low", "seed_high", "error")),
}


def test_a_panel_shows_roots_and_a_negative_variance_is_zero() -> None:
    frames = with_components({}, SINGLE)
    data = FIGURE.data(frames, PLAN).set_index(["system", "part"])
    assert data.loc[("new", "query"), ["sd", "low", "high"]].tolist() == pytest.approx(
        [0.3, 0.2, 0.4]
    )
    assert data.loc[("new", "seed"), ["sd", "low", "high"]].tolist() == pytest.approx([0, 0, 0.1])
    assert [part for system, part in data.index if system == "old"] == ["query"]
    panels = chart_of("components", frames, plan=PLAN).hconcat
    titles = [panel.to_dict()["layer"][1]["encoding"]["x"]["title"] for panel in panels]
    assert titles == [
        "SD of nDCG@10 over queries",
        "SD of nDCG@10 over seeds",
        "SD of the rest (query × seed)",
    ]
    domains = [panel.to_dict()["layer"][0]["encoding"]["y"]["scale"]["domain"] for panel in panels]
    assert domains == [["new", "old"]] * 3


def test_the_numbers_are_those_of_the_table() -> None:
    data = FIGURE.data(compared(), PLAN)
    table = compared().components.set_index("system")
    for row in data[data["part"] == "error"].itertuples():
        assert row.sd == pytest.approx(sqrt(table.loc[row.system, "error"]))
        assert row.low < row.sd < row.high


def test_the_description_has_every_number() -> None:
    assert FIGURE.describe(with_components({}, SINGLE), PLAN) == (
        "Standard deviations of nDCG@10 with 95 % intervals. new: over queries 0.3000 (0.2000 to "
        "0.4000), over seeds 0.0000 (0.0000 to 0.1000), the rest (query × seed) 0.1000 (0.0900 to "
        "0.1100); old: over queries 0.3000 (0.2000 to 0.4000). Systems with one seed have none "
        "over seeds."
    )


def test_single_runs_have_no_figure_and_two_datasets_two_boards() -> None:
    alone = with_components(SINGLE)
    assert FIGURE.draw(alone, PLAN) is None
    assert FIGURE.data(alone, PLAN).empty
    both = with_components({}, {"dataset": "two"})
    boards = chart_of("components", both, plan=PLAN).vconcat
    assert [board.title for board in boards] == ["toy", "two"]
    assert "new on two: over queries" in FIGURE.describe(both, PLAN)
