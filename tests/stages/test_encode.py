"""The frozen layers read texts and pairs on the device that the job was given."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from maw.jobs import device
from maw.jobs.files import Claim, array_blocks
from maw.models.encoders import backbone
from maw.ranking.bm25_index import shard_of
from maw.settings.sections import Backbone, Candidates, Lexical
from maw.stages.encode import encode
from maw.stages.pair import pair

Write = Callable[..., Path]
Call = Callable[..., None]
TEXTS = ["sort an array", "find eigenvalues of a matrix", "the mean of an array"]
SPEC: dict[str, Any] = {
    "backbone": Backbone(max_document_tokens=8, max_query_tokens=8).model_dump(mode="json"),
    "further": [],
    "candidates": Candidates().model_dump(mode="json"),
    "pool": Lexical().model_dump(mode="json"),
}


class Reached(Exception):
    """The first batch is with the frozen layers."""


@pytest.fixture
def collection(tmp_path: Path, write: Write) -> dict[str, Path]:
    frames = {
        "documents": {"doc_id": ["d0", "d1", "d2"], "text": TEXTS},
        "queries": {"query_id": ["q0", "q1"], "text": ["array", "matrix"]},
        "split": {"query_id": ["q0", "q1"], "split": ["train", "test"]},
        "training": {"query_id": ["q0"], "doc_id": ["d0"]},
        "negatives": {"query_id": ["q0"], "doc_id": ["d1"]},
    }
    found = {
        name: write(tmp_path / f"{name}.parquet", pd.DataFrame(frame))
        for name, frame in frames.items()
    }
    found["bm25"] = tmp_path / "bm25.safetensors"
    parts = [shard_of(pd.DataFrame(frames["documents"]))]
    Claim(found["bm25"]).write(array_blocks(parts, {"digest": "d0"}, folder=tmp_path))
    return found


@pytest.mark.parametrize("stage", [encode, pair])
def test_each_batch_goes_where_the_job_computes(
    stage: Any,
    collection: dict[str, Path],
    tmp_path: Path,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No GPU is needed to see it: `meta` is a device, too, though it computes nothing."""
    opened, seen = backbone.open_model, {}

    def noted(module: Any, arguments: Any, given: dict[str, torch.Tensor]) -> None:
        seen.update({name: tensor.device.type for name, tensor in given.items()})
        raise Reached

    def open_model(folder: Path, *, trained_layers: int) -> Any:
        model, top = opened(folder, trained_layers=trained_layers)
        model.register_forward_pre_hook(noted, with_kwargs=True)
        return model, top

    monkeypatch.setattr(backbone, "open_model", open_model)
    monkeypatch.setattr(device, "prepare", lambda seed: torch.device("meta"))
    asked = ("documents", "queries") if stage is encode else tuple(collection)
    files = {name: collection[name] for name in asked} | {"trunk": tmp_path / "trunk.safetensors"}
    files |= {"pairs": tmp_path / "pairs.parquet"} if stage is pair else {}
    with pytest.raises(Reached):
        call(stage, SPEC, **files)
    assert {"input_ids", "attention_mask"} <= seen.keys()
    assert set(seen.values()) == {"meta"}


def test_half_of_what_says_what_training_looks_at_is_refused(
    collection: dict[str, Path], tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        call(
            encode,
            SPEC,
            documents=collection["documents"],
            queries=collection["queries"],
            split=collection["split"],
            trunk=tmp_path / "trunk.safetensors",
        )
    assert "of --qrels, --split, --training and --negatives give all or" in capsys.readouterr().err
