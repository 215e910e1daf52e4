"""Files of PyTerrier: what `pt.Experiment` writes with `save_dir`, and saved perquery frames.

`save_dir` gets each system's ranking, as a TREC run (`.res.gz`, which the format `trec` reads), or
as what `save_format` says (`.custom`, `.mod`), and two tables: `perquery.csv` with columns name,
qid, measure, value, and `aggregated.csv` with means. A topic without judgements has no value in a
perquery table; it is left out, and a notice says so.
"""

import csv
from hashlib import sha256
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.jobs.parquet_files import has_pyarrow
from maw.runs.content import Content
from maw.runs.formats import parquet, table
from maw.runs.frames import Locate, content_of, refuse_empty, rows_of
from maw.runs.notices import Notice, counted, examples
from maw.runs.text import first_text, read_bytes, read_text

PRECEDENCE = 8  # before `parquet` and `table`, which know no topic without a value
ENDINGS = (".res", ".custom", ".mod")
PERQUERY = {"name", "qid", "measure", "value"}
RANKING = {"qid", "docno", "score"}
MEANS = "aggregated.csv"
PICKLED, PICKLE = ".mod", b"\x80"  # PyTerrier's ending, and the first byte that pickle writes


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file has PyTerrier's columns, is its table of means, or is a pickle."""
    if head.startswith(parquet.MAGIC):
        return _parquet_columns(path) >= PERQUERY
    if path.suffix == PICKLED:
        return head.startswith(PICKLE)
    first = next(iter(first_text(head).splitlines()), "")
    columns = set(_header(first))
    return columns >= PERQUERY or columns >= RANKING or _is_means(path, first)


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking, or the scores of all systems.

    piped: see `maw.runs.file_formats.Format.read`. InputError names file and row. A pickle is
    refused, because reading it can run any code, and so is a table of means.
    """
    raw = read_bytes(path) if piped is None else piped
    if raw.startswith(PICKLE):
        raise InputError(
            f"{path}: is a pickle, which can run any code when it is read; leave save_format out, "
            "so that PyTerrier writes TREC runs"
        )
    if raw.startswith(parquet.MAGIC):
        frame, locate = parquet.table_of(raw, path), rows_of(str(path))
        content = _content(frame, path=path, locate=locate)
        return Content(content.kind, content.frame, content.notices, sha256(raw).hexdigest())
    text = read_text(path, raw)
    if _is_means(path, text.lines[0]):
        raise InputError(
            f"{path}: holds means over topics; give perquery.csv, which PyTerrier writes beside it"
        )
    lines, (header, *body) = table.entries(text)
    frame = pd.DataFrame(body, columns=header, dtype="str")
    content = _content(frame, path=path, locate=lambda row: f"{path}:{lines[row + 1]}")
    notices = (*text.notices, *content.notices)
    return Content(content.kind, content.frame, notices=notices, sha256=text.sha256)


def _content(frame: pd.DataFrame, *, path: Path, locate: Locate) -> Content:
    """Return the content of a table, without the topics that have no value of any system.

    locate: row of the table -> its name in messages.
    """
    frame = frame.reset_index(drop=True)
    if not set(frame.columns) >= PERQUERY:
        return content_of(frame, origin=str(path), locate=locate)
    has_value = frame["value"].notna() & frame["value"].astype(str).str.strip().ne("")
    judged = frame["qid"].isin(frame.loc[has_value, "qid"])
    rows = frame.index[judged].tolist()
    kept = frame[judged].reset_index(drop=True)
    refuse_empty(kept, origin=str(path))
    content = content_of(kept, origin=str(path), locate=lambda row: locate(rows[row]))
    left_out = frame.loc[~judged, "qid"].astype(str).unique().tolist()
    if not left_out:
        return content
    text = (
        f"left out {counted(len(left_out), 'topic')} without a value ({examples(left_out)}): "
        "PyTerrier had no judgements for them"
    )
    notice = Notice("topics-without-value", str(path), len(left_out), text)
    return Content(content.kind, content.frame, notices=(notice,))


def _header(line: str) -> list[str]:
    """Return the names in a table's first line."""
    delimiter = max(table.DELIMITERS, key=line.count)
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _is_means(path: Path, first_line: str) -> bool:
    """Return whether a file is the table of means that PyTerrier writes into `save_dir`."""
    names = _header(first_line)
    return path.name == MEANS and "name" in names and not {"qid", "value"} & set(names)


def _parquet_columns(path: Path) -> set[str]:
    """Return the columns of a parquet file; none for a pipe or a file that is broken.

    A pipe can be read only once; the format `parquet`, which is asked next, reads it, and names
    what is broken, or says that pyarrow is not installed.
    """
    if path.is_fifo() or not has_pyarrow():
        return set()
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return set(pq.read_schema(path).names)
    except (pa.ArrowException, OSError):
        return set()
