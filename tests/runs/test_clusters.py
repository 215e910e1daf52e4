"""Clusters of topics from a file or a mapping, each topic once."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.clusters import read_clusters

Write = Callable[[str, str | bytes], Path]


def test_a_cluster_may_hold_a_comma(write: Write) -> None:
    path = write("c.csv", 'query_id,cluster\n1,"x, y"\n2,z\n')
    assert read_clusters(path).to_dict() == {"1": "x, y", "2": "z"}


@pytest.mark.parametrize("content", ["1,x\n2,x\n3,y\n", "query_id cluster\n1 x\n2 x\n3 y\n"])
def test_clusters_are_read_from_a_table(write: Write, content: str) -> None:
    assert read_clusters(write("c.csv", content)).to_dict() == {"1": "x", "2": "x", "3": "y"}


def test_only_the_first_line_can_be_a_header(write: Write) -> None:
    path = write("c.csv", "1,x\n2,cluster\n")
    assert read_clusters(path).to_dict() == {"1": "x", "2": "cluster"}


def test_clusters_from_a_pipe_are_read_once(pipe: Callable[[bytes], Path]) -> None:
    assert read_clusters(pipe(b"1,x\n2,y\n")).to_dict() == {"1": "x", "2": "y"}


@pytest.mark.parametrize("names", [["query_id", "cluster"], ["qid", "cluster"]])
def test_clusters_are_read_from_parquet(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "c.parquet"
    pd.DataFrame([(1, 7), (2, 7)], columns=names).to_parquet(path)
    assert read_clusters(path).to_dict() == {"1": "7", "2": "7"}
    pd.DataFrame([(1, 7)], columns=["a", "b"]).to_parquet(path)
    with pytest.raises(InputError, match="has no columns query_id and cluster; add them"):
        read_clusters(path)


@pytest.mark.parametrize("clusters", [{1: 7, "2": "x"}, pd.Series({1: 7, "2": "x"})])
def test_a_mapping_is_taken_as_text(clusters: dict[str, object]) -> None:
    assert read_clusters(clusters).to_dict() == {"1": "7", "2": "x"}


@pytest.mark.parametrize(
    ("content", "message"),
    [("1,x\n1,y\n", "c.csv: has topic '1' twice"), ("1,x,y\n", "c.csv:1: 3 columns")],
)
def test_clusters_that_cannot_be_meant_are_refused(
    write: Write, content: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_clusters(write("c.csv", content))
