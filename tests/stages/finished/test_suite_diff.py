"""Two finished suites are read and set side by side; what cannot be compared is one line."""

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.files import json_bytes, parquet_bytes, read_stamp
from maw.jobs.pending import PendingFile
from maw.stages.finished.suite_diff import diff

Finish = Callable[..., Path]
PLAN = {"sesoi": 0.05, "contrasts": [{"system": "new", "baseline": "bm25"}]}


def stamped_run(results: Path, *, steps: int, seed: int = 42) -> None:
    """Write the run.json of a training with this number of steps."""
    spec = {"name": "new", "seed": seed, "training": {"steps": steps}}
    path = results / f"runs/toy/new/seed{seed}/run.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    PendingFile(path).write(json_bytes({}, {"digest": "d", "spec": spec}))


@pytest.fixture
def pair(finish: Finish, tmp_path: Path) -> tuple[Path, Path]:
    """Return a finished suite, and a copy of it."""
    first = finish(PLAN, seeds={"bm25": [0], "new": [42, 43]})
    for seed in (42, 43):
        stamped_run(first, steps=32, seed=seed)
    second = tmp_path / "second"
    copytree(first, second)
    return first, second


def test_a_suite_does_not_differ_from_its_copy(pair: tuple[Path, Path]) -> None:
    found = diff(*pair)
    assert found.is_same
    assert found.settings.empty
    assert (found.scores["n_equal"] == found.scores["n_scores"]).all()
    assert json.loads(found.to_json())["same"] is True


def test_another_training_is_a_setting_that_differs(pair: tuple[Path, Path]) -> None:
    first, second = pair
    for seed in (42, 43):
        stamped_run(second, steps=24, seed=seed)
    found = diff(first, second)
    assert found.settings.to_numpy().tolist() == [["systems.new.training.steps", "32", "24"]]
    assert not found.is_same


def test_training_that_differs_between_datasets_is_told_by_dataset(
    pair: tuple[Path, Path],
) -> None:
    first, second = pair
    spec = {"name": "new", "seed": 42, "training": {"steps": 8}}
    path = second / "runs/other/new/seed42/run.json"
    path.parent.mkdir(parents=True)
    PendingFile(path).write(json_bytes({}, {"digest": "d", "spec": spec}))
    names = set(diff(first, second).settings["setting"])
    assert "systems.new.other.training.steps" in names
    assert "systems.new.toy.training.steps" in names


def test_what_a_search_chose_is_a_setting(pair: tuple[Path, Path]) -> None:
    first, second = pair
    for folder, rate in ((first, "1e-4"), (second, "3e-4")):
        chosen = pd.DataFrame([{"dataset": "toy", "system": "new", "parameters": rate}])
        path = folder / "summary/selection.parquet"
        PendingFile(path).write(parquet_bytes(chosen, {"digest": "d"}))
    (row,) = diff(first, second).settings.to_numpy().tolist()
    assert row == ["systems.new.chosen on toy", '"1e-4"', '"3e-4"']


def test_scores_by_the_first_suites_measure_are_needed(pair: tuple[Path, Path]) -> None:
    first, second = pair
    path = second / "summary/scores.parquet"
    scores, stamp = pd.read_parquet(path), read_stamp(path)
    PendingFile(path).write(parquet_bytes(scores[scores["measure"] != "nDCG@10"], stamp))
    with pytest.raises(InputError, match=f"{second}: has no scores by nDCG@10, the primary"):
        diff(first, second)


def test_a_folder_without_results_is_one_line(pair: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"holds no comparisons.parquet"):
        diff(pair[0], tmp_path / "empty")
