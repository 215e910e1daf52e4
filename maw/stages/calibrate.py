"""Do the tests keep what they promise on this suite's own scores?

The workflow runs `calibrate`; `maw calibrate` runs `calibrate_folder` on what is finished.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.jobs.provenance import code_of
from maw.settings.plan import Analysis
from maw.stages.finished.judged import Judged, open_judged
from maw.stages.shared.clusters import clusters_of
from maw.verdicts.calibration import calibrate_plan
from maw.verdicts.calibration_groups import groups_of, n_experiments, other_groups
from maw.verdicts.score_table import Clusters

NAME = "calibration"


def calibrate(
    job: Job, *, scores: Path, queries: list[Path], calibration: Output, calibration_csv: Output
) -> str:
    """All scores -> a row per test × contrast × effect, as parquet and as CSV."""
    table = job.read_parquet(scores)
    clusters = clusters_of(job, queries)
    found = _calibrated(job, table, clusters=clusters)
    job.write_parquet(calibration, found)
    job.write_bytes(calibration_csv, found.to_csv(index=False).encode())
    return f"{len(found)} rows, {job.spec['draws']:,} draws"


def calibrate_folder(
    folder: Path, *, draws: int, seed: int
) -> tuple[Judged, pd.DataFrame, list[Path]]:
    """A finished suite, or what `maw compare --out` left; the table, and where it was put.

    InputError as `open_judged`; a place that cannot be written.
    """
    judged = open_judged(folder)
    spec = {
        "analysis": judged.plan.model_dump(mode="json"),
        "trained": dict(judged.trained),
        "repeats": list(judged.repeats),
        "draws": draws,
        "seed": seed,
    }
    job = Job("calibrate", spec, code_of("calibrate", spec), reads=set(judged.reads))
    places = [judged.summary / f"{NAME}.parquet", judged.tables / f"{NAME}.csv"]
    try:
        job.claims |= {place: files.Claim(place) for place in places}
        found = _calibrated(job, judged.scores, clusters=judged.clusters)
        job.write_parquet(Output(places[0]), found)
        job.write_bytes(Output(places[1]), found.to_csv(index=False).encode())
    except OSError as error:
        raise InputError(f"{error.filename or folder}: {error.strerror}; free it") from None
    finally:
        for claim in job.claims.values():
            claim.release()
    return judged, found, places


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
    """All measures of the frame by one plan, told as it goes on.

    Columns of `maw.verdicts.calibration`.
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


def _calibrated(job: Job, scores: pd.DataFrame, *, clusters: Clusters) -> pd.DataFrame:
    return calibrate_scores(
        scores,
        plan=Analysis.model_validate(job.spec["analysis"]),
        trained=job.spec["trained"],
        clusters=clusters,
        draws=job.spec["draws"],
        seed=job.spec["seed"],
        repeats=job.spec["repeats"],
    )


if __name__ == "__main__":
    run(calibrate)
