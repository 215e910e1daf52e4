"""A collection of three documents, and a recorder of the device that frozen layers read from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from maw.jobs import device
from maw.jobs.files import array_blocks
from maw.jobs.pending import PendingFile
from maw.models.encoders import cutting, frozen
from maw.ranking.bm25_index import shard_of
from maw.settings.sections import Backbone, Candidates, Lexical

Write = Callable[..., Path]
TEXTS = ["sort an array", "find eigenvalues of a matrix", "the mean of an array"]
SPEC: dict[str, Any] = {
    "backbone": Backbone(max_document_tokens=8, max_query_tokens=8).model_dump(mode="json"),
    "further": [],
    "candidates": Candidates().model_dump(mode="json"),
    "pool": Lexical().model_dump(mode="json"),
}


class FirstBatchReadError(Exception):
    """The frozen layers were given their first batch."""


def write_collection(folder: Path, write: Write) -> dict[str, Path]:
    """Write the collection's tables and BM25's index; return name -> path."""
    frames = {
        "documents": {"doc_id": ["d0", "d1", "d2"], "text": TEXTS},
        "queries": {"query_id": ["q0", "q1"], "text": ["array", "matrix"]},
        "split": {"query_id": ["q0", "q1"], "split": ["train", "test"]},
        "training": {"query_id": ["q0"], "doc_id": ["d0"]},
        "negatives": {"query_id": ["q0"], "doc_id": ["d1"]},
    }
    paths = {
        name: write(folder / f"{name}.parquet", pd.DataFrame(frame))
        for name, frame in frames.items()
    }
    paths["bm25"] = folder / "bm25.safetensors"
    parts = [shard_of(pd.DataFrame(frames["documents"]))]
    PendingFile(paths["bm25"]).write(array_blocks(parts, {"digest": "d0"}, folder=folder))
    return paths


def record_devices(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make every job compute on the device `meta`; return input name -> device of the first batch.

    The dictionary is filled when the frozen layers are given a batch, which raises
    FirstBatchReadError. `meta` is a device that computes nothing, so that no GPU is needed.
    """
    devices: dict[str, str] = {}

    def record(module: Any, arguments: Any, inputs: dict[str, torch.Tensor]) -> None:
        devices.update({name: tensor.device.type for name, tensor in inputs.items()})
        raise FirstBatchReadError

    def open_model(folder: Path, *, trained_layers: int) -> Any:
        model, top = cutting.open_model(folder, trained_layers=trained_layers)
        model.register_forward_pre_hook(record, with_kwargs=True)
        return model, top

    monkeypatch.setattr(frozen, "open_model", open_model)
    monkeypatch.setattr(device, "prepare", lambda seed: torch.device("meta"))
    return devices
