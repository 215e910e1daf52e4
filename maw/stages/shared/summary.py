"""The summary files of a finished suite, read as one object by `tables`, `figures` and `report`.

A stage that takes `summary: SummaryPaths` has a command-line option for each field.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from maw.jobs.job import Job
from maw.reporting.frames import SuiteFrames


@dataclass(frozen=True)
class SummaryPaths:
    """The files that every finished suite has, written by `collect` and `compare`."""

    comparisons: Path
    claims: Path
    leaderboard: Path
    components: Path
    prospects: Path
    across: Path
    seeds: Path
    runs: Path
    curves: Path
    depths: Path
    selection: Path


@dataclass(frozen=True)
class OptionalPaths:
    """The files that only some suites have, because their configuration may leave them out.

    calibration: the tests' error rates. cells: the verdicts at each learning rate. ablated:
    `ablations.parquet` and `sweeps.parquet`.
    """

    calibration: Path | None = None
    cells: Path | None = None
    ablated: list[Path] | None = None


def read_frames(
    job: Job, summary: SummaryPaths, optional: OptionalPaths | None = None
) -> SuiteFrames:
    """Return the frames of all files in `summary` and `optional`.

    InputError for a file that is missing or broken.
    """
    optional = optional or OptionalPaths()
    return SuiteFrames(
        **{file.name: job.read_parquet(getattr(summary, file.name)) for file in fields(summary)},
        calibration=_read(job, optional.calibration),
        cells=_read(job, optional.cells),
        **{path.stem: job.read_parquet(path) for path in optional.ablated or []},
    )


def _read(job: Job, path: Path | None) -> pd.DataFrame | None:
    return None if path is None else job.read_parquet(path)
