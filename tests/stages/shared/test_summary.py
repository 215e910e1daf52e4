"""The summary files of a suite are read as one object, those that a suite lacks as None."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.job import Job
from maw.stages.shared.summary import OptionalPaths, SummaryPaths, read_frames
from tests.stages.summary_files import summary_options

Write = Callable[..., Path]
Finish = Callable[..., Path]
PLAN = {"contrasts": [{"system": "new", "baseline": "bm25"}]}


@pytest.fixture
def summary(finish: Finish, write: Write) -> SummaryPaths:
    results = finish(PLAN, seeds={"bm25": [0], "new": [0]})
    return SummaryPaths(**summary_options(results, write))


@pytest.fixture
def job() -> Job:
    return Job("report", {}, "c0")


def test_every_file_is_a_field_and_is_noted_as_read(summary: SummaryPaths, job: Job) -> None:
    frames = read_frames(job, summary)
    pd.testing.assert_frame_equal(frames.across, pd.read_parquet(summary.across))
    assert frames.runs["system"].tolist() == ["bm25", "new"]
    assert {"trained", "versions"} <= set(frames.runs.columns)
    assert frames.calibration is frames.cells is frames.ablations is frames.sweeps is None
    assert {"curves of the suite", "controls of the suite"} <= job.reads


def test_files_that_only_some_suites_have_are_read_where_they_are_named(
    summary: SummaryPaths, job: Job, tmp_path: Path, write: Write
) -> None:
    names = ("calibration", "cells", "budget", "ablations", "sweeps")
    paths = {
        name: write(tmp_path / f"{name}.parquet", pd.DataFrame({"name": [name]})) for name in names
    }
    optional = OptionalPaths(
        calibration=paths["calibration"],
        cells=paths["cells"],
        budget=paths["budget"],
        ablated=[paths["ablations"], paths["sweeps"]],
    )
    frames = read_frames(job, summary, optional)
    for name in names:
        assert getattr(frames, name)["name"].tolist() == [name]


def test_costs_of_other_runs_are_refused(summary: SummaryPaths, job: Job, write: Write) -> None:
    costs = pd.read_parquet(summary.costs)
    write(summary.costs, costs.iloc[::-1].reset_index(drop=True))
    with pytest.raises(InputError, match=r"costs\.parquet: has other runs than those beside it"):
        read_frames(job, summary)


def test_a_missing_file_is_named(summary: SummaryPaths, job: Job) -> None:
    summary.prospects.unlink()
    with pytest.raises(InputError, match="prospects.parquet"):
        read_frames(job, summary)
