"""How does a file reach the disk whole, stamped with what made it, and never by two at once?

Every output is written beside its place and renamed. Its stamp (stage, specification, code, stamps
of what was read) travels inside it, so that `collect` can refuse a mixture.
"""

import fcntl
import json
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from maw.errors import InputError

STAMP = b"maw"


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

    def write(self, content: bytes) -> None:
        """Write, flush to the disk, rename into place."""
        self._file.truncate(0)
        self._file.write(content)
        self._file.flush()
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
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), STAMP: canonical(stamp).encode()}
    buffer = BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), buffer, compression="zstd")
    return buffer.getvalue()


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A whole parquet file. InputError if it is missing, broken or lacks a column."""
    try:
        frame = pq.read_table(path).to_pandas()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run snakemake to make it") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path}: broken parquet ({reason}); delete it and run snakemake again"
        ) from None
    missing = [column for column in columns or () if column not in frame.columns]
    if missing:
        raise InputError(f"{path}: lacks column {missing[0]!r}; has {list(frame.columns)}")
    return frame


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
            reason = str(error).splitlines()[0]
            raise InputError(
                f"{path}: broken parquet ({reason}); delete it and run snakemake again"
            ) from None
    elif path.suffix == ".safetensors":
        stamp = json.loads(_safetensors_metadata(path).get(STAMP.decode(), "null"))
    else:
        stamp = read_json(path).get("stamp")
    if not isinstance(stamp, dict):
        raise InputError(f"{path}: carries no stamp of maw; delete it and run snakemake again")
    return stamp


def _safetensors_metadata(path: Path) -> dict[str, str]:
    """The `__metadata__` of the header: eight bytes of length, then JSON."""
    try:
        with open(path, "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        metadata: dict[str, str] = header.get("__metadata__", {})
    except (OSError, ValueError, MemoryError, OverflowError) as error:
        raise InputError(
            f"{path}: broken safetensors ({error}); delete it and run snakemake again"
        ) from None
    return metadata


def canonical(content: Any) -> str:
    """JSON that is equal when the content is: sorted keys, no spaces."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
