"""Quality against cost: one clock for all systems, the spread of the runs, and the Pareto front."""

from dataclasses import replace
from math import nan
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.figures.cost import cost, data, described, front
from maw.reporting.frames import SuiteFrames
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
ON_CPU = {"dataset": "toy", "device": "cpu", "encode_device": "cpu"}
ON_GPU = {"dataset": "toy", "device": "cuda", "encode_device": "Some GPU"}
GPU_SPEED = "encode_texts_per_gpu_second_alone"


def frames_of(*runs: dict[str, Any], means: dict[str, float]) -> SuiteFrames:
    """Return frames with these runs, and an interval of ± 0.01 around each system's mean."""
    board = pd.DataFrame(
        [
            {
                "dataset": "toy", "system": name, "measure": "nDCG@10", "mean": mean,
                "ci_low": mean - 0.01, "ci_high": mean + 0.01, "n_seeds": 1,
            }
            for name, mean in means.items()
        ]
    )  # fmt: skip
    return replace(suite_frames(COMPARED, runs=pd.DataFrame(runs)), leaderboard=board)


def specified(frames: SuiteFrames) -> dict[str, Any]:
    """Return the chart of these frames as Vega-Lite reads it."""
    chart = cost(frames, PLAN)
    assert chart is not None
    specification: dict[str, Any] = chart.to_dict()
    return specification


@pytest.fixture(scope="module")
def on_cpu() -> SuiteFrames:
    """BM25, and two trained systems of which the dearer one ranks worse than BM25."""
    return frames_of(
        {"dataset": "toy", "system": "bm25", "seed": 0, "rank_cpu_seconds": 1.0},
        {**ON_CPU, "system": "old", "seed": 1, "rank_cpu_seconds": 4.0},
        {**ON_CPU, "system": "old", "seed": 2, "rank_cpu_seconds": 6.0},
        {**ON_CPU, "system": "new", "seed": 1, "rank_cpu_seconds": 9.0},
        means={"new": 0.4, "old": 0.6, "bm25": 0.5},
    )


def test_bm25_is_on_the_same_clock_as_the_encoders(on_cpu: SuiteFrames) -> None:
    rows = data(on_cpu, PLAN).set_index("system")
    assert rows.loc["bm25", "cost"] == 1.0
    assert rows.loc["old", ["cost", "cost_low", "cost_high", "n_runs"]].tolist() == [5, 4, 6, 2]
    assert set(rows["unit"]) == {"CPU seconds per ranking"}
    assert rows["on_front"].to_dict() == {"new": False, "old": True, "bm25": True}
    assert described(on_cpu, PLAN) == (
        "toy, nDCG@10 and CPU seconds per ranking: new .400 [.390, .410] at 9, "
        "old .600 [.590, .610] at 5, bm25 .500 [.490, .510] at 1. "
        "On the Pareto front: old, bm25."
    )


def test_the_axis_says_what_is_measured_and_that_less_is_better(on_cpu: SuiteFrames) -> None:
    layers = specified(on_cpu)["layer"]
    titles = [layer["encoding"].get("x", {}).get("title") for layer in layers]
    expected = (
        "CPU seconds to encode and rank once, without the frozen layers (log scale); less is better"
    )
    assert expected in titles


def test_on_a_gpu_bm25_is_a_line() -> None:
    frames = frames_of(
        {"dataset": "toy", "system": "bm25", "seed": 0, "rank_cpu_seconds": 1.0},
        {**ON_GPU, "system": "old", "seed": 1, "rank_cpu_seconds": 3.0, GPU_SPEED: 500.0},
        means={"old": 0.6, "bm25": 0.5},
    )
    rows = data(frames, PLAN).set_index("system")
    assert rows.loc["old", "cost"] == 2.0  # milliseconds: 1000 / 500
    assert pd.isna(rows.loc["bm25", "cost"])
    assert not rows.loc["bm25", "on_front"]
    datasets = specified(frames)["datasets"].values()
    texts = [row.get("text") for rows in datasets for row in rows]
    assert "bm25, its cost is not on this clock" in texts


def test_each_dataset_has_a_panel(on_cpu: SuiteFrames) -> None:
    both = replace(
        on_cpu,
        runs=pd.concat([on_cpu.runs, on_cpu.runs.assign(dataset="other")]),
        leaderboard=pd.concat([on_cpu.leaderboard, on_cpu.leaderboard.assign(dataset="other")]),
    )
    panels = specified(both)["vconcat"]
    assert [panel["title"]["text"] for panel in panels] == ["toy", "other"]


def test_without_a_measured_time_there_is_no_chart() -> None:
    frames = frames_of({"dataset": "toy", "system": "old", "seed": 1}, means={"old": 0.6})
    assert data(frames, PLAN).empty
    assert cost(frames, PLAN) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=9))
def test_the_front_holds_exactly_what_nothing_dominates(pairs: list[tuple[int, int]]) -> None:
    rows = pd.DataFrame(pairs, columns=["cost", "mean"]).astype(float)
    rows.loc[len(rows)] = [nan, 99.0]
    on_front = rows.loc[front(rows)]
    for price, mean in pairs:
        as_good = on_front[(on_front["cost"] <= price) & (on_front["mean"] >= mean)]
        assert len(as_good) > 0
    assert on_front["cost"].is_monotonic_increasing
    assert on_front["mean"].diff().dropna().gt(0).all()
