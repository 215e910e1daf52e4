"""Functions that read and write the files of the results.

Only one process at a time can write a file. Every file is first written beside its final path and
then renamed, so that it is never there in part. A parquet, JSON or safetensors file of a job holds
its stamp: stage, specification and code of the job that made it, and the digests of the files that
the job read. With the stamps, the stage `collect` refuses files that do not belong together.
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
    """An output file that is not finished: it is locked, and its content is in a file `.part`.

    The part lies beside the final path. The lock lasts until `finish` or `release` is called or the
    process ends. InputError when another process holds the lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._locked()

    def _locked(self) -> IO[bytes]:
        """Return the part, opened to append and locked; its content is kept until `begin`.

        InputError when another process holds the lock.
        """
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
        """Write the content and rename the file to its final path.

        content: all bytes, or blocks of bytes.
        """
        self.fill(content)
        self.finish()

    def fill(self, content: bytes | Iterable[bytes]) -> None:
        """Write the content to the part, which can then be read before the file is finished.

        content: all bytes, or blocks of bytes.
        """
        file = self.begin()
        for block in [content] if isinstance(content, bytes) else content:
            file.write(block)
        file.flush()

    def begin(self) -> IO[bytes]:
        """Return the part, emptied and open for writing; the caller writes to it and flushes it."""
        self._file.truncate(0)
        self._file.seek(0)
        return self._file

    def finish(self) -> None:
        """Flush the part to the disk, rename it to the final path and give up the lock."""
        os.fsync(self._file.fileno())
        self.part.replace(self.path)
        self._file.close()

    def release(self) -> None:
        """Delete the part and give up the lock; do nothing after `finish`."""
        if not self._file.closed:
            self.part.unlink(missing_ok=True)
            self._file.close()


def hold(folder: Path) -> IO[bytes]:
    """Lock the results folder of a suite, and return the lock file.

    The lock lasts until the returned file is closed or this process ends. InputError when another
    process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = open(folder / ".running", "ab")  # noqa: SIM115  (held until the process ends)
    if not lock_descriptor(file.fileno(), blocking=False):
        file.close()
        raise InputError(f"{folder}: another run is writing these results; wait for it or stop it")
    return file


def parquet_bytes(frame: pd.DataFrame, stamp: dict[str, Any]) -> bytes:
    """Return the bytes of a parquet file of a frame with a stamp.

    Equal frames with equal stamps give equal bytes.
    """
    buffer = BytesIO()
    pq.write_table(_table(frame, stamp), buffer, compression="zstd")
    return buffer.getvalue()


def write_parquet(
    file: IO[bytes], blocks: Iterable[pd.DataFrame], *, stamp: dict[str, Any]
) -> None:
    """Write frames with the same columns as one parquet table, with one frame in memory at a time.

    file: open for writing. blocks: the frames. ValueError when there is no frame, because its
    columns are those of the table.
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
        raise ValueError("no frame to write; give at least one, if need be without rows")
    writer.close()
    file.flush()


def _table(frame: pd.DataFrame, stamp: dict[str, Any]) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), STAMP: canonical(stamp).encode()}
    return table.replace_schema_metadata(metadata)


def read_parquet(
    path: Path, columns: Sequence[str] | None = None, *, only: bool = False
) -> pd.DataFrame:
    """Return the table in a parquet file.

    columns: names of columns that the file must have. only: True reads these columns alone, False
    all columns. InputError when the file is missing or broken, or lacks one of the columns.
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
        raise InputError(
            f"{path}: lacks column {missing[0]!r}; has {list(frame.columns)}; make the file again"
        )
    return frame


def parquet_blocks(path: Path, columns: Sequence[str], *, size: int) -> Iterator[pd.DataFrame]:
    """Yield some columns of a parquet file in frames of at most `size` rows.

    InputError when the file is missing or broken, or lacks one of the columns.
    """
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
    """Return the values [R] of one column of a parquet file in the given rows.

    rows [R]: row numbers from 0, in ascending order. size: number of rows in memory at a time.
    InputError when the file is missing or broken, or lacks the column.
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
    """Return the bytes of an indented JSON object: the content, and the stamp under `stamp`."""
    stamped = {**content, "stamp": stamp}
    return (json.dumps(stamped, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    InputError when the file is missing or broken, or holds no object.
    """
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
    """Return the stamp inside a parquet, JSON or safetensors file: how the file was made.

    It has the keys stage, spec, code, reads and digest. InputError when the file is missing or
    broken, or has no stamp.
    """
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
    """Yield blocks of bytes that make up a safetensors file, with one part in memory at a time.

    parts: dicts of name -> array; part n's array `x` is called `00000n.x` in the file. folder: for
    a temporary file that holds the arrays, because the header comes first and has all their sizes.
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
    """Return the parts (name -> array) of a file that `array_blocks` made.

    The arrays are memory-mapped: values are read from the disk when they are used. InputError when
    the file is missing or broken, or shorter or longer than its header says.
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
    """Return the header of a safetensors file, and the number of bytes before the first array.

    The header is JSON, after eight bytes that hold its length. InputError when the file is missing
    or broken.
    """
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
    """Return the content as JSON with sorted keys and no spaces: equal contents give equal text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
