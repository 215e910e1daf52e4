"""Scores of a file that names no system are those of one system, without counts and doubles."""

from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.frames import rows_of
from maw.runs.system_scores import content_of_system, refuse_two_spellings, rounded_notices


def frame_of(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["query_id", "measure", "value"])


def test_the_scores_get_the_system_and_counts_are_left_out() -> None:
    frame = frame_of(("q1", "num_ret", 9), ("q1", "map", 0.5), ("q1", "NumRet(rel=1)", 2))
    content = content_of_system(
        frame, path=Path("b/a.x.txt.gz"), endings=(".tsv", ".txt"), locate=rows_of("a")
    )
    assert content.named_by_file
    assert tuple(content.frame.iloc[0]) == ("", "a.x", 0, "q1", "map", 0.5)
    assert len(content.frame) == 1
    (notice,) = content.notices
    assert (notice.code, notice.subject, notice.count) == ("counts", "b/a.x.txt.gz", 2)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("q1", "num_ret", 9.0), ("q1", "map", float("nan"))], "a: row 1: value nan is not a fin"),
        ([("q1", "map", 0.5), ("q1", "map", 0.5)], "a: row 1: scores topic 'q1' of 'a', seed 0"),
        ([("q1", "map", 0.5), ("q1", "AP", 0.5)], "a: has the measure AP twice, as 'map' and 'AP'"),
        ([("q1", "num_ret", 9.0)], "a: holds no row"),
    ],
)
def test_what_makes_a_score_ambiguous_is_refused(
    rows: list[tuple[str, str, float]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        content_of_system(frame_of(*rows), path=Path("a"), endings=(), locate=rows_of("a"))


def test_different_measures_are_no_doubles() -> None:
    refuse_two_spellings(["map", "map_cut_10", "my measure", "", "other"], origin="a")


@pytest.mark.parametrize(
    ("values", "is_rounded"),
    [(["0.1234", "1.0000"], True), (["1", "0.5"], True), (["0.12345", "0.5"], False),
     (["1e-05", "0.5"], False), ([], False)],
)  # fmt: skip
def test_four_digits_are_noticed(values: list[str], is_rounded: bool) -> None:
    assert bool(rounded_notices(values, origin="a")) is is_rounded
