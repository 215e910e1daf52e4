"""Which queries of each dataset belong together? As `prepare` wrote it beside the queries."""

from pathlib import Path

from maw.jobs.job import Job
from maw.verdicts.score_table import Clusters


def clusters_of(job: Job, queries: list[Path]) -> Clusters:
    """queries: data/<dataset>/queries.parquet of each dataset -> dataset -> query -> cluster."""
    frames = {path.parent.name: job.read_parquet(path, ("query_id", "cluster")) for path in queries}
    return {name: frame.set_index("query_id")["cluster"] for name, frame in frames.items()}
