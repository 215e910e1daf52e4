"""A system's own learning-rate search: the configured learning rates, and more beyond an edge."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maw.jobs.files import read_json
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.trial import trial

Call = Callable[..., None]


@pytest.fixture
def tried(
    tmp_path: Path, call: Call, training_files: TrainingFiles, training_spec: dict[str, Any]
) -> Callable[..., dict[str, Any]]:
    """Return a function (keys of `selection:`) -> content of trials.json."""

    def run(**selection: Any) -> dict[str, Any]:
        spec = {**training_spec, "selection": training_spec["selection"] | selection}
        call(trial, spec, **vars(training_files), trials=tmp_path / "trials.json")
        return read_json(tmp_path / "trials.json")

    return run


def test_every_configured_learning_rate_is_tried(
    tried: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    trials = tried()["trials"]
    assert [entry["learning_rate"] for entry in trials] == [1e-4, 3e-4, 1e-3]
    assert all(0 <= entry["value"] <= 1 for entry in trials)
    output = capsys.readouterr().out
    for entry in trials:
        line = f"non_maw at learning rate {entry['learning_rate']:g}: dev {entry['value']:.4f}\n"
        assert line in output
    assert "maw trial: non_maw: best of 3 learning rates " in output


def test_a_grid_is_extended_while_its_edge_wins(tried: Callable[..., dict[str, Any]]) -> None:
    # of equal scores the smallest learning rate wins, so that a single query extends the grid down
    learning_rates = [e["learning_rate"] for e in tried(max_extensions=1)["trials"]]
    assert len(learning_rates) == 4
    assert sorted(learning_rates) == learning_rates


def test_the_same_trial_gives_the_same_score(tried: Callable[..., dict[str, Any]]) -> None:
    assert tried()["trials"] == tried()["trials"]
