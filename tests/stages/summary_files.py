"""The summary files of a suite in which nothing was trained, for the stages that show results."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pandas as pd

from maw.reporting.frames import ComparisonFrames
from maw.stages.shared.summary import SummaryPaths
from maw.verdicts.moved import MOVED, differences_frame
from maw.verdicts.study_controls import frame_of
from tests.reporting.small_suite import suite_frames

Write = Callable[..., Path]
COMPARED = ("comparisons", "claims", "leaderboard", "components", "prospects", "across", "seeds")


def summary_options(results: Path, write: Write) -> dict[str, Path]:
    """Write what `collect` would beside what `compare` has written; return option -> file."""
    summary = results / "summary"
    compared = {name: pd.read_parquet(summary / f"{name}.parquet") for name in COMPARED}
    frames = suite_frames(ComparisonFrames(**compared))
    is_cost = frames.runs.columns.str.contains("second|versions|bytes|encode")
    is_key = frames.runs.columns.isin(["dataset", "system", "seed"])
    write(summary / "runs.parquet", frames.runs.loc[:, ~is_cost], "runs of the suite")
    write(summary / "costs.parquet", frames.runs.loc[:, is_key | is_cost], "costs of the suite")
    for name in ("curves", "depths", "search", "selection"):
        write(summary / f"{name}.parquet", getattr(frames, name), f"{name} of the suite")
    write(summary / "controls.parquet", frame_of([]), "controls of the suite")
    write(summary / "differences.parquet", differences_frame([]), "differences of the suite")
    write(summary / "moved.parquet", pd.DataFrame(columns=MOVED), "moved queries of the suite")
    return {field.name: summary / f"{field.name}.parquet" for field in fields(SummaryPaths)}
