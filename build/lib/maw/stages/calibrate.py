"""The stage `calibrate`: error rates of the plan, measured on the suite's own scores."""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.stages.shared.calibrated_scores import calibrate_and_write
from maw.stages.shared.clusters import clusters_of


def calibrate(
    job: Job, *, scores: Path, queries: list[Path], calibration: Output, calibration_csv: Output
) -> str:
    """Count the error rates of the plan's words and tests; write one table as parquet and as CSV.

    scores: one row per run, query and measure. queries: queries.parquet of each dataset, for the
    clusters. A row of the table is the rate of one word of a claim or of one test of a contrast at
    one true difference, a check of a system against itself, or the reason why a test has no rate.
    """
    score_rows = job.read_parquet(scores)
    frame = calibrate_and_write(
        job,
        score_rows,
        clusters=clusters_of(job, queries),
        outputs=(calibration, calibration_csv),
    )
    return f"{len(frame)} rows, {job.spec['draws']:,} draws"


if __name__ == "__main__":
    run(calibrate)
