"""Runs in trec_eval's form keep our order, in float32 and under any rule for ties."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.measures.ordering import order_run
from maw.runs.formats import trec
from maw.stages.finished.trec_files import trec_qrels, trec_run

RUN = pd.DataFrame(
    [("b", "d1", 1.0), ("b", "d2", 1.0 + 1e-12), ("b", "d3", 1.0), ("a", "d9", -4.0)],
    columns=["query_id", "doc_id", "score"],
)


def test_scores_are_whole_numbers_that_leave_no_tie() -> None:
    lines = gzip.decompress(trec_run(RUN, tag="t.seed1", source="r")).decode().splitlines()
    # d2 is ahead in float64 only; d3 and d1 tie: the larger id goes first, as in trec_eval
    assert lines == [
        "a Q0 d9 1 0 t.seed1",
        "b Q0 d2 1 2 t.seed1",
        "b Q0 d3 2 1 t.seed1",
        "b Q0 d1 3 0 t.seed1",
    ]


def test_what_is_written_is_read_in_the_same_order_in_float32(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    run = pd.DataFrame(
        {
            "query_id": np.repeat([f"q{q}" for q in range(5)], 200),
            "doc_id": [f"d{d}" for d in range(200)] * 5,
            "score": np.round(generator.normal(size=1000), 1) + generator.normal(size=1000) * 1e-9,
        }
    )
    path = tmp_path / "seed1.run.gz"
    path.write_bytes(trec_run(run, tag="t", source="r"))
    read = trec.read(path).frame
    single = read.assign(score=read["score"].astype(np.float32))
    key = ["query_id", "doc_id"]
    assert order_run(single)[key].to_numpy().tolist() == order_run(run)[key].to_numpy().tolist()
    assert not single.duplicated(["query_id", "score"]).any()


def test_the_same_ranking_is_the_same_bytes_whatever_its_order() -> None:
    one = trec_run(RUN, tag="t", source="r")
    assert trec_run(RUN[::-1], tag="t", source="r") == one
    assert one[4:8] == bytes(4)  # no time in gzip's head


def test_judgements_keep_their_grades() -> None:
    qrels = pd.DataFrame({"query_id": ["a", "a"], "doc_id": ["d1", "d2"], "relevance": [2.0, -1.0]})
    assert trec_qrels(qrels, source="q") == b"a 0 d1 2\na 0 d2 -1\n"


@pytest.mark.parametrize("name", ["d 1", "d\u00a01", "", " d", "d\n"])
def test_an_id_that_would_break_a_line_is_named(name: str) -> None:
    run = pd.DataFrame({"query_id": ["a"], "doc_id": [name], "score": [1.0]})
    with pytest.raises(
        InputError, match="ranking: id .* holds a blank, which TREC files cannot show"
    ):
        trec_run(run, tag="t", source="ranking")
    with pytest.raises(InputError, match="qrels: id"):
        trec_qrels(run.assign(relevance=1), source="qrels")
