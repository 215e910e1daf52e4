"""Files of the results: written whole, stamped with what made them, and by one process at a time.

Every output is written beside its final path and then renamed. Its stamp (stage, specification,
code, digests of the files that were read) is inside the file, so that `collect` can refuse files
that do not belong together.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import lock_descriptor

from maw.errors import InputError

STAMP = b"maw"  # the key of the stamp in the metadata of parquet and safetensors files
# safetensors' names of types
ARRAYS = {"U8": np.uint8, "I32": np.int32, "I64": np.int64, "F32": np.float32, "F64": np.float64}
BLOCK = 1 << 24  # bytes that are copied at a time


class PendingFile:
    """An output that is not finished: its path is locked, its content is in a `.part` beside it.

    The lock lasts until the file is finished or released, or the process ends. InputError when
    another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._locked()

    def _locked(self) -> IO[bytes]:
        """Open and lock the part, which is never emptied before the lock is held."""
        while True:
            file = open(self.part, "ab")  # noqa: SIM115  (held until `write` or the process ends)
            if not lock_descriptor(file.fileno(), blocking=False):
                file.close()
                raise InputError(
                    f"{self.path}: another run is writing this file; wait for it or stop it"
                )
            if self.part.exists() and os.fstat(file.fileno()).st_ino == self.part.stat().st_ino:
                return file
            file.close()  # another process renamed it after we opened it: open the new one

    def write(self, content: bytes | Iterable[bytes]) -> None:
        """Write the content, whole or in blocks, and finish the file."""
        self.fill(content)
        self.finish()

    def fill(self, content: bytes | Iterable[bytes]) -> None:
        """Write the content to the part, which may be read before the file is finished."""
        file = self.begin()
        for block in [content] if isinstance(content, bytes) else content:
            file.write(block)
        file.flush()

    def begin(self) -> IO[bytes]:
        """Return the part, emptied: the caller writes to it and flushes it."""
        self._file.truncate(0)
        self._file.seek(0)
        return self._file

    def finish(self) -> None:
        """Flush the part to the disk and rename it to the final path."""
        os.fsync(self._file.fileno())
        self.part.replace(self.path)
        self._file.close()

    def release(self) -> None:
        """Delete the part of a file that was not finished, and give up the lock."""
        if not self._file.closed:
            self.part.unlink(missing_ok=True)
            self._file.close()


def hold(folder: Path) -> IO[bytes]:
    """Lock a suite's results until the returned file is closed or this process ends.

    InputError when another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = open(folder / ".running", "ab")  # noqa: SIM115  (held until the process ends)
    if not lock_descriptor(file.fileno(), blocking=False):
        file.close()
        raise InputError(f"{folder}: another run is writing these results; wait for it or stop it")
    return file


def parquet_bytes(frame: pd.DataFrame, stamp: dict[str, Any]) -> bytes:
    """Return a frame as parquet with its stamp: equal frames give equal bytes."""
    buffer = BytesIO()
    pq.write_table(_table(frame, stamp), buffer, compression="zstd")
    return buffer.getvalue()


def write_parquet(
    file: IO[bytes], blocks: Iterable[pd.DataFrame], *, stamp: dict[str, Any]
) -> None:
    """Write frames of the same columns as one parquet table, with one frame in memory at a time.

    ValueError when there is no frame, whose columns the table would have.
    """
    writer: pq.ParquetWriter | None = None
    for block in blocks:
        if writer is None:
            table = _table(block, stamp)
            writer = pq.ParquetWriter(file, table.schema, compression="zstd")
        else:
            table = pa.Table.from_pandas(block, writer.schema, preserve_index=False)
        writer.write_table(table)
    if writer is None:
        raise ValueError("no frame to write; an empty one would do, for its columns")
    writer.close()
    file.flush()


def _table(frame: pd.DataFrame, stamp: dict[str, Any]) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), STAMP: canonical(stamp).encode()}
    return table.replace_schema_metadata(metadata)


def read_parquet(
    path: Path, columns: Sequence[str] | None = None, *, only: bool = False
) -> pd.DataFrame:
    """Return a parquet file, with all its columns, or `only` these.

    InputError when it is missing or broken, or lacks one of the columns.
    """
    try:
        names = set(pq.read_schema(path).names) if only else set()
        selected = [column for column in columns or () if column in names] if only else None
        frame = pq.read_table(path, columns=selected).to_pandas()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (pa.ArrowException, OSError) as error:
        raise _broken_parquet(path, error) from None
    missing = [column for column in columns or () if column not in frame.columns]
    if missing:
        raise InputError(f"{path}: lacks column {missing[0]!r}; has {list(frame.columns)}")
    return frame


def parquet_blocks(path: Path, columns: Sequence[str], *, size: int) -> Iterator[pd.DataFrame]:
    """Yield these columns in frames of `size` rows. InputError: missing, broken, lacks one."""
    try:
        # with pre_buffer, the default, the whole file would come into memory
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            for name in columns:
                file.schema_arrow.field(name)  # iter_batches silently leaves out a missing one
            for batch in file.iter_batches(batch_size=size, columns=list(columns)):
                yield batch.to_pandas()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (pa.ArrowException, KeyError, OSError) as error:
        raise _broken_parquet(path, error) from None


def parquet_rows(
    path: Path, column: str, *, rows: npt.NDArray[np.int64], size: int = 65_536
) -> list[Any]:
    """Return the values [R] of one column in these rows [R], which rise.

    The file is read in blocks of `size` rows, of which one is in memory.
    """
    values: list[Any] = []
    first = 0
    for block in parquet_blocks(path, [column], size=size):
        start, end = np.searchsorted(rows, [first, first + len(block)])
        values += block[column].iloc[rows[start:end] - first].tolist()
        first += len(block)
    return values


def _broken_parquet(path: Path, error: Exception) -> InputError:
    reason = str(error).splitlines()[0]
    return InputError(f"{path}: broken parquet ({reason}); delete it and run snakemake again")


def json_bytes(content: dict[str, Any], stamp: dict[str, Any]) -> bytes:
    """Return readable JSON, with the stamp under the key `stamp`."""
    stamped = {**content, "stamp": stamp}
    return (json.dumps(stamped, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file. InputError when it is missing or broken."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: broken JSON ({error}); delete it and run snakemake again"
        ) from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a JSON object; delete it and run snakemake again")
    return content


def read_stamp(path: Path) -> dict[str, Any]:
    """Return the stamp in a parquet, JSON or safetensors file. InputError when it has none."""
    stamp: Any = None
    if path.suffix == ".parquet":
        try:
            stamp = json.loads((pq.read_schema(path).metadata or {}).get(STAMP, b"null"))
        except (pa.ArrowException, OSError) as error:
            raise _broken_parquet(path, error) from None
    elif path.suffix == ".safetensors":
        stamp = json.loads(
            _safetensors_header(path)[0].get("__metadata__", {}).get(STAMP.decode(), "null")
        )
    else:
        stamp = read_json(path).get("stamp")
    if not isinstance(stamp, dict):
        raise InputError(f"{path}: carries no stamp of maw; delete it and run snakemake again")
    return stamp


def array_blocks(
    parts: Iterable[Mapping[str, npt.NDArray[Any]]], stamp: dict[str, Any], *, folder: Path
) -> Iterator[bytes]:
    """Yield the bytes of a safetensors file of parts of named arrays, with one part in memory.

    Its header comes first and holds all sizes: until then the arrays are in a temporary file in
    `folder`.
    """
    kinds = {np.dtype(kind): name for name, kind in ARRAYS.items()}
    header: dict[str, Any] = {"__metadata__": {STAMP.decode(): canonical(stamp)}}
    with TemporaryFile(dir=folder) as spool:
        for n, part in enumerate(parts):
            for name, array in part.items():
                start = spool.tell()
                spool.write(array.tobytes())
                header[f"{n:06}.{name}"] = {
                    "dtype": kinds[array.dtype],
                    "shape": list(array.shape),
                    "data_offsets": [start, spool.tell()],
                }
        head = json.dumps(header).encode()
        head += b" " * (-len(head) % 8)
        yield len(head).to_bytes(8, "little") + head
        spool.seek(0)
        while block := spool.read(BLOCK):
            yield block


def map_arrays(path: Path) -> list[dict[str, npt.NDArray[Any]]]:
    """Return the parts of a file of `array_blocks`, memory-mapped: values are read when used.

    InputError when the file is missing or broken, or shorter or longer than its header says.
    """
    header, start = _safetensors_header(path)
    header.pop("__metadata__", None)
    content = np.memmap(path, dtype=np.uint8, mode="r")
    n_bytes = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if len(content) != start + n_bytes:
        raise InputError(
            f"{path}: {len(content)} bytes, its header says {start + n_bytes}; delete it and run "
            "snakemake again"
        )
    parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for name, entry in header.items():
        part, _, key = name.partition(".")
        first, last = (start + offset for offset in entry["data_offsets"])
        array = content[first:last].view(ARRAYS[entry["dtype"]]).reshape(entry["shape"])
        parts.setdefault(part, {})[key] = array
    return [parts[part] for part in sorted(parts)]


def _safetensors_header(path: Path) -> tuple[dict[str, Any], int]:
    """Return the header, which is JSON after eight bytes of its length, and the arrays' offset."""
    try:
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(size))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (OSError, ValueError, MemoryError, OverflowError) as error:
        raise InputError(
            f"{path}: broken safetensors ({error}); delete it and run snakemake again"
        ) from None
    return header, 8 + size


def canonical(content: Any) -> str:
    """Return JSON with sorted keys and no spaces: equal contents give equal text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
