"""Safetensors files of the results: arrays with a stamp and a hash of their content.

A file of arrays has parts, each a dict of arrays. Tensors of torch are written and read by
`maw.jobs.torch_files`, because modules that must not import torch import this one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt

from maw.jobs.content_hash import KEY, LENGTH_BYTES, ZEROS, DamagedFileError, checked
from maw.jobs.json_files import STAMP, canonical

# safetensors' names of types
ARRAYS = {"U8": np.uint8, "I32": np.int32, "I64": np.int64, "F32": np.float32, "F64": np.float64}
BLOCK = 1 << 24  # bytes that are copied at a time


def array_blocks(
    parts: Iterable[Mapping[str, npt.NDArray[Any]]], stamp: dict[str, Any], *, folder: Path
) -> Iterator[bytes]:
    """Yield blocks of bytes that make up a safetensors file, with one part in memory at a time.

    parts: dicts of name -> array; part n's array `x` is called `00000n.x` in the file. folder: for
    a temporary file that holds the arrays, because the header comes first and has their sizes and
    the hash.
    """
    kinds = {np.dtype(kind): name for name, kind in ARRAYS.items()}
    entries: dict[str, Any] = {}
    with TemporaryFile(dir=folder) as spool:
        for n, part in enumerate(parts):
            for name, array in part.items():
                start = spool.tell()
                spool.write(array.tobytes())
                entries[f"{n:06}.{name}"] = {
                    "dtype": kinds[array.dtype],
                    "shape": list(array.shape),
                    "data_offsets": [start, spool.tell()],
                }

        def data() -> Iterator[bytes]:
            spool.seek(0)
            while block := spool.read(BLOCK):
                yield block

        yield sealed_head(entries, stamp, data())
        yield from data()


def sealed_head(
    entries: dict[str, Any], stamp: dict[str, Any], data: Iterable[bytes | memoryview]
) -> bytes:
    """Return what stands before the data of a safetensors file: length and header, with the hash.

    entries: name -> type, shape and place of an array. data: the bytes of all arrays, in blocks.
    """
    metadata = {KEY: ZEROS.decode(), STAMP: canonical(stamp)}
    text = json.dumps({"__metadata__": metadata, **entries}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)
    head = len(text).to_bytes(LENGTH_BYTES, "little") + text
    hashed = sha256(head)
    for block in data:
        hashed.update(block)
    return head.replace(ZEROS, hashed.hexdigest().encode(), 1)  # the key of the hash is the first


def map_arrays(path: Path) -> list[dict[str, npt.NDArray[Any]]]:
    """Return the parts (name -> array) of a file that `array_blocks` made.

    The arrays of a large file are memory-mapped: values are read from the disk when they are used.
    InputError when the file is missing or damaged.
    """
    content = checked(path)
    header, start = _header(path, content)
    values = np.frombuffer(content, dtype=np.uint8)
    parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        part, _, key = name.partition(".")
        first, last = (start + offset for offset in entry["data_offsets"])
        array = values[first:last].view(ARRAYS[entry["dtype"]]).reshape(entry["shape"])
        parts.setdefault(part, {})[key] = array
    return [parts[part] for part in sorted(parts)]


def tensors_stamp(path: Path) -> Any:
    """Return the stamp of a safetensors file, None without one.

    InputError when the file is missing or damaged.
    """
    return stamp_of(path, checked(path))


def stamp_of(path: Path, content: bytes | memoryview) -> Any:
    """Return the stamp in the content of a safetensors file, None without one."""
    return json.loads(_header(path, content)[0].get("__metadata__", {}).get(STAMP, "null"))


def _header(path: Path, content: bytes | memoryview) -> tuple[dict[str, Any], int]:
    """Return the header of a safetensors file, and the number of bytes before the first array.

    The header is JSON, after eight bytes that hold its length. InputError when it is broken.
    """
    end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "little")
    try:
        header: dict[str, Any] = json.loads(bytes(content[LENGTH_BYTES:end]))
    except ValueError as error:
        raise DamagedFileError(path, f"broken safetensors: {error}") from None
    return header, end
