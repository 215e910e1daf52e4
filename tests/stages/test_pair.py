"""Cross-encoders' pairs: which queries meet which documents, and where the pairs are encoded."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.datasets import development
from maw.stages.pair import pair
from tests.stages.encoding import SPEC, FirstBatchReadError, record_devices, write_collection

Write = Callable[..., Path]
Call = Callable[..., None]


def collection_in(folder: Path, write: Write) -> dict[str, Path]:
    """Write the collection and its judgements: q0, q2 and q3 have a relevant document, q4 none.

    q2, q3 and q4 are development queries.
    """
    paths = write_collection(folder, write)
    names, texts = ["q0", "q1", "q2", "q3", "q4"], ["array", "matrix", "mean", "find", "sort"]
    write(paths["queries"], pd.DataFrame({"query_id": names, "text": texts}))
    splits = ["train", "test", "dev", "dev", "dev"]
    write(paths["split"], pd.DataFrame({"query_id": names, "split": splits}))
    judged = [("q0", "d0", 1), ("q2", "d2", 1), ("q3", "d1", 1), ("q4", "d0", 0)]
    qrels = pd.DataFrame(judged, columns=["query_id", "doc_id", "relevance"])
    return {**paths, "qrels": write(folder / "qrels.parquet", qrels)}


def test_each_batch_of_pairs_goes_where_the_job_computes(
    tmp_path: Path, write: Write, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection, devices = collection_in(tmp_path, write), record_devices(monkeypatch)
    outputs = {"pairs": tmp_path / "pairs.parquet", "trunk": tmp_path / "pairs.safetensors"}
    with pytest.raises(FirstBatchReadError):
        call(pair, SPEC, **collection, **outputs)
    assert {"input_ids", "attention_mask"} <= devices.keys()
    assert set(devices.values()) == {"meta"}


def test_training_queries_meet_positives_and_negatives_others_meet_candidates_of_bm25(
    tmp_path: Path, write: Write, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = collection_in(tmp_path, write)
    outputs = {"pairs": tmp_path / "pairs.parquet", "trunk": tmp_path / "pairs.safetensors"}
    call(pair, SPEC, **collection, **outputs)
    table = pd.read_parquet(outputs["pairs"])
    # q1 asks for "matrix", a word of d1 alone
    assert list(table.itertuples(index=False, name=None)) == [
        ("q0", "d0", "train", True),
        ("q0", "d1", "train", False),
        ("q2", "d2", "dev", False),
        ("q3", "d1", "dev", False),
        ("q1", "d1", "test", False),
    ]
    assert "5 pairs (2 train, 2 dev, 1 test), " in capsys.readouterr().out


def test_no_more_development_queries_are_paired_than_score_a_model(
    tmp_path: Path, write: Write, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(development, "QUERIES", 1)
    outputs = {"pairs": tmp_path / "pairs.parquet", "trunk": tmp_path / "pairs.safetensors"}
    call(pair, SPEC, **collection_in(tmp_path, write), **outputs)
    table = pd.read_parquet(outputs["pairs"])
    assert table["split"].value_counts().to_dict() == {"train": 2, "dev": 1, "test": 1}


def test_test_queries_without_any_candidate_are_refused(
    tmp_path: Path, write: Write, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = collection_in(tmp_path, write)
    frame = pd.DataFrame({"query_id": ["q0", "q1"], "text": ["array", "xyzzy"]})
    write(collection["queries"], frame)
    outputs = {"pairs": tmp_path / "pairs.parquet", "trunk": tmp_path / "pairs.safetensors"}
    with pytest.raises(SystemExit):
        call(pair, SPEC, **collection, **outputs)
    assert (
        "BM25 retrieves no document for any test query, so there is nothing to rank"
        in capsys.readouterr().err
    )
