"""The parquet format: a run (query_id, doc_id, score) or scores (system, query_id, measure, value).

Further columns of scores are dataset and seed, as in a suite's tables. pyarrow, of the extra
`parquet`, is imported only when such a file is read.
"""

from hashlib import sha256
from pathlib import Path

import pandas as pd

from maw.errors import InputError, without_extra
from maw.jobs.content_hash import KEY, DamagedFileError, compare
from maw.jobs.json_files import STAMP
from maw.runs.content import Content
from maw.runs.frames import content_of
from maw.runs.text import read_bytes

PRECEDENCE = 10
ENDINGS = (".parquet",)
MAGIC = b"PAR1"
PARQUET = "table.parquet"  # tells `compare` the kind of the content, whatever its path


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file has parquet's first bytes or its ending.

    A broken file that has only the ending is then reported as broken parquet.
    """
    return head.startswith(MAGIC) or path.suffix in ENDINGS


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking or the scores, depending on the columns. InputError names file and row.

    piped: see `maw.runs.file_formats.Format.read`.
    """
    raw = read_bytes(path) if piped is None else piped
    content = content_of(table_of(raw, path), origin=str(path))
    return Content(content.kind, content.frame, sha256=sha256(raw).hexdigest())


def table_of(raw: bytes, path: Path) -> pd.DataFrame:
    """Return the table in the bytes of a parquet file by any writer.

    A file that maw wrote is compared with the hash that it carries. path: for messages. InputError
    where the bytes are damaged or are no parquet, and where pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise without_extra(error, place=str(path)) from None
    try:
        metadata = pq.read_metadata(pa.BufferReader(raw)).metadata or {}
        if {STAMP.encode(), KEY.encode()} & metadata.keys():
            compare(Path(PARQUET), raw, blocks=[raw])
        frame: pd.DataFrame = pq.read_table(pa.BufferReader(raw)).to_pandas()
    except DamagedFileError as error:
        raise DamagedFileError(path, error.reason) from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: broken parquet ({reason}); export it again") from None
    return frame
