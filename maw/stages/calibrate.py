"""The stage `calibrate`: error rates of the tests, measured on the suite's own scores.

The workflow runs `calibrate`; the command `maw calibrate` runs `calibrate_folder` on a finished
suite, or on a folder that `maw compare --out` wrote.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.jobs.provenance import code_of
from maw.settings.plan import Analysis
from maw.stages.finished.compared_scores import ComparedScores, open_compared_scores
from maw.stages.shared.clusters import clusters_of
from maw.verdicts.calibration import calibrate_plan
from maw.verdicts.calibration_groups import groups_of, n_experiments, other_groups
from maw.verdicts.score_table import Clusters

NAME = "calibration"


@dataclass(frozen=True, eq=False)
class CalibratedFolder:
    """The scores of a folder, the table of their calibration, and the files that hold the table."""

    scores: ComparedScores
    frame: pd.DataFrame
    paths: tuple[Path, ...]


def calibrate(
    job: Job, *, scores: Path, queries: list[Path], calibration: Output, calibration_csv: Output
) -> str:
    """Calibrate the tests of the plan; write one table as parquet and as CSV.

    scores: one row per run, query and measure. queries: queries.parquet of each dataset, for the
    clusters. The table has a row for each test, contrast and true effect.
    """
    score_rows = job.read_parquet(scores)
    frame = _calibrate_and_write(
        job,
        score_rows,
        clusters=clusters_of(job, queries),
        outputs=(calibration, calibration_csv),
    )
    return f"{len(frame)} rows, {job.spec['draws']:,} draws"


def calibrate_folder(folder: Path, *, draws: int, seed: int) -> CalibratedFolder:
    """Calibrate a finished suite or comparison; write the table beside its comparisons.

    draws: number of simulated experiments. InputError as `open_compared_scores` raises, and where
    the folder cannot be written.
    """
    compared = open_compared_scores(folder)
    spec = {
        "analysis": compared.plan.model_dump(mode="json"),
        "trained": dict(compared.trained),
        "repeats": list(compared.repeats),
        "draws": draws,
        "seed": seed,
    }
    job = Job("calibrate", spec, code_of("calibrate", spec), reads=set(compared.reads))
    outputs = (
        Output(compared.summary / f"{NAME}.parquet"),
        Output(compared.tables / f"{NAME}.csv"),
    )
    try:
        job.outputs |= {path: files.PendingFile(path) for path in outputs}
        frame = _calibrate_and_write(
            job, compared.scores, clusters=compared.clusters, outputs=outputs
        )
    except OSError as error:
        raise InputError(f"{error.filename or folder}: {error.strerror}; free it") from None
    finally:
        for output in job.outputs.values():
            output.release()
    return CalibratedFolder(compared, frame, outputs)


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


def _calibrate_and_write(
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


if __name__ == "__main__":
    run(calibrate)
