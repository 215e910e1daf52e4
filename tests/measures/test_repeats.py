"""Repeated rows are those of pandas, whatever the columns hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.measures import repeats
from maw.measures.repeats import repeated_rows

ROW = st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3), st.sampled_from("xyz"))


@given(rows=st.lists(ROW, max_size=12))
def test_they_are_those_of_pandas(rows: list[tuple[str | None, int, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["text", "number", "letter"])
    for key in (["text", "number"], ["text", "number", "letter"], ["letter"]):
        expected = np.flatnonzero(frame.duplicated(key)).tolist()
        assert repeated_rows(frame, key).tolist() == expected


def test_codes_beyond_whole_numbers_are_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [0, 1, 2, 0], "b": [0, 1, 2, 0], "c": [3, 3, 3, 4]})
    monkeypatch.setattr(repeats, "LARGEST_CODE", 4)
    assert repeated_rows(frame, ["a", "b", "c"]).tolist() == []
    assert repeated_rows(frame, ["a", "b"]).tolist() == [3]
