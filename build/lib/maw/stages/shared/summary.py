"""The summary files of a finished suite, read as one object by `tables`, `figures` and `report`.

A stage that takes `summary: SummaryPaths` has a command-line option for each field.
"""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_stamp
from maw.jobs.job import Job
from maw.reporting.frames import SuiteFrames

RUN = ["dataset", "system", "seed"]


@dataclass(frozen=True)
class SummaryPaths:
    """The files that every finished suite has.

    They are written by `collect`, by `compare`, by `moved`, and by `study_controls` or `budget`.
    """

    comparisons: Path
    claims: Path
    leaderboard: Path
    components: Path
    prospects: Path
    across: Path
    seeds: Path
    runs: Path
    costs: Path
    curves: Path
    depths: Path
    search: Path
    selection: Path
    controls: Path
    differences: Path
    moved: Path


@dataclass(frozen=True)
class OptionalPaths:
    """The files that only some suites have, because their configuration may leave them out.

    calibration: the tests' error rates. cells: the verdicts at each learning rate. budget: the
    trainings with more steps. routing: what the routers do. attention: what routed layers attend to
    in a few queries. ablated: `ablations.parquet` and
    `sweeps.parquet`.
    """

    calibration: Path | None = None
    cells: Path | None = None
    budget: Path | None = None
    routing: Path | None = None
    attention: Path | None = None
    ablated: list[Path] | None = None


def read_frames(
    job: Job, summary: SummaryPaths, optional: OptionalPaths | None = None
) -> SuiteFrames:
    """Return the frames of all files in `summary` and `optional`; the costs are columns of `runs`.

    InputError for a file that is missing or damaged.
    """
    optional = optional or OptionalPaths()
    single = [file.name for file in fields(summary) if file.name not in ("runs", "costs")]
    return SuiteFrames(
        **{name: job.read_parquet(getattr(summary, name)) for name in single},
        runs=read_runs(job, summary.runs, costs=summary.costs),
        calibration=_read(job, optional.calibration),
        cells=_read(job, optional.cells),
        budget=_read(job, optional.budget),
        routing=_read(job, optional.routing),
        attention=_read(job, optional.attention),
        **{path.stem: job.read_parquet(path) for path in optional.ablated or []},
    )


def without_foreign_calibration(
    optional: OptionalPaths, summary: SummaryPaths, *, plan: dict[str, Any]
) -> OptionalPaths:
    """Return the files without a calibration that other scores, or another plan, were made into.

    `maw calibrate` writes into a finished suite, which may have been run again since, so that its
    file may be left over from earlier scores. plan: the section `analysis` of the configuration.
    """
    if optional.calibration is None:
        return optional
    stamp = read_stamp(optional.calibration)
    same_scores = set(stamp["reads"]) <= set(read_stamp(summary.comparisons)["reads"])
    fits = same_scores and stamp["spec"]["analysis"] == plan
    return optional if fits else replace(optional, calibration=None)


def read_runs(job: Job, runs: Path, *, costs: Path) -> pd.DataFrame:
    """Return a row for each run, with the columns of both files that `collect` wrote.

    runs: sizes, curves' ends and devices. costs: seconds, memory and versions, in the same order.
    InputError where the two files have other runs.
    """
    return with_costs(job.read_parquet(runs, RUN), job.read_parquet(costs, RUN), place=costs)


def with_costs(runs: pd.DataFrame, costs: pd.DataFrame, *, place: Path) -> pd.DataFrame:
    """Return the columns of both tables of a suite's runs, side by side.

    Their rows have the same order; folds of a dataset are rows with the same key. place: the file
    of the costs. InputError where the tables have other runs.
    """
    if not runs[RUN].equals(costs[RUN]):
        raise InputError(f"{place}: has other runs than those beside it; run snakemake again")
    return pd.concat([runs, costs.drop(columns=RUN)], axis=1)


def _read(job: Job, path: Path | None) -> pd.DataFrame | None:
    return None if path is None else job.read_parquet(path)
