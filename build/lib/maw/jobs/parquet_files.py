"""Parquet files of the results: tables with a stamp and a hash of their content.

pyarrow, of the extra `parquet`, is imported only when a file is read or written.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.errors import InputError
from maw.jobs.content_hash import KEY, ZEROS, DamagedFileError, SealedWriter, checked
from maw.jobs.json_files import STAMP, canonical

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


def has_pyarrow() -> bool:
    """Return whether pyarrow is installed, without which no parquet file is read or written."""
    try:
        import pyarrow  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def parquet_bytes(frame: pd.DataFrame, stamp: dict[str, Any]) -> bytes:
    """Return the bytes of a parquet file of a frame with a stamp.

    Equal frames with equal stamps give equal bytes.
    """
    buffer = BytesIO()
    write_parquet(buffer, [frame], stamp=stamp)
    return buffer.getvalue()


def write_parquet(
    file: IO[bytes], blocks: Iterable[pd.DataFrame], *, stamp: dict[str, Any]
) -> None:
    """Write frames with the same columns as one parquet table, with one frame in memory at a time.

    file: open for writing. blocks: the frames. ValueError when there is no frame, because its
    columns are those of the table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    sealed = SealedWriter(file, ".parquet")
    writer: pq.ParquetWriter | None = None
    for block in blocks:
        if writer is None:
            table = _table(block, stamp)
            writer = pq.ParquetWriter(sealed, table.schema, compression="zstd")
        else:
            table = pa.Table.from_pandas(block, writer.schema, preserve_index=False)
        writer.write_table(table)
    if writer is None:
        raise ValueError("no frame to write; give at least one, if need be without rows")
    writer.add_key_value_metadata({KEY.encode(): ZEROS})
    sealed.hold_back()  # the rest is the footer
    writer.close()
    sealed.seal()


def _table(frame: pd.DataFrame, stamp: dict[str, Any]) -> "pa.Table":
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), STAMP.encode(): canonical(stamp).encode()}
    return table.replace_schema_metadata(metadata)


@contextmanager
def _opened(path: Path) -> "Iterator[pq.ParquetFile]":
    """Open a parquet file whose content was compared with its hash.

    InputError where the file is missing or damaged, also where that shows while it is read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pa.BufferReader(pa.py_buffer(checked(path)))
    try:
        # with pre_buffer, the default, the whole file would come into memory
        with pq.ParquetFile(source, pre_buffer=False) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DamagedFileError(path, f"broken parquet: {reason}") from None


def read_parquet(
    path: Path, columns: Sequence[str] | None = None, *, only: bool = False
) -> pd.DataFrame:
    """Return the table in a parquet file.

    columns: names of columns that the file must have. only: True reads these columns alone, False
    all columns. InputError when the file is missing or damaged, or lacks one of the columns.
    """
    return read_stamped(path, columns, only=only)[0]


def read_stamped(
    path: Path, columns: Sequence[str] | None = None, *, only: bool = False
) -> tuple[pd.DataFrame, Any]:
    """Return the table in a parquet file, as `read_parquet` does, and its stamp, None without one.

    The file is read and compared with its hash once.
    """
    with _opened(path) as file:
        _require(path, file, columns or ())
        selected = list(columns or ()) if only else None
        table = file.read(columns=selected)
        if selected is not None:
            table = table.select(selected)
        return table.to_pandas(), _stamp(file)


def parquet_stamp(path: Path) -> Any:
    """Return the stamp of a parquet file, None without one; InputError as in `read_parquet`."""
    with _opened(path) as file:
        return _stamp(file)


def _stamp(file: "pq.ParquetFile") -> Any:
    return json.loads((file.schema_arrow.metadata or {}).get(STAMP.encode(), b"null"))


def _require(path: Path, file: "pq.ParquetFile", columns: Sequence[str]) -> None:
    names = file.schema_arrow.names
    missing = [column for column in columns if column not in names]
    if missing:
        raise InputError(f"{path}: lacks column {missing[0]!r}; has {names}; make the file again")


def parquet_blocks(path: Path, columns: Sequence[str], *, size: int) -> Iterator[pd.DataFrame]:
    """Yield some columns of a parquet file in frames of at most `size` rows.

    InputError when the file is missing or damaged, or lacks one of the columns.
    """
    with _opened(path) as file:
        _require(path, file, columns)  # iter_batches silently leaves out a missing one
        for batch in file.iter_batches(batch_size=size, columns=list(columns)):
            yield batch.to_pandas()


def parquet_rows(
    path: Path, column: str, *, rows: npt.NDArray[np.int64], size: int = 65_536
) -> list[Any]:
    """Return the values [R] of one column of a parquet file in the given rows.

    rows [R]: row numbers from 0, in ascending order. size: number of rows in memory at a time.
    InputError when the file is missing or damaged, or lacks the column.
    """
    values: list[Any] = []
    first = 0
    for block in parquet_blocks(path, [column], size=size):
        start, end = np.searchsorted(rows, [first, first + len(block)])
        values += block[column].iloc[rows[start:end] - first].tolist()
        first += len(block)
    return values
