"""Every trained system tries the same rates, those that any of them needed; the best is chosen."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.jobs.files import read_json
from maw.stages.grid import grid
from maw.stages.select import select

Write = Callable[..., Path]
Call = Callable[..., None]


def trials(**values: float) -> dict[str, list[dict[str, float]]]:
    """`trials(_1e3=.6)`: a score for 1e-3."""
    return {
        "trials": [
            {"learning_rate": float(name[1:].replace("e", "e-")), "value": value}
            for name, value in values.items()
        ]
    }


def test_the_grid_is_the_union_of_what_each_search_needed(
    tmp_path: Path, write: Write, call: Call
) -> None:
    found = [
        write(tmp_path / "a.json", trials(_1e4=0.1, _3e4=0.3, _1e3=0.2)),
        write(tmp_path / "b.json", trials(_1e4=0.1, _3e4=0.2, _1e3=0.3, _1e2=0.1)),
    ]
    call(grid, {}, trials=found, grid=tmp_path / "grid.json")
    assert read_json(tmp_path / "grid.json")["learning_rates"] == [1e-4, 3e-4, 1e-3, 1e-2]


@pytest.fixture
def selected(tmp_path: Path, write: Write, call: Call) -> Callable[..., dict]:
    """(trials, shared rates) -> selection.json of a system that has tried all of them."""

    def run(own: dict, rates: list[float]) -> dict:
        names = ("documents", "queries", "qrels", "split", "training", "negatives", "forbidden")
        files = {
            name: write(tmp_path / f"{name}.parquet", pd.DataFrame({"x": [1]}), name)
            for name in (*names, "trunk")
        }
        call(
            select,
            {"name": "plain", "selection": {}},
            **files,
            trials=write(tmp_path / "trials.json", own, "trials"),
            grid=write(tmp_path / "grid.json", {"learning_rates": rates}, "grid"),
            selection=tmp_path / "selection.json",
        )
        return read_json(tmp_path / "selection.json")

    return run


def test_the_best_rate_of_the_grid_is_chosen_and_all_trials_are_told(
    selected: Callable[..., dict], capsys: pytest.CaptureFixture[str]
) -> None:
    own = trials(_1e3=0.2, _3e4=0.3, _1e4=0.1)
    found = selected(own, [1e-4, 3e-4, 1e-3])
    assert (found["learning_rate"], found["value"], found["on_edge"]) == (3e-4, 0.3, False)
    assert found["grid"] == [1e-4, 3e-4, 1e-3]
    assert [trial["learning_rate"] for trial in found["trials"]] == found["grid"]
    assert "plain: learning rate 0.0003 of 3, dev 0.3000 (" in capsys.readouterr().out


def test_a_winner_on_the_edge_is_told(
    selected: Callable[..., dict], capsys: pytest.CaptureFixture[str]
) -> None:
    found = selected(trials(_1e4=0.1, _3e4=0.3, _1e3=0.4), [1e-4, 3e-4, 1e-3])
    assert (found["learning_rate"], found["on_edge"]) == (1e-3, True)
    assert "(on the grid's edge)" in capsys.readouterr().out


def test_the_stamp_follows_the_data_and_the_trials_but_not_the_shared_grid(
    selected: Callable[..., dict],
) -> None:
    # an edit of one system would otherwise unsettle all
    found = selected(trials(_1e4=0.1, _3e4=0.3, _1e3=0.2), [1e-4, 3e-4, 1e-3])
    assert {"documents", "trunk", "trials"} <= set(found["stamp"]["reads"])
    assert "grid" not in found["stamp"]["reads"]
