"""The datasets of the stage `look`: queries by a hash, and their pairs and documents."""

from pathlib import Path

import pandas as pd
import pytest

from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile
from maw.stages.shared.looked_datasets import LookedDatasets

QUERIES = ["a", "b", "c", "d"]
TABLES = {
    "queries": pd.DataFrame({"query_id": QUERIES, "text": QUERIES}),
    "split": pd.DataFrame({"query_id": QUERIES, "split": ["test", "test", "test", "train"]}),
    "documents": pd.DataFrame({"doc_id": ["x", "y"], "text": ["of x", "of y"]}),
    "qrels": pd.DataFrame(
        [("a", "x", 1), ("a", "y", 2), ("b", "gone", 2), ("c", "x", 0)],
        columns=["query_id", "doc_id", "relevance"],
    ),
    "pairs": pd.DataFrame(
        [("d", "x", "train"), ("a", "y", "test"), ("a", "x", "test")],
        columns=["query_id", "doc_id", "split"],
    ),
}


@pytest.fixture
def datasets(tmp_path: Path) -> LookedDatasets:
    paths = {name: tmp_path / "toy" / f"{name}.parquet" for name in TABLES}
    job = Job("prepare", {}, "c", {path: PendingFile(path) for path in paths.values()})
    for name, table in TABLES.items():
        job.write_parquet(Output(paths[name]), table)
    return LookedDatasets(job, tmp_path)


def test_test_queries_come_in_the_order_of_a_hash(datasets: LookedDatasets) -> None:
    found = datasets.queries("toy")
    # printf "look a" | sha256sum: 861b9ee8...; of b 7ffe024b..., of c 0fb38e24...
    assert found["query_id"].tolist() == ["c", "b", "a"]
    assert found["row"].tolist() == [2, 1, 0]


def test_test_pairs_keep_their_rows_and_documents_their_texts(datasets: LookedDatasets) -> None:
    pairs = datasets.pairs("toy")
    assert pairs[["doc_id", "row"]].to_numpy().tolist() == [["y", 1], ["x", 2]]
    assert datasets.text("toy", "y") == "of y"


def test_relevant_is_what_has_the_least_grade_and_is_in_the_collection(
    datasets: LookedDatasets,
) -> None:
    assert datasets.relevant("toy", 1)["doc_id"].tolist() == ["x", "y"]
    assert datasets.relevant("toy", 2)["doc_id"].tolist() == ["y"]
