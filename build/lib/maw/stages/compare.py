"""The stage `compare`: computes all statistical tables from the scores and the queries' clusters.

The tables hold the verdicts, the mean scores, the variance components, the differences that more
seeds or queries would detect, and the results over all datasets.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.measures.judged import with_judged
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of
from maw.verdicts.across_datasets import Resplits
from maw.verdicts.across_datasets import across as over_datasets
from maw.verdicts.decide import decide
from maw.verdicts.leaderboard import leaderboard as make_leaderboard
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import components as make_components
from maw.verdicts.prospects import outlook
from maw.verdicts.study_controls import withheld


@dataclass(frozen=True)
class ComparisonTables:
    """The tables that `compare` writes. A row of each table is about one of the following.

    comparisons: a contrast on a dataset by a measure. claims: a claim on a dataset. leaderboard: a
    system on a dataset by a measure. The other tables are by the primary measure. components: the
    variances of a system's scores on a dataset. prospects: the smallest detectable difference of a
    contrast on a dataset, as it is, or with more seeds or queries. across: a contrast over all
    datasets, or over repeated splits of one collection. seeds: a contrast on a dataset between two
    trained models, one seed of each system.
    """

    comparisons: Output
    claims: Output
    leaderboard: Output
    components: Output
    prospects: Output
    across: Output
    seeds: Output


def compare(
    job: Job,
    *,
    scores: Path,
    judged: Path,
    queries: list[Path],
    tables: ComparisonTables,
    controls: Path | None = None,
) -> str:
    """Compare the systems as the plan says, and write all tables.

    scores: one row per run, query and measure. judged: rows of the same form for Judged@10, which
    is shown and never tested. queries: queries.parquet of each dataset, for the clusters. controls:
    the table of the study's controls; one that failed forbids to say that a gain is absent.
    """
    plan = Analysis.model_validate(job.spec["analysis"])
    score_rows = job.read_parquet(scores)
    clusters = clusters_of(job, queries)
    measures, trained = job.spec["measures"], job.spec["trained"]
    resplits = [Resplits(**entry) for entry in job.spec["resplits"]]
    verdicts = decide(
        score_rows,
        plan=plan,
        trained=trained,
        clusters=clusters,
        measures=measures,
        withheld={} if controls is None else withheld(job.read_parquet(controls)),
    )
    all_rows = pd.concat([score_rows, job.read_parquet(judged)], ignore_index=True)
    board = make_leaderboard(all_rows, clusters=clusters, measures=with_judged(measures))
    components = make_components(score_rows, measure=plan.primary, clusters=clusters)
    prospects = outlook(score_rows, verdicts.claims, plan=plan, trained=trained, clusters=clusters)
    job.write_parquet(tables.comparisons, verdicts.rows)
    job.write_parquet(tables.claims, verdicts.claims)
    job.write_parquet(tables.leaderboard, board)
    job.write_parquet(tables.components, components)
    job.write_parquet(tables.prospects, prospects)
    job.write_parquet(tables.across, over_datasets(verdicts.rows, plan=plan, resplits=resplits))
    job.write_parquet(tables.seeds, per_seed(score_rows, plan=plan, clusters=clusters))
    # the words wait for `maw verdicts` and the report, which say them with their limits
    return f"{len(verdicts.claims)} claims judged, {len(verdicts.rows)} comparisons"


if __name__ == "__main__":
    run(compare)
