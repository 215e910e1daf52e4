"""Reads the lines of a TREC run column by column, where every line is plain.

This takes a twentieth of the time and a tenth of the memory of reading line by line. It never says
what is wrong: where any line is odd it returns None, and the careful reader of
`maw.runs.formats.trec` reads the same bytes again, or names the line that is wrong. Where both can
read a file, they return equal tables. Where pyarrow, of the extra `parquet`, is not installed, the
careful reader reads all files.
"""

import sys

import numpy as np
import pandas as pd

from maw.jobs.parquet_files import has_pyarrow

COLUMNS = ("query_id", "q0", "doc_id", "rank", "score", "tag")
READ = ("query_id", "doc_id", "score", "rank")
NUMBERS = ("score", "rank")
SLICE = 2**24  # bytes that are looked at together


def plain_run(content: bytes) -> pd.DataFrame | None:
    """Return the columns query_id, doc_id, score and rank; None where a line is not plain.

    content: text whose lines end with a line feed. Plain lines have six columns between blanks or
    tabs, no control character, and a rank and a score that are numbers; scores are finite. Whether
    a document is there twice is not checked.
    """
    if not has_pyarrow() or _has_control_characters(content):
        return None
    import pyarrow as pa
    from pyarrow import csv

    content = _single_blanks(content)
    # where all is ASCII, the columns that nobody reads cannot hold what is not UTF-8
    columns = READ if content.isascii() else COLUMNS
    types = {name: pa.float64() if name in NUMBERS else pa.large_string() for name in COLUMNS}
    try:
        table = csv.read_csv(
            pa.BufferReader(content),
            read_options=csv.ReadOptions(column_names=list(COLUMNS)),
            parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=list(columns),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:  # the careful reader says what is wrong
        return None
    # one chunk each, or every later step would copy the chunks together anew
    table = table.select(READ).combine_chunks()
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    del table
    release_unused()
    return frame if len(frame) and np.isfinite(frame["score"].to_numpy()).all() else None


def release_unused() -> None:
    """Give the memory back that pyarrow keeps after it was freed, where pyarrow is loaded."""
    if pyarrow := sys.modules.get("pyarrow"):
        pyarrow.default_memory_pool().release_unused()


def _has_control_characters(content: bytes) -> bool:
    """Return True where a byte below 32 is neither a line's end nor a tab.

    Python splits lines at some of them, and pyarrow does not.
    """
    view = np.frombuffer(content, dtype=np.uint8)
    n_control = sum(
        np.count_nonzero(view[start : start + SLICE] < ord(" "))
        for start in range(0, len(view), SLICE)
    )
    return n_control != content.count(b"\n") + content.count(b"\t")


def _single_blanks(content: bytes) -> bytes:
    """Return the lines with one blank between columns, and none at either end of a line."""
    content = content.replace(b"\t", b" ")
    while b"  " in content:
        content = content.replace(b"  ", b" ")
    return content.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ")
