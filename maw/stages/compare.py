"""Which systems are better, by how much, and how sure can anybody be?

Scores and clusters in, every table of the statistics out: what decides, what is shown beside it,
what varies, what more would buy, and what holds across datasets.
"""

from pathlib import Path

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.measures.judged import with_judged
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of
from maw.verdicts.across_datasets import Resplits
from maw.verdicts.across_datasets import across as over_datasets
from maw.verdicts.decide import decide
from maw.verdicts.decide import leaderboard as make_leaderboard
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import components as make_components
from maw.verdicts.prospects import outlook


def compare(
    job: Job,
    *,
    scores: Path,
    judged: Path,
    queries: list[Path],
    comparisons: Output,
    claims: Output,
    leaderboard: Output,
    components: Output,
    prospects: Output,
    across: Output,
    seeds: Output,
) -> str:
    """comparisons: contrast × dataset × measure; claims: claim × dataset; leaderboard: system ×
    measure; the others: by the primary measure, systems' variances, contrasts' prospects, E3, and
    single pairs of checkpoints.
    """
    plan = Analysis.model_validate(job.spec["analysis"])
    table = job.read_parquet(scores)
    clusters = clusters_of(job, queries)
    measures, trained = job.spec["measures"], job.spec["trained"]
    resplits = [Resplits(**entry) for entry in job.spec["resplits"]]
    decided = decide(table, plan=plan, trained=trained, clusters=clusters, measures=measures)
    found = decided.rows
    described = pd.concat([table, job.read_parquet(judged)], ignore_index=True)
    board = make_leaderboard(described, clusters=clusters, measures=with_judged(measures))
    spread = make_components(table, measure=plan.primary, clusters=clusters)
    bought = outlook(table, found, plan=plan, trained=trained, clusters=clusters)
    job.write_parquet(comparisons, found)
    job.write_parquet(claims, decided.claims)
    job.write_parquet(leaderboard, board)
    job.write_parquet(components, spread)
    job.write_parquet(prospects, bought)
    job.write_parquet(across, over_datasets(found, plan=plan, resplits=resplits))
    job.write_parquet(seeds, per_seed(table, plan=plan, clusters=clusters))
    headline = found[(found["role"] == "confirmatory")]
    told = [
        f"{row.system} against {row.baseline} on {row.dataset}: "
        f"{row.verdict} ({row.difference:+.4f})"
        for row in headline.itertuples()
    ]
    return "; ".join(told) or "no confirmatory contrast in the plan"


if __name__ == "__main__":
    run(compare)
