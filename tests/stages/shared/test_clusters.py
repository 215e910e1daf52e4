"""The clusters of each dataset come from the queries' files, by the names of their folders."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs.job import Job
from maw.stages.shared.clusters import clusters_of

Write = Callable[..., Path]


def test_each_dataset_has_the_clusters_of_its_own_file(tmp_path: Path, write: Write) -> None:
    frames = {
        "one": pd.DataFrame({"query_id": ["a", "b"], "cluster": ["x", "x"]}),
        "two": pd.DataFrame({"query_id": ["a"], "cluster": ["y"]}),
    }
    paths = [
        write(tmp_path / name / "queries.parquet", frame, name) for name, frame in frames.items()
    ]
    job = Job("compare", {}, "c0")
    clusters = clusters_of(job, paths)
    assert {name: dict(column) for name, column in clusters.items()} == {
        "one": {"a": "x", "b": "x"},
        "two": {"a": "y"},
    }
    assert job.reads == {"one", "two"}


def test_queries_without_clusters_are_refused_by_name(tmp_path: Path, write: Write) -> None:
    path = write(tmp_path / "one/queries.parquet", pd.DataFrame({"query_id": ["a"]}))
    with pytest.raises(InputError, match=r"one/queries\.parquet: lacks column 'cluster'"):
        clusters_of(Job("compare", {}, "c0"), [path])
