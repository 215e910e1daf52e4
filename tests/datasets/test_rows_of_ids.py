"""Rows are those that pandas' own index finds, in any kind of column."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.datasets import rows_of_ids
from maw.datasets.rows_of_ids import is_in, places_by_name, rows_of

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


@given(
    names=st.lists(NAMES, unique=True),
    wanted=st.lists(NAMES),
    kind=st.sampled_from(["object", "str"]),
)
def test_rows_are_those_of_an_index(names: list[str], wanted: list[str], kind: str) -> None:
    there, asked = pd.Series(names, dtype=kind), pd.Series([*wanted, *names[::2]], dtype=kind)
    expected = pd.Index(there).get_indexer(asked).tolist()
    assert rows_of(there, asked).tolist() == expected
    assert is_in(asked, there).tolist() == [row >= 0 for row in expected]


@pytest.mark.parametrize("size", [1, 2, 4, 9])
def test_a_column_in_several_chunks_as_a_large_file_has_it(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = pd.concat([pd.Series(["a", "b"]), pd.Series(["c"]), pd.Series(["d", "e"])])
    assert pa.array(names).num_chunks == 3
    monkeypatch.setattr(rows_of_ids, "SLICE", size)
    assert places_by_name(names).tolist() == [4, 3, 2, 1, 0]
    assert rows_of(names, pd.Series(["e", "c", "x", "a", None])).tolist() == [4, 2, -1, 0, -1]


@pytest.mark.parametrize("kind", ["object", "str"])
def test_ids_are_ordered_as_strings_falling(kind: str) -> None:
    names = pd.Series(["d10", "d9", "a", "é"], dtype=kind)
    assert places_by_name(names).tolist() == [2, 1, 3, 0]
