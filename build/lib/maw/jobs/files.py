"""The parquet, JSON and safetensors files of the results: functions that read and write them.

`maw.jobs.pending` puts each file into place, so that it is never there in part. Each file holds the
hash of its content (`maw.jobs.content_hash`), which is compared when it is read, and its stamp:
stage, specification and code of the job that made it, and the digests of the files that the job
read. With the stamps, the stage `collect` refuses files that do not belong together.
"""

from pathlib import Path
from typing import Any

from maw.jobs.content_hash import DamagedFileError
from maw.jobs.json_files import STAMP, canonical, json_bytes, read_json
from maw.jobs.parquet_files import (
    has_pyarrow,
    parquet_blocks,
    parquet_bytes,
    parquet_rows,
    parquet_stamp,
    read_parquet,
    read_stamped,
    write_parquet,
)
from maw.jobs.tensor_files import array_blocks, map_arrays, tensors_stamp

__all__ = [
    "STAMP",
    "array_blocks",
    "canonical",
    "has_pyarrow",
    "json_bytes",
    "map_arrays",
    "parquet_blocks",
    "parquet_bytes",
    "parquet_rows",
    "read_json",
    "read_parquet",
    "read_stamp",
    "read_stamped",
    "require_stamp",
    "write_parquet",
]


def read_stamp(path: Path) -> dict[str, Any]:
    """Return the stamp inside a parquet, JSON or safetensors file: how the file was made.

    It has the keys stage, spec, code, reads and digest. InputError when the file is missing or
    damaged, or has no stamp.
    """
    if path.suffix == ".parquet":
        return require_stamp(path, parquet_stamp(path))
    if path.suffix == ".safetensors":
        return require_stamp(path, tensors_stamp(path))
    return require_stamp(path, read_json(path).get("stamp"))


def require_stamp(path: Path, stamp: Any) -> dict[str, Any]:
    """Return the stamp that was read from a file; InputError where it is none."""
    if not isinstance(stamp, dict):
        raise DamagedFileError(path, "carries no stamp of maw")
    return stamp
