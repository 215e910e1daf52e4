"""Tensors come back as they were written, with their stamp."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from maw.errors import InputError
from maw.jobs import torch_files
from maw.jobs.content_hash import seal
from maw.jobs.pending import PendingFile

STAMP = {"stage": "test", "digest": "abc"}


def test_tensors_come_back_with_their_types_and_other_programs_read_them(tmp_path: Path) -> None:
    tensors = {"half": torch.ones(2, 3, dtype=torch.bfloat16), "whole": torch.arange(4)}
    path = tmp_path / "x.safetensors"
    PendingFile(path).write(torch_files.tensor_blocks(tensors, STAMP))
    read, stamp = torch_files.read_tensors(path)
    assert stamp == STAMP
    for copy in (read, load_file(path)):
        assert copy.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert copy[name].dtype == tensor.dtype
            assert torch.equal(copy[name], tensor)


def test_equal_tensors_give_equal_bytes() -> None:
    pairs: list[dict[str, Any]] = [{"a": torch.ones(1), "b": torch.zeros(2)} for _ in range(2)]
    first, second = (b"".join(torch_files.tensor_blocks(tensors, STAMP)) for tensors in pairs)
    assert first == second


def test_a_file_whose_hash_is_right_and_whose_content_is_not_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    head = b'{"__metadata__":{"maw.sha256":"' + b"0" * 64 + b'"}'
    head += b',"w":{"dtype":"F32","shape":[9],"data_offsets":[0,4]}}'
    path.write_bytes(seal(len(head).to_bytes(8, "little") + head, ".safetensors"))
    with pytest.raises(InputError, match=r"x\.safetensors: broken safetensors: .*; the next"):
        torch_files.read_tensors(path)
