"""The leaderboard: best first, by the primary measure alone, a panel for each dataset."""

from dataclasses import replace
from typing import Any

import pandas as pd

from maw.reporting.figures.leaderboard import data, described, leaderboard
from maw.reporting.frames import VerdictFrames
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
FRAMES = comparison_frames(random_tables(), PLAN)
ROW = {"dataset": "D", "measure": "nDCG@10", "n_seeds": 5, "sd_seed": 0.01}
BOARD = pd.DataFrame(
    [
        {**ROW, "system": "old", "mean": 0.5, "ci_low": 0.48, "ci_high": 0.52},
        {**ROW, "system": "new", "mean": 0.6, "ci_low": 0.58, "ci_high": 0.62},
        {**ROW, "system": "new", "mean": 0.9, "ci_low": 0.8, "ci_high": 1.0, "measure": "RR@10"},
    ]
)


def specified(frames: VerdictFrames) -> dict[str, Any]:
    """Return the chart of these frames as Vega-Lite reads it."""
    chart = leaderboard(frames, PLAN)
    assert chart is not None
    specification: dict[str, Any] = chart.to_dict()
    return specification


def test_the_best_system_comes_first() -> None:
    frames = replace(FRAMES, leaderboard=BOARD)
    assert data(frames, PLAN)["system"].tolist() == ["new", "old"]
    assert described(frames, PLAN) == "D: new .600 [.580, .620], old .500 [.480, .520]."
    chart = specified(frames)
    assert chart["layer"][0]["encoding"]["y"]["sort"] == ["new", "old"]
    axis = chart["layer"][1]["encoding"]["x"]
    assert axis["title"] == "mean nDCG@10, more is better"


def test_each_dataset_has_a_panel_on_the_same_axis() -> None:
    board = pd.concat([BOARD.assign(dataset="E"), BOARD])
    chart = specified(replace(FRAMES, leaderboard=board))
    assert [panel["title"]["text"] for panel in chart["vconcat"]] == ["E", "D"]
    assert chart["resolve"]["scale"]["x"] == "shared"


def test_without_scores_by_the_primary_measure_there_is_no_chart() -> None:
    frames = replace(FRAMES, leaderboard=BOARD[BOARD["measure"] == "RR@10"])
    assert leaderboard(frames, PLAN) is None
