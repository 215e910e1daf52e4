"""All systems of a dataset try the same learning rates: those that any of them needed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maw.jobs.files import read_json
from maw.stages.grid import grid

Write = Callable[..., Path]
Call = Callable[..., None]


def trials(*learning_rates: float) -> dict[str, list[dict[str, Any]]]:
    """Return the content of trials.json of a system that tries two values of an option."""
    return {
        "trials": [
            {"learning_rate": key, "options": {"a.b": value}, "dev": 0.1}
            for key in learning_rates
            for value in (1, 2)
        ]
    }


def test_the_grid_is_the_union_of_what_each_search_needed(
    tmp_path: Path, write: Write, call: Call
) -> None:
    paths = [
        write(tmp_path / "a.json", trials(1e-4, 3e-4, 1e-3)),
        write(tmp_path / "b.json", trials(1e-4, 3e-4, 1e-3, 1e-2)),
    ]
    call(grid, {}, trials=paths, grid=tmp_path / "grid.json")
    assert read_json(tmp_path / "grid.json")["learning_rates"] == [1e-4, 3e-4, 1e-3, 1e-2]
