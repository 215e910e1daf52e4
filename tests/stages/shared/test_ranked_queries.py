"""The queries of the test split keep the rows that they have among all queries."""

from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile
from maw.stages.shared.ranked_queries import ranked_queries


def written(folder: Path, splits: list[str]) -> tuple[Job, Output, Output]:
    """Three queries, each in one of the splits."""
    queries, split = Output(folder / "queries.parquet"), Output(folder / "split.parquet")
    job = Job("prepare", {}, "c", {path: PendingFile(path) for path in (queries, split)})
    ids = ["q1", "q2", "q3"]
    job.write_parquet(queries, pd.DataFrame({"query_id": ids, "text": ["a", "b", "c"]}))
    job.write_parquet(split, pd.DataFrame({"query_id": ids, "split": splits}))
    return job, queries, split


def test_the_test_queries_have_their_rows_among_all_queries(tmp_path: Path) -> None:
    found = ranked_queries(*written(tmp_path, ["test", "train", "test"]))
    assert found[["query_id", "row"]].to_numpy().tolist() == [["q1", 0], ["q3", 2]]


def test_a_split_without_test_queries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"split\.parquet: no query is in the test split; enlarge"):
        ranked_queries(*written(tmp_path, ["train", "dev", "train"]))
