"""Which systems are better, by how much, and how sure can anybody be?"""

from pathlib import Path

import pandas as pd

from maw.analysis import compare as compare_systems
from maw.analysis import leaderboard as make_leaderboard
from maw.job import Job, Output, run
from maw.plan import Analysis


def compare(
    job: Job, *, scores: Path, queries: list[Path], comparisons: Output, leaderboard: Output
) -> str:
    """All scores -> a row per contrast × dataset × measure, and a row per system × measure."""
    plan = Analysis.model_validate(job.spec["analysis"])
    table = job.read_parquet(scores)
    clusters = {path.parent.name: _clusters(job, path) for path in queries}
    measures = job.spec["measures"]
    found = compare_systems(
        table, plan=plan, trained=job.spec["trained"], clusters=clusters, measures=measures
    )
    job.write_parquet(comparisons, found)
    job.write_parquet(leaderboard, make_leaderboard(table, clusters=clusters, measures=measures))
    headline = found[(found["role"] == "confirmatory")]
    told = [
        f"{row.system} against {row.baseline} on {row.dataset}: "
        f"{row.verdict} ({row.difference:+.4f})"
        for row in headline.itertuples()
    ]
    return "; ".join(told) or "no confirmatory contrast in the plan"


def _clusters(job: Job, path: Path) -> pd.Series:
    """query_id -> cluster of one dataset."""
    frame = job.read_parquet(path, ("query_id", "cluster"))
    return frame.set_index("query_id")["cluster"]


if __name__ == "__main__":
    run(compare)
