"""Each run that was made elsewhere has its file, and the file's hash is part of its job."""

from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.jobs import control_specs, given_runs, run_specs, suite_specs
from maw.jobs.expected_stamps import expected_digest, model_job
from maw.jobs.job_key import JobKey
from tests.given_suite import given_suite, write_run

PYDOCS: dict[str, Any] = {"loader": {"kind": "pydocs", "documents": 120}}
OTHER: dict[str, Any] = {"loader": {"kind": "pydocs", "documents": 130}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a run for each of two seeds."""
    write_run(tmp_path / "mine/seed42.run", ["d1", "d2"])
    write_run(tmp_path / "mine/seed43.run", ["d2", "d1"])
    return tmp_path / "mine"


def test_a_folder_has_the_suites_seeds_and_a_file_one_run(folder: Path) -> None:
    seeds, one = given_suite(folder), given_suite(folder / "seed42.run")
    assert seeds.seeds_of("mine") == (42, 43)
    assert one.seeds_of("mine") == (0,)
    for suite in (seeds, one):
        assert given_runs.given_systems(suite) == ["mine"]
        assert not suite.is_trained("mine")
        assert not suite.is_neural("mine")
    assert given_runs.require(seeds) == [("mine", folder / f"seed{s}.run") for s in (42, 43)]
    assert given_runs.require(one) == [("mine", folder / "seed42.run")]


def test_another_content_of_the_file_is_another_job(folder: Path) -> None:
    suite = given_suite(folder)
    job = JobKey(dataset="tiny", system="mine", seed=42)
    before = expected_digest("rank", suite, job=job)
    spec = run_specs.receive(suite, job)
    assert (spec["seed"], spec["dataset"], len(spec["sha256"])) == (42, "tiny", 64)
    write_run(folder / "seed42.run", ["d2", "d3", "d1"])
    assert run_specs.receive(suite, job)["sha256"] != spec["sha256"]
    assert expected_digest("rank", suite, job=job) != before
    other = JobKey(dataset="tiny", system="mine", seed=43)
    assert run_specs.receive(suite, other)["sha256"] not in (spec["sha256"], before)


def test_the_stage_receive_makes_the_run_json(folder: Path) -> None:
    run = JobKey(dataset="tiny", system="mine", seed=42)
    assert model_job(given_suite(folder), run) == ("receive", run)
    assert given_runs.recorded(given_suite(folder), "base", unit="tiny", seed=0) == {}


def test_the_stages_that_judge_take_a_folder_of_seeds_as_a_trained_system(folder: Path) -> None:
    seeds, one = given_suite(folder), given_suite(folder / "seed42.run")
    trained, fixed = {"mine": True, "base": False}, {"mine": False, "base": False}
    for suite, expected in ((seeds, trained), (one, fixed)):
        assert suite_specs.compare(suite)["trained"] == expected
        assert suite_specs.calibrate(suite)["trained"] == expected
        assert control_specs.study_controls(suite)["trained"] == expected
        assert suite_specs.tables(suite)["trained"] == [n for n, is_so in expected.items() if is_so]
    assert suite_specs.record(seeds)["seeds"] == [42, 43]  # a further seed is a further look
    assert suite_specs.record(one)["seeds"] == []
    # what seeds draw is compared only of what maw trains
    assert suite_specs.collect(seeds)["contrasts"] == []


def test_a_seed_without_a_file_is_one_line(folder: Path) -> None:
    suite = given_suite(folder, seeds=[42, 43, 44])
    message = r"^systems\.mine\.path: .*mine/seed44: no such run; .* holds seed42\.run, seed43\.run"
    with pytest.raises(InputError, match=message):
        given_runs.require(suite)


def test_two_seeds_with_equal_files_are_not_two_trainings(folder: Path) -> None:
    write_run(folder / "seed43.run", ["d1", "d2"])
    with pytest.raises(
        InputError, match=r"seed42\.run and .*seed43\.run are equal, so they are not"
    ):
        given_runs.require(given_suite(folder))


def test_several_collections_need_the_datasets_name(folder: Path, tmp_path: Path) -> None:
    datasets = {"a": PYDOCS, "b": OTHER}
    with pytest.raises(InputError, match="the suite has 2 collections, .*; write {dataset} where"):
        given_runs.require(given_suite(folder, datasets=datasets))
    for name in datasets:
        write_run(tmp_path / f"{name}.run", ["d1"])
    suite = given_suite(tmp_path / "{dataset}.run", datasets=datasets)
    assert [path.name for _, path in given_runs.require(suite)] == ["a.run", "b.run"]


def test_folds_share_the_file_of_their_dataset_or_have_their_own(tmp_path: Path) -> None:
    datasets = {"a": {**PYDOCS, "split": {"kind": "kfold", "folds": 2}}}
    one = write_run(tmp_path / "a.run", ["d1"])
    suite = given_suite(tmp_path / "{dataset}.run", datasets=datasets)
    assert given_runs.require(suite) == [("mine", one)]
    suite = given_suite(tmp_path / "{fold}.run", datasets=datasets)
    names = [write_run(tmp_path / f"{n}.run", [f"d{n}"]) for n in (1, 2)]
    assert given_runs.require(suite) == [("mine", name) for name in names]
    with pytest.raises(InputError, match=r"'tiny' has no folds; take \{fold\} out of the path"):
        given_runs.require(given_suite(tmp_path / "{fold}.run"))


def test_files_of_seeds_that_the_suite_leaves_out_are_told(folder: Path) -> None:
    assert list(given_runs.left_out(given_suite(folder))) == []
    write_run(folder / "seed99.run", ["d3"])
    (line,) = given_runs.left_out(given_suite(folder))
    assert line == f"systems.mine: {folder} also holds seed99.run, which no seed of the suite names"
    assert list(given_runs.left_out(given_suite(folder / "seed42.run"))) == []
