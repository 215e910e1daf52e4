"""The frames of a finished suite, read from its results folder for use from Python.

The stages of the workflow do not use this module: Snakemake tells them which files they read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_parquet, read_stamp
from maw.reporting.figures.registry import FIGURES, chart_of
from maw.reporting.frames import FILES, SuiteFrames
from maw.settings.plan import Analysis
from maw.stages.shared.summary import SummaryPaths, with_costs

FILE_OF = {frame: file for file, frame in FILES.items()}  # of a frame, where it is not its name
OPTIONAL = ("calibration", "cells", "budget", "routing", "attention", "ablations", "sweeps")
STATISTICS = ("claims", "comparisons", "components", "across", "controls")
SCALING = ("prospects", "budget", "sweeps", "runs")


@dataclass(frozen=True, slots=True)
class FinishedSuite:
    """A finished suite: the folder of its results, its frames, and the plan of its verdicts."""

    folder: Path
    frames: SuiteFrames
    plan: Analysis


def open_suite(results: str | PathLike[str]) -> FinishedSuite:
    """Return the suite whose results are in a folder, such as `results`.

    InputError where a file of the summary is missing or broken, or was made by another version.
    """
    folder = Path(results)
    summary = folder / "summary"
    names = [file.name for file in fields(SummaryPaths) if file.name not in ("runs", "costs")]
    path = summary / "claims.parquet"
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the results folder of a finished suite")
    try:
        plan = Analysis.model_validate(read_stamp(path)["spec"]["analysis"])
    except (KeyError, ValueError):
        raise InputError(
            f"{path}: not the claims of this version of maw; run snakemake again"
        ) from None
    frames = SuiteFrames(
        **{name: read_parquet(_file(summary, name)) for name in names},
        runs=with_costs(
            read_parquet(_file(summary, "runs")),
            read_parquet(_file(summary, "costs")),
            place=_file(summary, "costs"),
        ),
        **{
            name: read_parquet(_file(summary, name))
            for name in OPTIONAL
            if _file(summary, name).is_file()
        },
    )
    return FinishedSuite(folder, frames, plan)


def _file(summary: Path, frame: str) -> Path:
    return summary / f"{FILE_OF.get(frame, frame)}.parquet"


class ExperimentalValidationFramework:
    """The results of a finished suite, under the name that the original MAW code gives them.

    results: folder of the suite's results. InputError where they are missing or broken.
    """

    def __init__(self, results: str | PathLike[str] = "results") -> None:
        self.suite = open_suite(results)

    def statistics(self) -> dict[str, pd.DataFrame]:
        """Return the frames of the verdicts: claims, comparisons, components, across, controls.

        `maw.reporting.frames` says what a row of each is. A frame that the suite lacks is left out.
        """
        return self._present(STATISTICS)

    def baselines(self) -> pd.DataFrame:
        """Return the mean score of every system, controls too: a row per dataset and measure.

        Columns dataset, system, measure, mean, ci_low, ci_high, n_seeds, sd_seed.
        """
        return self.suite.frames.leaderboard

    def failures(self, n: int = 20) -> pd.DataFrame:
        """Return the queries on which each judged system loses most against its deciding control.

        n: number of queries of each claim and dataset at most; queries without a loss are left
        out. Columns as in `maw.verdicts.moved.DIFFERENCES`, and the query's `text`.
        """
        differences = self.suite.frames.differences
        assert differences is not None  # a file that every finished suite has
        losses = differences[differences["difference"] < 0].sort_values(
            ["difference", "query_id"], kind="stable"
        )
        worst = losses.groupby(["dataset", "claim", "system"], sort=False).head(n)
        texts = [self._texts(str(name)) for name in worst["dataset"].unique()]
        if not texts:
            return worst.assign(text=pd.Series(dtype=str)).reset_index(drop=True)
        return worst.merge(pd.concat(texts), on=["dataset", "query_id"], how="left")

    def scaling(self) -> dict[str, pd.DataFrame]:
        """Return the frames that tell how scores and costs grow; those that the suite lacks do not.

        prospects: detectable effect with more seeds or queries. budget: scores with more training.
        sweeps: scores by the value of an option. runs: the costs of every run.
        """
        return self._present(SCALING)

    def figures(self) -> Mapping[str, Any]:
        """Return name -> Altair chart of each figure of the report for which there is data."""
        frames, plan = self.suite.frames, self.suite.plan
        return {
            name: chart_of(name, frames, plan=plan)
            for name, figure in FIGURES.items()
            if not figure.data(frames, plan).empty
        }

    def _present(self, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
        """Return name -> frame of those frames that the suite has and that have rows."""
        frames = {name: getattr(self.suite.frames, name) for name in names}
        return {
            name: frame for name, frame in frames.items() if frame is not None and not frame.empty
        }

    def _texts(self, dataset: str) -> pd.DataFrame:
        """Return the text of each query of a dataset: dataset, query_id, text."""
        path = self.suite.folder / "data" / dataset / "queries.parquet"
        queries = read_parquet(path, ("query_id", "text"))
        return queries[["query_id", "text"]].assign(dataset=dataset)
