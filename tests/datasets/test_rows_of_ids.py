"""Rows are those that pandas' own index finds, in any kind of column."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.datasets import rows_of_ids
from maw.datasets.rows_of_ids import id_ranks_of_collection, is_in, rows_of
from maw.measures.ordering import id_ranks_of

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


@given(
    names=st.lists(NAMES, unique=True),
    wanted=st.lists(NAMES),
    kind=st.sampled_from(["object", "str"]),
)
def test_rows_are_those_of_an_index(names: list[str], wanted: list[str], kind: str) -> None:
    ids, looked_up = pd.Series(names, dtype=kind), pd.Series([*wanted, *names[::2]], dtype=kind)
    expected = pd.Index(ids).get_indexer(looked_up).tolist()
    assert rows_of(ids, looked_up).tolist() == expected
    assert is_in(looked_up, ids).tolist() == [row >= 0 for row in expected]


@pytest.mark.parametrize("size", [1, 2, 4, 9])
def test_a_column_in_several_chunks_as_a_large_file_has_it(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = pd.concat([pd.Series(["a", "b"]), pd.Series(["c"]), pd.Series(["d", "e"])])
    assert pa.array(names).num_chunks == 3
    monkeypatch.setattr(rows_of_ids, "SLICE", size)
    assert id_ranks_of_collection(names).tolist() == [0, 1, 2, 3, 4]
    assert rows_of(names, pd.Series(["e", "c", "x", "a", None])).tolist() == [4, 2, -1, 0, -1]


@pytest.mark.parametrize("kind", ["object", "str"])
def test_ids_are_ranked_as_strings_rising(kind: str) -> None:
    names = pd.Series(["d10", "d9", "a", "é"], dtype=kind)
    assert id_ranks_of_collection(names).tolist() == [1, 2, 0, 3] == id_ranks_of(names).tolist()
