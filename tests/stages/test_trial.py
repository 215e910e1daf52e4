"""A system's own search: the configured learning rates and options, and more beyond an edge."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
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
    assert all(0 <= entry["dev"] <= 1 for entry in trials)
    output = capsys.readouterr().out
    for entry in trials:
        line = f"non_maw at learning rate {entry['learning_rate']:g}: dev {entry['dev']:.4f}\n"
        assert line in output
    assert "maw trial: non_maw: best of 3 trials: learning rate " in output


def test_a_grid_is_extended_while_its_edge_wins(tried: Callable[..., dict[str, Any]]) -> None:
    # of equal scores the smallest learning rate wins, so that a single query extends the grid down
    learning_rates = [e["learning_rate"] for e in tried(max_extensions=1)["trials"]]
    assert len(learning_rates) == 4
    assert sorted(learning_rates) == learning_rates


def test_the_same_trial_gives_the_same_score(tried: Callable[..., dict[str, Any]]) -> None:
    assert tried()["trials"] == tried()["trials"]


def test_every_learning_rate_is_tried_with_every_value_of_the_option(
    tmp_path: Path,
    call: Call,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    training_spec["selection"]["learning_rates"] = [1e-3]
    searched = {**training_spec, "options": {"training.temperature": [0.05, 5.0]}}
    call(trial, searched, **vars(training_files), trials=tmp_path / "trials.json")
    trials = read_json(tmp_path / "trials.json")["trials"]
    options = [{"training.temperature": value} for value in (0.05, 5.0)]
    assert [(entry["learning_rate"], entry["options"]) for entry in trials] == [
        (1e-3, options[0]),
        (1e-3, options[1]),
    ]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("non_maw at learning rate 0.001, training.temperature 0.05: dev ")


def test_a_cross_fit_trial_scores_each_half_by_the_model_of_the_other(
    tmp_path: Path,
    write: Callable[..., Path],
    call: Call,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
) -> None:
    pair = ["query_id", "doc_id"]
    own = {"q.std": "a.std", "q.sort": "a.sort"}
    halves = []
    for n, (train, dev) in enumerate((("q.std", "q.sort"), ("q.sort", "q.std")), 1):
        split = {"query_id": [train, dev, "q.fft"], "split": ["train", "dev", "test"]}
        frames = {
            "split": pd.DataFrame(split),
            "training": pd.DataFrame([(train, own[train])], columns=pair),
            "negatives": pd.DataFrame([(train, "a.mean"), (train, "a.join")], columns=pair),
            "forbidden": pd.DataFrame([(train, own[train])], columns=pair),
            "development": pd.read_parquet(training_files.development),
        }
        halves += [
            write(tmp_path / f"half{n}" / f"{name}.parquet", frame, f"half{n}")
            for name, frame in frames.items()
        ]

    def tried(files: TrainingFiles) -> dict[str, Any]:
        call(trial, training_spec, **vars(files), trials=tmp_path / "trials.json")
        return read_json(tmp_path / "trials.json")

    crossed = replace(training_files, halves=halves)
    both = tried(crossed)
    alone = [tried(files) for files in crossed.searched]
    assert both["query_ids"] == ["q.sort", "q.std"]
    assert [one["query_ids"] for one in alone] == [["q.sort"], ["q.std"]]
    for place, trial_of_both in enumerate(both["trials"]):
        values = [one["trials"][place]["of_queries"][0] for one in alone]
        assert trial_of_both["of_queries"] == values
        assert trial_of_both["dev"] == pytest.approx(sum(values) / 2)
    assert {"half1", "half2"} <= set(both["stamp"]["reads"])
