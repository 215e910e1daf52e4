"""Calibrate the tests of a plan on given scores: what the stage, the command and a page share."""

from collections.abc import Collection, Mapping

import pandas as pd

from maw.jobs.job import Job, Output
from maw.jobs.progress import progress
from maw.settings.plan import Analysis
from maw.verdicts.calibration import calibrate_plan
from maw.verdicts.calibration_groups import groups_of, n_experiments, other_groups
from maw.verdicts.score_table import Clusters


def calibrate_scores(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    draws: int,
    seed: int = 0,
    repeats: Collection[str] = (),
) -> pd.DataFrame:
    """Calibrate all measures of a frame of scores by one plan, and show the progress.

    trained: system -> whether it was trained. draws: number of simulated experiments. repeats:
    datasets that are further splits of another. Returns the columns of `maw.verdicts.calibration`.
    """
    groups = groups_of(scores, plan=plan, trained=trained, clusters=clusters)
    others = other_groups(scores, plan=plan, trained=trained, clusters=clusters)
    total = n_experiments(groups, draws=draws)
    with progress("calibrate", total, unit="experiments") as advance:
        return calibrate_plan(
            groups,
            plan=plan,
            draws=draws,
            seed=seed,
            others=others,
            repeats=repeats,
            advance=advance,
        )


def calibrate_and_write(
    job: Job, scores: pd.DataFrame, *, clusters: Clusters, outputs: tuple[Output, Output]
) -> pd.DataFrame:
    """Calibrate by the job's specification; outputs: a parquet file and a CSV file."""
    frame = calibrate_scores(
        scores,
        plan=Analysis.model_validate(job.spec["analysis"]),
        trained=job.spec["trained"],
        clusters=clusters,
        draws=job.spec["draws"],
        seed=job.spec["seed"],
        repeats=job.spec["repeats"],
    )
    parquet, csv = outputs
    job.write_parquet(parquet, frame)
    job.write_bytes(csv, frame.to_csv(index=False).encode())
    return frame
