"""The clusters of each dataset's queries, read from the files that the stage `prepare` wrote."""

from pathlib import Path

from maw.jobs.job import Job
from maw.verdicts.score_table import Clusters


def clusters_of(job: Job, queries: list[Path]) -> Clusters:
    """Return dataset -> query_id -> cluster. queries: the files data/<dataset>/queries.parquet."""
    frames = {path.parent.name: job.read_parquet(path, ("query_id", "cluster")) for path in queries}
    return {name: frame.set_index("query_id")["cluster"] for name, frame in frames.items()}
