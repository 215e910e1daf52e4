"""Every number as CSV, the two tables that a paper prints as LaTeX, and check.R that recomputes."""

from pathlib import Path

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.reporting.check_script import scores_with_clusters, script
from maw.reporting.tables import latex, verdicts
from maw.reporting.tables import scores as means
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of


def tables(
    job: Job,
    *,
    comparisons: Path,
    claims: Path,
    leaderboard: Path,
    runs: Path,
    components: Path,
    prospects: Path,
    across: Path,
    seeds: Path,
    scores: Path,
    queries: list[Path],
    comparisons_csv: Output,
    claims_csv: Output,
    leaderboard_csv: Output,
    runs_csv: Output,
    components_csv: Output,
    prospects_csv: Output,
    across_csv: Output,
    seeds_csv: Output,
    verdicts_tex: Output,
    leaderboard_tex: Output,
    check_r: Output,
    scores_csv: Output,
) -> str:
    """The summary's tables, unrounded, and what the report shows of them."""
    compared, board = job.read_parquet(comparisons), job.read_parquet(leaderboard)
    for target, frame in (
        (comparisons_csv, compared),
        (claims_csv, job.read_parquet(claims)),
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
        [means(board, dataset=name).assign(Dataset=name) for name in datasets], ignore_index=True
    )
    job.write_bytes(leaderboard_tex, latex(stacked))
    plan = Analysis.model_validate(job.spec["analysis"])
    job.write_bytes(check_r, script(plan, trained=job.spec["trained"]).encode())
    decisive = _decisive(job, scores, queries, primary=plan.primary)
    job.write_bytes(scores_csv, decisive.to_csv(index=False).encode())
    return f"{len(compared)} comparisons, {len(board)} means"


def _decisive(job: Job, scores: Path, queries: list[Path], *, primary: str) -> pd.DataFrame:
    """What check.R reads: the scores by the primary measure, each query with its cluster."""
    table = job.read_parquet(scores)
    clusters = clusters_of(job, queries)
    return scores_with_clusters(table[table["measure"] == primary], clusters)


if __name__ == "__main__":
    run(tables)
