"""Look-up of the rows of document ids, for collections with very many documents.

Arrow stores ids as one string after the other, about 35 bytes for each id. Python objects in an
index take four times as much.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

SLICE = 1 << 20  # ids looked up at a time


def rows_of(ids: pd.Series, looked_up: pd.Series) -> npt.NDArray[np.int64]:
    """Return the row in `ids` of each of the W ids in `looked_up`; −1 where `ids` lacks it.

    ids: the distinct ids of the collection, in its order. looked_up [W]: repeated or not, and few
    compared with `ids`.
    """
    import pyarrow as pa
    from pyarrow import compute

    codes, distinct = pd.factorize(looked_up)
    if not len(distinct) or not len(ids):
        return np.full(len(looked_up), -1, dtype=np.int64)
    # the ids that are looked up are put into a table, because they are few; the others pass by it
    column = _arrow(ids)
    table = pa.array(distinct.to_numpy(dtype=object), column.type)
    row = np.full(len(distinct) + 1, -1, dtype=np.int64)  # the last: of missing values
    for start in range(0, len(column), SLICE):
        positions = compute.index_in(column.slice(start, SLICE), value_set=table)
        matches = np.flatnonzero(positions.is_valid().to_numpy())
        row[positions.drop_null().to_numpy()] = start + matches
    rows: npt.NDArray[np.int64] = row[codes]
    return rows


def is_in(looked_up: pd.Series, ids: pd.Series) -> npt.NDArray[np.bool_]:
    """Return for each of the W ids in `looked_up` whether it is among the distinct `ids`."""
    return rows_of(ids, looked_up) >= 0


def id_ranks_of_collection(ids: pd.Series) -> npt.NDArray[np.int32]:
    """Return each document id's position [N] in the ascending order of all ids, from 0.

    The result equals that of `measures.ordering.id_ranks_of` for distinct ids, with less memory.
    """
    from pyarrow import compute

    order = compute.sort_indices(_arrow(ids))
    id_ranks = np.empty(len(order), dtype=np.int32)
    id_ranks[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return id_ranks


def _arrow(ids: pd.Series) -> Any:
    """Return ids as a chunked array of strings; a column of a large file has several chunks."""
    import pyarrow as pa

    array = pa.array(ids)  # with a type of our choice all ids would be copied
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
