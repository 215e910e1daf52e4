"""All systems of a dataset try the same learning rates: those that any of them needed."""

from collections.abc import Callable
from pathlib import Path

from maw.jobs.files import read_json
from maw.stages.grid import grid

Write = Callable[..., Path]
Call = Callable[..., None]


def trials(*learning_rates: float) -> dict[str, list[dict[str, float]]]:
    """Return the content of trials.json."""
    return {"trials": [{"learning_rate": key, "value": 0.1} for key in learning_rates]}


def test_the_grid_is_the_union_of_what_each_search_needed(
    tmp_path: Path, write: Write, call: Call
) -> None:
    paths = [
        write(tmp_path / "a.json", trials(1e-4, 3e-4, 1e-3)),
        write(tmp_path / "b.json", trials(1e-4, 3e-4, 1e-3, 1e-2)),
    ]
    call(grid, {}, trials=paths, grid=tmp_path / "grid.json")
    assert read_json(tmp_path / "grid.json")["learning_rates"] == [1e-4, 3e-4, 1e-3, 1e-2]
