"""Arrays come back as they were written, with their stamp."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.content_hash import seal
from maw.jobs.pending import PendingFile

STAMP = {"stage": "test", "digest": "abc"}


def test_arrays_come_back_in_their_parts(tmp_path: Path) -> None:
    parts: list[dict[str, npt.NDArray[Any]]] = [
        {"a": np.arange(n, dtype=np.int32), "b": np.eye(n)} for n in (1, 3)
    ]
    path = tmp_path / "x.safetensors"
    PendingFile(path).write(files.array_blocks(parts, STAMP, folder=tmp_path))
    for part, expected in zip(files.map_arrays(path), parts, strict=True):
        assert {name: array.tolist() for name, array in part.items()} == {
            name: array.tolist() for name, array in expected.items()
        }
    assert files.read_stamp(path) == STAMP


def test_a_file_whose_hash_is_right_and_whose_content_is_not_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    head = b'{"__metadata__":{"maw.sha256":"' + b"0" * 64 + b'"}, broken'
    path.write_bytes(seal(len(head).to_bytes(8, "little") + head, ".safetensors"))
    for read in (files.map_arrays, files.read_stamp):
        with pytest.raises(InputError, match=r"x\.safetensors: broken safetensors: .*; the next"):
            read(path)
