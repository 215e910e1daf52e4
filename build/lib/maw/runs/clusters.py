"""Clusters of topics that are not independent, read from a parquet or text file or a mapping."""

import csv
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.runs.formats import parquet
from maw.runs.frames import named
from maw.runs.text import Text, read_bytes, read_text

N_HEAD_BYTES = 64  # enough to recognise parquet


def read_clusters(clusters: Mapping[str, object] | pd.Series | str | PathLike[str]) -> pd.Series:
    """Return the series topic -> cluster, both as text.

    clusters: such a mapping or series, or the path of a file: parquet with the columns query_id and
    cluster, or text with a topic and a cluster on each line, with or without a header. InputError
    names a topic that the file has twice, a parquet file without these columns, or a line without
    exactly two columns.
    """
    if not isinstance(clusters, str | PathLike):
        as_text = {str(topic): str(cluster) for topic, cluster in dict(clusters).items()}
        return pd.Series(as_text).rename("cluster")
    path = Path(clusters)
    raw = read_bytes(path)  # once, because the path may be a pipe
    if parquet.matches(path, raw[:N_HEAD_BYTES]):
        frame = named(parquet.table_of(raw, path))
        if not {"query_id", "cluster"} <= set(frame.columns):
            raise InputError(f"{path}: has no columns query_id and cluster; add them")
        rows = frame[["query_id", "cluster"]].astype(str).to_numpy().tolist()
    else:
        rows = _rows(read_text(path, raw))
    topics = [topic for topic, _ in rows]
    if doubled := [topic for topic, n_times in Counter(topics).items() if n_times > 1]:
        raise InputError(f"{path}: has topic {doubled[0]!r} twice; keep one of them")
    return pd.Series(dict(rows), name="cluster")


def _rows(text: Text) -> list[list[str]]:
    """Return topic and cluster of each line of a text file, without the header.

    The first line is a header where its second column is called `cluster`. Lines are split at
    commas, or at blanks if they have no comma.
    """
    rows = []
    for line_number, line in text.rows():
        columns = next(csv.reader([line])) if "," in line else line.split()
        row = [entry.strip() for entry in columns]
        if len(row) != 2:
            raise InputError(
                f"{text.path}:{line_number}: {len(row)} columns; a line needs a topic and a cluster"
            )
        rows.append(row)
    return rows[1:] if rows[0][1] == "cluster" else rows
