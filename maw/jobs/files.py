"""How does a file reach the disk whole, stamped with what made it, and never by two at once?

Every output is written beside its place and renamed. Its stamp (stage, specification, code, stamps
of what was read) travels inside it, so that `collect` can refuse a mixture.
"""

import fcntl
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

from maw.errors import InputError

STAMP = b"maw"
# safetensors' names
ARRAYS = {"U8": np.uint8, "I32": np.int32, "I64": np.int64, "F32": np.float32, "F64": np.float64}
BLOCK = 1 << 24


class Claim:
    """The sole right to write one path, held from the start of a job until it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._locked()

    def _locked(self) -> IO[bytes]:
        while True:
            file = open(self.part, "ab")  # noqa: SIM115  (held until `write` or the process ends)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"{self.path}: another run is writing this file; wait for it or stop it"
                ) from None
            if self.part.exists() and os.fstat(file.fileno()).st_ino == self.part.stat().st_ino:
                return file
            file.close()  # its owner renamed it between our open and our lock: look again

    def write(self, content: bytes | Iterable[bytes]) -> None:
        """Write, in blocks if so given, flush to the disk, rename into place."""
        self.fill(content)
        self.finish()

    def fill(self, content: bytes | Iterable[bytes]) -> None:
        """Write beside the place; the part may be read until `finish` makes it the whole."""
        file = self.begin()
        for block in [content] if isinstance(content, bytes) else content:
            file.write(block)
        file.flush()

    def begin(self) -> IO[bytes]:
        """The part, empty, to be written into and flushed."""
        self._file.truncate(0)
        self._file.seek(0)
        return self._file

    def finish(self) -> None:
        """Flush what was filled in to the disk, rename it into place."""
        os.fsync(self._file.fileno())
        self.part.replace(self.path)
        self._file.close()

    def release(self) -> None:
        """Give up without writing: nothing half-written stays."""
        if not self._file.closed:
            self.part.unlink(missing_ok=True)
            self._file.close()


def hold(folder: Path) -> IO[bytes]:
    """The sole right to re-make a suite, while the returned file is open and its process lives.

    InputError when another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = open(folder / ".running", "wb")  # noqa: SIM115  (held until the process ends)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"{folder}: another run is writing these results; wait for it or stop it"
        ) from None
    return file


def parquet_bytes(frame: pd.DataFrame, stamp: dict[str, Any]) -> bytes:
    """A frame as parquet, the stamp in its schema's metadata. The same frame, the same bytes."""
    buffer = BytesIO()
    pq.write_table(_table(frame, stamp), buffer, compression="zstd")
    return buffer.getvalue()


def write_parquet(file: IO[bytes], blocks: Iterable[pd.DataFrame], stamp: dict[str, Any]) -> None:
    """Frames of the same columns under each other as parquet, one of them in memory at a time."""
    writer: pq.ParquetWriter | None = None
    for block in blocks:
        if writer is None:
            table = _table(block, stamp)
            writer = pq.ParquetWriter(file, table.schema, compression="zstd")
        else:
            table = pa.Table.from_pandas(block, writer.schema, preserve_index=False)
        writer.write_table(table)
    if writer is None:
        raise ValueError("not even an empty frame")
    writer.close()
    file.flush()


def _table(frame: pd.DataFrame, stamp: dict[str, Any]) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), STAMP: canonical(stamp).encode()}
    return table.replace_schema_metadata(metadata)


def read_parquet(
    path: Path, columns: Sequence[str] | None = None, *, only: bool = False
) -> pd.DataFrame:
    """A parquet file, whole or `only` these columns. InputError: missing, broken, lacks one."""
    try:
        there = set(pq.read_schema(path).names) if only else set()
        chosen = [column for column in columns or () if column in there] if only else None
        frame = pq.read_table(path, columns=chosen).to_pandas()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (pa.ArrowException, OSError) as error:
        raise _broken_parquet(path, error) from None
    missing = [column for column in columns or () if column not in frame.columns]
    if missing:
        raise InputError(f"{path}: lacks column {missing[0]!r}; has {list(frame.columns)}")
    return frame


def parquet_blocks(path: Path, columns: Sequence[str], *, size: int) -> Iterator[pd.DataFrame]:
    """These columns, so many rows at a time. InputError: missing, broken, lacks one of them."""
    try:
        # buffered ahead, as is the default, the whole file would come into memory
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            for name in columns:
                file.schema_arrow.field(name)  # else one that is not there is silently left out
            for batch in file.iter_batches(batch_size=size, columns=list(columns)):
                yield batch.to_pandas()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (pa.ArrowException, KeyError, OSError) as error:
        raise _broken_parquet(path, error) from None


def parquet_rows(
    path: Path, column: str, rows: npt.NDArray[np.int64], *, size: int = 65_536
) -> list[Any]:
    """The values [R] of one column in these rows, rising, while the others go by."""
    found: list[Any] = []
    first = 0
    for block in parquet_blocks(path, [column], size=size):
        start, end = np.searchsorted(rows, [first, first + len(block)])
        found += block[column].iloc[rows[start:end] - first].tolist()
        first += len(block)
    return found


def _broken_parquet(path: Path, error: Exception) -> InputError:
    reason = str(error).splitlines()[0]
    return InputError(f"{path}: broken parquet ({reason}); delete it and run snakemake again")


def json_bytes(content: dict[str, Any], stamp: dict[str, Any]) -> bytes:
    """Readable JSON with its stamp under `stamp`."""
    whole = {**content, "stamp": stamp}
    return (json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. InputError if it is missing or broken."""
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
    """The stamp inside a parquet, JSON or safetensors file. InputError for a foreign file."""
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
    """A safetensors file of arrays by name in numbered parts, of which one is in memory at a time.

    The header comes first and knows all sizes, so the arrays wait in a nameless file in `folder`.
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
    """The parts of such a file, memory-mapped: nothing is read until it is looked at."""
    header, start = _safetensors_header(path)
    header.pop("__metadata__", None)
    whole = np.memmap(path, dtype=np.uint8, mode="r")
    n_bytes = max((about["data_offsets"][1] for about in header.values()), default=0)
    if len(whole) != start + n_bytes:
        raise InputError(
            f"{path}: {len(whole)} bytes, its header says {start + n_bytes}; delete it and run "
            "snakemake again"
        )
    parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
    for name, about in header.items():
        part, _, key = name.partition(".")
        first, last = (start + place for place in about["data_offsets"])
        array = whole[first:last].view(ARRAYS[about["dtype"]]).reshape(about["shape"])
        parts.setdefault(part, {})[key] = array
    return [parts[part] for part in sorted(parts)]


def _safetensors_header(path: Path) -> tuple[dict[str, Any], int]:
    """The header, eight bytes of length and then JSON, and where the arrays start."""
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
    """JSON that is equal when the content is: sorted keys, no spaces."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
