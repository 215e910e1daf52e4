"""Which topics belong together? `query_id, cluster` from parquet, CSV or a mapping."""

import csv
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_parquet
from maw.runs.formats import parquet
from maw.runs.frames import named
from maw.runs.text import read_bytes, read_text


def read_clusters(given: Mapping[str, object] | pd.Series | str | PathLike[str]) -> pd.Series:
    """Topic -> cluster, both text. InputError names a topic that is there twice."""
    if not isinstance(given, str | PathLike):
        known = pd.Series({str(topic): str(cluster) for topic, cluster in dict(given).items()})
        return known.rename("cluster")
    path = Path(given)
    if parquet.matches(path, read_bytes(path)[:64]):
        frame = named(read_parquet(path))
        if not {"query_id", "cluster"} <= set(frame.columns):
            raise InputError(f"{path}: has no columns query_id and cluster; name them so")
        rows = frame[["query_id", "cluster"]].astype(str).to_numpy().tolist()
    else:
        rows = _cells(path)
    topics = [topic for topic, _ in rows]
    if twice := [topic for topic in topics if topics.count(topic) > 1]:
        raise InputError(f"{path}: topic {twice[0]!r} is there twice; keep one")
    return pd.Series(dict(rows), name="cluster")


def _cells(path: Path) -> list[list[str]]:
    """Two cells a line, between a comma or blanks; a head is skipped."""
    rows = []
    for row, line in read_text(path).rows():
        found = next(csv.reader([line])) if "," in line else line.split()
        cells = [cell.strip() for cell in found]
        if len(cells) != 2:
            raise InputError(f"{path}:{row}: {len(cells)} columns; expected topic and cluster")
        if cells[1] != "cluster":
            rows.append(cells)
    return rows
