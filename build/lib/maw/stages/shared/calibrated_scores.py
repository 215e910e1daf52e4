"""Calibration of a plan on given scores, for a stage, `maw calibrate` and `maw compare`."""

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
    """Return a table of the plan's error rates on experiments redrawn from these scores.

    scores: by all measures; columns dataset, system, seed, query_id, measure, value. trained:
    system -> whether it was trained. clusters: dataset -> query_id -> cluster; None for independent
    queries. draws: number of experiments for each dataset and each variance of seeds.
    repeats: datasets that are repeated splits of another dataset. Columns of the result:
    `maw.verdicts.calibration_rows.COLUMNS`. A progress bar is shown.
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
    """Calibrate as the job's specification says, write the table, and return it.

    outputs: the parquet file and the CSV file of the table.
    """
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
