"""The stage `tables`: the summary as CSV, two tables for a paper, and an R script of checks."""

from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.reporting.check_script import scores_with_clusters, script
from maw.reporting.paper.columns import readme
from maw.reporting.paper.paper_content import mean_tables, verdict_table
from maw.reporting.paper.paper_tables import latex, markdown
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of
from maw.stages.shared.summary import SummaryPaths, read_frames


@dataclass(frozen=True)
class CsvOutputs:
    """CSV files, each with the unrounded numbers of one summary file: `seeds_csv` for `seeds`."""

    comparisons_csv: Output
    claims_csv: Output
    leaderboard_csv: Output
    components_csv: Output
    prospects_csv: Output
    across_csv: Output
    controls_csv: Output
    seeds_csv: Output
    runs_csv: Output
    costs_csv: Output
    search_csv: Output
    differences_csv: Output
    moved_csv: Output


@dataclass(frozen=True)
class PaperOutputs:
    """Tables for a paper, the meaning of all columns, check.R, and the scores that it reads."""

    verdicts_tex: Output
    leaderboard_tex: Output
    verdicts_md: Output
    leaderboard_md: Output
    readme_md: Output
    check_r: Output
    scores_csv: Output


def tables(
    job: Job,
    *,
    summary: SummaryPaths,
    scores: Path,
    queries: list[Path],
    csv_files: CsvOutputs,
    paper: PaperOutputs,
) -> str:
    """Write all CSV files, the tables for a paper, the README that names each column with its unit,
    and check.R, which recomputes the verdicts in R.

    scores: the scores of all runs. queries: queries.parquet of each dataset, for the clusters.
    """
    frames = read_frames(job, summary)
    plan = Analysis.model_validate(job.spec["analysis"])
    for output in fields(csv_files):
        name = output.name.removesuffix("_csv")
        # in `frames` the costs, which differ between equal runs, are columns of the runs
        is_apart = name in ("runs", "costs")
        frame = job.read_parquet(getattr(summary, name)) if is_apart else getattr(frames, name)
        job.write_bytes(getattr(csv_files, output.name), frame.to_csv(index=False).encode())
    verdicts, means = [verdict_table(frames, plan=plan)], mean_tables(frames, plan=plan)
    job.write_bytes(paper.verdicts_tex, latex(verdicts).encode())
    job.write_bytes(paper.leaderboard_tex, latex(means).encode())
    job.write_bytes(paper.verdicts_md, markdown(verdicts).encode())
    job.write_bytes(paper.leaderboard_md, markdown(means).encode())
    job.write_bytes(paper.readme_md, readme().encode())
    job.write_bytes(paper.check_r, script(plan, trained=job.spec["trained"]).encode())
    decisive = _primary_scores(job, scores, queries, primary=plan.primary)
    job.write_bytes(paper.scores_csv, decisive.to_csv(index=False).encode())
    return f"{len(frames.comparisons)} comparisons, {len(frames.leaderboard)} means"


def _primary_scores(job: Job, scores: Path, queries: list[Path], *, primary: str) -> pd.DataFrame:
    """Return the scores by the primary measure with each query's cluster, as check.R reads them."""
    table = job.read_parquet(scores)
    return scores_with_clusters(table[table["measure"] == primary], clusters_of(job, queries))


if __name__ == "__main__":
    run(tables)
