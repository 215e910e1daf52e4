"""In which rows do ids stand, where there are too many of them for Python's own tables?

Arrow holds ids as one string after the other, some 35 bytes each; as Python objects in an index
they take four times as much.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

SLICE = 1 << 20  # ids looked up at a time


def rows_of(names: pd.Series, wanted: pd.Series) -> npt.NDArray[np.int64]:
    """The row [W] in `names`, ids that are there once, of each one wanted; −1 where it is not."""
    import pyarrow as pa
    from pyarrow import compute

    codes, distinct = pd.factorize(wanted)
    if not len(distinct) or not len(names):
        return np.full(len(wanted), -1, dtype=np.int64)
    # those wanted are put into a table: they are few; the others pass by it
    column = _arrow(names)
    table = pa.array(distinct.to_numpy(dtype=object), column.type)
    row = np.full(len(distinct) + 1, -1, dtype=np.int64)  # the last: of what is missing itself
    for start in range(0, len(column), SLICE):
        found = compute.index_in(column.slice(start, SLICE), value_set=table)
        there = np.flatnonzero(found.is_valid().to_numpy())
        row[found.drop_null().to_numpy()] = start + there
    asked: npt.NDArray[np.int64] = row[codes]
    return asked


def is_in(wanted: pd.Series, names: pd.Series) -> npt.NDArray[np.bool_]:
    """Whether each one wanted is among the names."""
    return rows_of(names, wanted) >= 0


def places_by_name(names: pd.Series) -> npt.NDArray[np.int32]:
    """Of each document [N] its place among all ids, descending."""
    from pyarrow import compute

    order = compute.sort_indices(_arrow(names), sort_keys=[("", "descending")])
    places = np.empty(len(order), dtype=np.int32)
    places[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return places


def _arrow(names: pd.Series) -> Any:
    """A chunked array of strings: a column of a large file has several chunks."""
    import pyarrow as pa

    made = pa.array(names)  # a type of our choice would copy all of them
    return made if isinstance(made, pa.ChunkedArray) else pa.chunked_array([made])
