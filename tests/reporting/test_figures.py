"""Figures: what their axes are of, and that one without data is a file that says so."""

from dataclasses import replace

import pandas as pd
import pytest

from maw.reporting.figures import FIGURES, chart_of, entry, render
from maw.reporting.frames import SuiteFrames
from tests.reporting.small_suite import comparison_frames, random_tables, search_frame, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
BOARD = pd.DataFrame(
    {"dataset": "toy", "system": ["plain", "bm25"], "measure": "nDCG@10", "mean": [0.5, 0.4]}
)
RUN = {"dataset": "toy", "system": "plain", "seed": 1, "encode_texts_per_second": 90.0}
ON_GPU = {
    "device": "cuda", "encode_device": "Some GPU", "encode_texts_per_gpu_second_alone": 300.0
}  # fmt: skip


@pytest.fixture
def untrained() -> SuiteFrames:
    """The frames of a suite in which nothing is trained, routed or encoded."""
    return suite_frames(COMPARED)


@pytest.mark.parametrize(
    ("run", "field", "clock"),
    [
        ({**RUN, "encode_device": "cpu"}, "encode_texts_per_second", "CPU"),
        ({**RUN, **ON_GPU}, "encode_texts_per_gpu_second_alone", "GPU"),
    ],
)
def test_the_price_of_encoding_is_by_the_clock_of_its_device(
    run: dict[str, object], field: str, clock: str
) -> None:
    runs = pd.DataFrame([run, {"dataset": "toy", "system": "bm25", "seed": 0}])
    frames = replace(suite_frames(COMPARED, runs=runs), leaderboard=BOARD)
    chart = chart_of("cost", frames, plan=PLAN)
    x = chart.to_dict()["encoding"]["x"]
    assert x["field"] == field
    assert x["title"] == f"texts per {clock} second through the trained layers"
    assert chart.data["system"].tolist() == ["plain"]


@pytest.mark.parametrize("name", ["curves", "reward", "router", "selection", "depths", "cost"])
def test_a_figure_without_data_is_a_file_that_says_what_is_missing(
    name: str, untrained: SuiteFrames
) -> None:
    figure = render(name, untrained, plan=PLAN)
    assert FIGURES[name].absent.encode() in figure.svg
    assert figure.png.startswith(b"\x89PNG")


def test_a_plan_without_contrasts_has_a_forest_that_says_so(untrained: SuiteFrames) -> None:
    empty = {name: getattr(untrained, name).iloc[:0] for name in ("comparisons", "claims")}
    frames = replace(untrained, **empty)
    assert b"the plan names no contrast" in render("forest", frames, plan=PLAN).svg


def test_the_leaderboard_needs_no_suite() -> None:
    assert b"new" in render("leaderboard", COMPARED, plan=PLAN).svg


def test_the_search_has_a_dash_for_each_value_where_an_option_was_searched(
    untrained: SuiteFrames,
) -> None:
    rows = [
        {"trial": 1, "parameters": '{"learning_rate": 0.001, "training.warmup": 0.1}', "dev": 0.5},
        {"trial": 2, "parameters": '{"learning_rate": 0.001, "training.warmup": 0.2}', "dev": 0.6},
    ]
    both = replace(untrained, search=search_frame(rows))
    lines, *_ = chart_of("selection", both, plan=PLAN).to_dict()["layer"]
    assert lines["encoding"]["strokeDash"]["field"] == "value"
    alone = replace(untrained, search=search_frame(rows[:1]))
    lines, *_ = chart_of("selection", alone, plan=PLAN).to_dict()["layer"]
    assert "strokeDash" not in lines["encoding"]
    fixed = replace(untrained, search=search_frame([{**rows[0], "dev": None}]))
    assert b"nothing was searched in this suite" in render("selection", fixed, plan=PLAN).svg


def test_shares_of_depths_are_within_a_dataset(untrained: SuiteFrames) -> None:
    rows = pd.DataFrame(
        {"dataset": ["one", "two"], "system": "maw", "seed": 42, "side": "query", "depth": [0, 1]}
    )
    chart = chart_of("depths", replace(untrained, depths=rows), plan=PLAN)
    assert chart.data["system"].tolist() == ["maw, one", "maw, two"]
    assert chart.data["share"].tolist() == [1.0, 1.0]
    frames = replace(untrained, depths=rows.assign(dataset="one"))
    alone = chart_of("depths", frames, plan=PLAN)
    assert alone.data["system"].tolist() == ["maw", "maw"]
    assert alone.data["share"].tolist() == [0.5, 0.5]


def test_a_template_gets_the_figure_with_its_caption_and_unescaped() -> None:
    shown = entry("cost", "<svg></svg>")
    assert shown["svg"].__html__() == "<svg></svg>"
    assert shown["caption"] == "Mean score against encoding speed."
