"""Every trained system tries the same learning rates; the best one is selected."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs.files import read_json
from maw.stages.select import select

Write = Callable[..., Path]
Call = Callable[..., None]


def trials(**values: float) -> dict[str, list[dict[str, float]]]:
    """Return the content of trials.json: `trials(_1e3=.6)` has the score 0.6 at 1e-3."""
    return {
        "trials": [
            {"learning_rate": float(name[1:].replace("e", "e-")), "value": value}
            for name, value in values.items()
        ]
    }


@pytest.fixture
def selected(tmp_path: Path, write: Write, call: Call) -> Callable[..., dict[str, Any]]:
    """Return a function (own trials, shared grid) -> content of selection.json.

    The system has tried every learning rate of the grid.
    """

    def run(own_trials: dict[str, Any], learning_rates: list[float]) -> dict[str, Any]:
        names = ("documents", "queries", "qrels", "split", "training", "negatives", "forbidden")
        files = {
            name: write(tmp_path / f"{name}.parquet", pd.DataFrame({"x": [1]}), name)
            for name in (*names, "trunk")
        }
        call(
            select,
            {"name": "plain", "selection": {}},
            **files,
            trials=write(tmp_path / "trials.json", own_trials, "trials"),
            grid=write(tmp_path / "grid.json", {"learning_rates": learning_rates}, "grid"),
            selection=tmp_path / "selection.json",
        )
        return read_json(tmp_path / "selection.json")

    return run


def test_the_best_rate_of_the_grid_is_chosen_and_all_trials_are_told(
    selected: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    own = trials(_1e3=0.2, _3e4=0.3, _1e4=0.1)
    selection = selected(own, [1e-4, 3e-4, 1e-3])
    assert (selection["learning_rate"], selection["value"], selection["on_edge"]) == (
        3e-4,
        0.3,
        False,
    )
    assert selection["grid"] == [1e-4, 3e-4, 1e-3]
    assert [trial["learning_rate"] for trial in selection["trials"]] == selection["grid"]
    assert "plain: learning rate 0.0003 of 3, dev 0.3000 (" in capsys.readouterr().out


def test_a_winner_on_the_edge_is_told(
    selected: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    selection = selected(trials(_1e4=0.1, _3e4=0.3, _1e3=0.4), [1e-4, 3e-4, 1e-3])
    assert (selection["learning_rate"], selection["on_edge"]) == (1e-3, True)
    assert "(on the grid's edge)" in capsys.readouterr().out


def test_the_stamp_follows_the_data_and_the_trials_but_not_the_shared_grid(
    selected: Callable[..., dict[str, Any]],
) -> None:
    # an edit of one system would otherwise unsettle all
    selection = selected(trials(_1e4=0.1, _3e4=0.3, _1e3=0.2), [1e-4, 3e-4, 1e-3])
    assert {"documents", "trunk", "trials"} <= set(selection["stamp"]["reads"])
    assert "grid" not in selection["stamp"]["reads"]
