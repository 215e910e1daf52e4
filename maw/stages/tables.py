"""Every number as CSV, and the two tables that a paper prints as LaTeX."""

from pathlib import Path

import pandas as pd

from maw.job import Job, Output, run
from maw.reporting.tables import latex, scores, verdicts


def tables(
    job: Job,
    *,
    comparisons: Path,
    leaderboard: Path,
    runs: Path,
    components: Path,
    prospects: Path,
    across: Path,
    seeds: Path,
    comparisons_csv: Output,
    leaderboard_csv: Output,
    runs_csv: Output,
    components_csv: Output,
    prospects_csv: Output,
    across_csv: Output,
    seeds_csv: Output,
    verdicts_tex: Output,
    leaderboard_tex: Output,
) -> str:
    """The summary's tables, unrounded, and what the report shows of them."""
    compared, board = job.read_parquet(comparisons), job.read_parquet(leaderboard)
    for target, frame in (
        (comparisons_csv, compared),
        (leaderboard_csv, board),
        (runs_csv, job.read_parquet(runs)),
        (components_csv, job.read_parquet(components)),
        (prospects_csv, job.read_parquet(prospects)),
        (across_csv, job.read_parquet(across)),
        (seeds_csv, job.read_parquet(seeds)),
    ):
        job.write_bytes(target, frame.to_csv(index=False).encode())
    job.write_bytes(
        verdicts_tex, latex(verdicts(compared, primary=job.spec["analysis"]["primary"]))
    )
    datasets = dict.fromkeys(board["dataset"])
    stacked = pd.concat(
        [scores(board, dataset=name).assign(Dataset=name) for name in datasets], ignore_index=True
    )
    job.write_bytes(leaderboard_tex, latex(stacked))
    return f"{len(compared)} comparisons, {len(board)} means"


if __name__ == "__main__":
    run(tables)
