"""Safetensors files of torch tensors, with a stamp and a hash of their content."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, load_file, save

from maw.jobs.content_hash import LARGE, LENGTH_BYTES, DamagedFileError, checked
from maw.jobs.tensor_files import sealed_head, stamp_of


def tensor_blocks(tensors: dict[str, Any], stamp: dict[str, Any]) -> Iterator[bytes]:
    """Yield blocks of bytes that make up a safetensors file. tensors: name -> torch tensor."""
    saved = save(tensors)
    n_bytes = int.from_bytes(saved[:LENGTH_BYTES], "little")
    entries = json.loads(saved[LENGTH_BYTES : LENGTH_BYTES + n_bytes])
    entries.pop("__metadata__", None)
    data = memoryview(saved)[LENGTH_BYTES + n_bytes :]
    yield sealed_head(entries, stamp, [data])
    yield data  # type: ignore[misc]  # a view writes as bytes do, without a copy


def read_tensors(path: Path) -> tuple[dict[str, Any], Any]:
    """Return name -> torch tensor of a file that `tensor_blocks` made, and its stamp.

    InputError when the file is missing or damaged.
    """
    content = checked(path)
    try:
        # a large file is in memory only once when it is read from the disk
        tensors = load(bytes(content)) if len(content) <= LARGE else load_file(path)
    except SafetensorError as error:
        raise DamagedFileError(path, f"broken safetensors: {error}") from None
    return tensors, stamp_of(path, content)
