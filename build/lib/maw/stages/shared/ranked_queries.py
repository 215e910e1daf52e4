"""The queries of the test split, read for the stages that rank them and that look at rankings."""

from pathlib import Path

import pandas as pd

from maw.datasets.development import of_split
from maw.errors import InputError
from maw.jobs.job import Job


def ranked_queries(job: Job, queries: Path, split: Path) -> pd.DataFrame:
    """Return the queries of the test split, with their rows in the trunk in the column `row`.

    queries, split: queries.parquet and split.parquet of the dataset. InputError where no query is
    in the test split.
    """
    frame = job.read_parquet(queries)
    frame["row"] = range(len(frame))
    frame = of_split(frame, job.read_parquet(split, ("query_id", "split")), "test")
    if frame.empty:
        raise InputError(f"{split}: no query is in the test split; enlarge split.test")
    return frame
