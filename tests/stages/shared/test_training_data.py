"""A prepared dataset as rows of its trunk: training pairs, and the pool of development queries."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from maw.errors import InputError
from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.texts import TextData

Write = Callable[..., Path]
PAIR = ["query_id", "doc_id"]
# Five queries: t1 and t2 are trained on, v1 and v2 are development queries, s1 is a test query.
TABLES: dict[str, pd.DataFrame] = {
    "documents": pd.DataFrame({"doc_id": [f"d{n}" for n in range(6)], "text": "x"}),
    "queries": pd.DataFrame({"query_id": ["s1", "t1", "t2", "v1", "v2"], "text": "x"}),
    "qrels": pd.DataFrame(
        [
            *(("t1", "d0", 2), ("t1", "d1", 1), ("t1", "d9", 1), ("t2", "d2", 1)),
            *(("v1", "d3", 2), ("v1", "d0", 0), ("v1", "d9", 1), ("v2", "d9", 1), ("s1", "d4", 1)),
        ],
        columns=[*PAIR, "relevance"],
    ),
    "split": pd.DataFrame(
        {
            "query_id": ["s1", "t1", "t2", "v1", "v2"],
            "split": ["test", *["train"] * 2, *["dev"] * 2],
        }
    ),
    "training": pd.DataFrame([("t2", "d2"), ("t1", "d1"), ("t1", "d0")], columns=PAIR),
    "negatives": pd.DataFrame([("t1", "d5"), ("t1", "d2"), ("t2", "d5")], columns=PAIR),
    "forbidden": pd.DataFrame([("t1", "d0"), ("t1", "d1"), ("t1", "d9")], columns=PAIR),
    "development": pd.DataFrame({"doc_id": ["d1", "d3", "d4"]}),
}


@pytest.fixture
def loaded(tmp_path: Path, write: Write) -> Callable[..., tuple[TextData, Mapping[str, Any], Job]]:
    """Return a function (table=frame, …) that reads TABLES with these tables in place of its own.

    It returns the training data, the layers to train, and the job.
    """

    def make(**tables: pd.DataFrame) -> tuple[TextData, Mapping[str, Any], Job]:
        all_tables = {**TABLES, **tables}
        paths: dict[str, Any] = {
            name: write(tmp_path / f"{name}.parquet", frame, name)
            for name, frame in all_tables.items()
        }
        trunk = Output(tmp_path / "trunk.safetensors")
        maker = Job("encode", {}, "c0", outputs={trunk: PendingFile(trunk)})
        tensors: dict[str, Any] = {"top.layer.weight": torch.ones(2)}
        for name in ("document", "query"):
            n = len(all_tables["documents" if name == "document" else "queries"])
            tensors[f"{name}.hidden"] = torch.arange(2.0 * n)[:, None].repeat(1, 3)
            tensors[f"{name}.offsets"] = 2 * torch.arange(n + 1)
        maker.write_tensors(trunk, tensors)
        job = Job("train", {}, "c0")
        data, top = read(job, TrainingFiles(**paths, trunk=trunk), measure="nDCG@10")
        assert isinstance(data, TextData)
        return data, top, job

    return make


def test_names_become_rows_of_the_trunk(loaded: Callable[..., Any]) -> None:
    data, top, _ = loaded()
    assert data.positives == {2: [2], 1: [1, 0]}
    assert data.negatives == {1: [5, 2], 2: [5]}
    assert list(top) == ["layer.weight"]
    assert (len(data.documents), len(data.queries)) == (6, 5)
    x, mask = data.queries.padded(torch.tensor([3]))
    assert x[0, :, 0].tolist() == [6, 7]
    assert mask.all()


def test_each_query_of_training_has_its_forbidden_documents_if_only_none(
    loaded: Callable[..., Any],
) -> None:
    assert loaded()[0].forbidden == {2: set(), 1: {0, 1}}  # d9 is in no document's row


def test_relevant_documents_are_counted_where_they_are_in_the_collection(
    loaded: Callable[..., Any],
) -> None:
    assert loaded()[0].n_relevant == {1: 2, 2: 1, 3: 1, 0: 1}


def test_modes_of_queries_are_read_where_the_collection_has_them(
    loaded: Callable[..., Any],
) -> None:
    assert loaded()[0].modes is None
    data = loaded(queries=TABLES["queries"].assign(mode=[3, 0, 2, 1, 0]))[0]
    assert data.modes == {0: 3, 1: 0, 2: 2, 3: 1, 4: 0}


def test_development_is_the_dev_queries_that_have_a_relevant_document(
    loaded: Callable[..., Any],
) -> None:
    data = loaded()[0]
    assert data.development == {"v1": 3}
    # the collection's own ids, by which documents with equal scores are ordered
    assert data.judged.to_dict("list") == {"query_id": ["v1"], "doc_id": ["d3"], "relevance": [2]}
    assert (data.measure, data.pool) == ("nDCG@10", {"d1": 1, "d3": 3, "d4": 4})


def test_everything_that_was_read_is_in_the_stamp(loaded: Callable[..., Any]) -> None:
    job = loaded()[2]
    assert job.reads >= set(TABLES)
    assert len(job.reads) == len(TABLES) + 1  # and the trunk


def test_no_dev_query_with_a_relevant_document_is_one_line(loaded: Callable[..., Any]) -> None:
    qrels = TABLES["qrels"][~TABLES["qrels"]["query_id"].isin(["v1"])]  # v2's is not there
    with pytest.raises(
        InputError,
        match=r"split\.parquet: no dev query has a relevant document; enlarge split\.dev",
    ):
        loaded(qrels=qrels)


@pytest.mark.parametrize(
    "training",
    [TABLES["training"].head(0), pd.DataFrame([("t1", "d9")], columns=PAIR)],
    ids=["empty", "documents that are not there"],
)
def test_no_training_pair_is_one_line(loaded: Callable[..., Any], training: pd.DataFrame) -> None:
    with pytest.raises(
        InputError, match=r"training\.parquet: no training pair is left; enlarge split\.train"
    ):
        loaded(training=training)


def test_a_missing_column_is_one_line(loaded: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"split\.parquet: lacks column 'split'"):
        loaded(split=TABLES["split"].drop(columns="split"))
