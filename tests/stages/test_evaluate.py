"""A ranking is scored on the judged test queries alone, by every measure of the plan."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.stages.evaluate import evaluate

Write = Callable[..., Path]
Call = Callable[..., None]


def test_each_judged_test_query_has_a_row_per_measure(
    tmp_path: Path, write: Write, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bm25/seed0"
    ranking = pd.DataFrame(
        [("a", "d1", 2.0), ("a", "d2", 1.0), ("b", "d2", 1.0), ("t", "d1", 1.0)],
        columns=["query_id", "doc_id", "score"],
    )
    qrels = pd.DataFrame(
        [("a", "d2", 1), ("b", "d2", 1), ("t", "d1", 1)],
        columns=["query_id", "doc_id", "relevance"],
    )
    # a and b are judged test queries, c has no judgement, t is a training query
    splits = pd.DataFrame(
        {"query_id": ["a", "b", "c", "t"], "split": ["test", "test", "test", "train"]}
    )
    call(
        evaluate,
        {"measures": ["RR@10"]},
        ranking=write(folder / "ranking.parquet", ranking),
        qrels=write(tmp_path / "qrels.parquet", qrels),
        split=write(tmp_path / "split.parquet", splits),
        scores=folder / "scores.parquet",
    )
    scores = pd.read_parquet(folder / "scores.parquet").set_index(["query_id", "measure"])["value"]
    assert scores.to_dict() == {
        ("a", "RR@10"): 0.5,
        ("b", "RR@10"): 1.0,
        ("a", "Judged@10"): 0.5,
        ("b", "Judged@10"): 1.0,
    }
    output = capsys.readouterr().out
    assert "bm25 seed0: 2 queries scored (1 unjudged left out, 0 without an answer)" in output
    assert "0.75" not in output  # no test score before the verdict
