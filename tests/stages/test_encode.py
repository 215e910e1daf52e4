"""The frozen layers read texts on the job's device; a large collection is encoded in part."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maw.stages.encode import encode
from tests.stages.encoding import SPEC, FirstBatchReadError, record_devices, write_collection

Write = Callable[..., Path]
Call = Callable[..., None]


def test_each_batch_of_texts_goes_where_the_job_computes(
    tmp_path: Path, write: Write, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection, devices = write_collection(tmp_path, write), record_devices(monkeypatch)
    with pytest.raises(FirstBatchReadError):
        call(
            encode,
            SPEC,
            documents=collection["documents"],
            queries=collection["queries"],
            trunk=tmp_path / "trunk.safetensors",
        )
    assert {"input_ids", "attention_mask"} <= devices.keys()
    assert set(devices.values()) == {"meta"}
