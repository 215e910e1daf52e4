"""Scores of answers become one score for each item; what has no score is told, never guessed."""

from pathlib import Path

import pandas as pd
import pytest
from pydantic import TypeAdapter

from maw.errors import InputError
from maw.runs.answers import Answer, LogFile, parsed, with_settings
from maw.runs.content import SCORES

LOG = LogFile(path=Path("a.log"), dataset="colours", system="small")
NAN = float("nan")


def scores_of(*answers: tuple[str, str, object], items: str) -> tuple[pd.DataFrame, list[str]]:
    frame, notices = LOG.scores([Answer(*answer) for answer in answers], items=list(items))
    return frame, [str(notice) for notice in notices]


def test_an_items_score_is_the_mean_of_its_answers() -> None:
    frame, notices = scores_of(("a", "acc", 1), ("a", "acc", 0.5), ("b", "acc", True), items="ab")
    assert tuple(frame.columns) == SCORES
    assert frame.to_numpy().tolist() == [
        ["colours", "small", 0, "a", "acc", 0.75],
        ["colours", "small", 0, "b", "acc", 1.0],
    ]
    assert notices == []


def test_measures_keep_the_order_of_the_log() -> None:
    frame, _ = scores_of(("a", "zeal", 1), ("a", "acc", 1), items="a")
    assert frame["measure"].tolist() == ["zeal", "acc"]


def test_measures_that_lack_the_same_items_share_a_notice() -> None:
    answers = [("a", "m", 1), ("a", "n", 0), ("b", "m", NAN), ("a", "o", None), ("c", "o", 1)]
    frame, notices = scores_of(*answers, items="abc")
    assert (frame["query_id"] + frame["measure"]).tolist() == ["am", "an", "co"]
    assert notices == [
        "a.log: 2 samples without a score by m, n: left out ('b', 'c')",
        "a.log: 2 samples without a score by o: left out ('a', 'b')",
    ]


def test_a_measure_that_no_item_has_is_told() -> None:
    _, notices = scores_of(("a", "m", 1), ("a", "n", NAN), items="a")
    assert notices == ["a.log: 1 sample without a score by n: left out ('a')"]


def test_an_answer_without_a_score_beside_others_is_told() -> None:
    frame, notices = scores_of(("a", "m", 0.5), ("a", "m", None), items="a")
    assert frame["value"].tolist() == [0.5]
    assert notices == [
        "a.log: 1 answer without a score, to samples whose other answers have one: the mean of the "
        "others counts"
    ]


def test_a_measure_with_a_text_is_left_out_whole() -> None:
    frame, notices = scores_of(("a", "m", 1), ("a", "n", 1), ("b", "n", "x" * 99), items="a")
    assert frame["measure"].tolist() == ["m"]
    assert notices == [
        f"a.log: left out 1 measure with values that are no numbers ('n' is '{'x' * 39})"
    ]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([], "a.log: has no score of a sample; evaluate again with scores and samples in the log"),
        ([("a", "m", NAN)], "a.log: has no score of a sample"),
        (
            [("a", name, []) for name in "klmn"],
            r"'k' is \[\], 'l' is \[\], 'm' is \[\] …\); evaluate with a measure that gives each",
        ),
        ([("a", "m", -(10**400))], "a.log: sample 'a': value inf is not a finite number"),
    ],
)
def test_a_log_without_a_score_is_one_line(
    answers: list[tuple[str, str, object]], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        scores_of(*answers, items="a")
    assert "\n" not in str(raised.value)


def test_json_is_checked_and_a_fault_names_its_place() -> None:
    adapter = TypeAdapter(dict[str, int])
    assert parsed('{"a": 1}', adapter, location="f:2", kind="count") == {"a": 1}
    with pytest.raises(InputError, match=r"^f:2: is no count \(a: Input should be a valid int"):
        parsed('{"a": "x"}', adapter, location="f:2", kind="count")
    with pytest.raises(InputError, match=r"^f:2: is no count \(Invalid JSON: EOF .*; export it"):
        parsed("{", adapter, location="f:2", kind="count")


def test_a_name_has_the_settings_that_are_texts_and_numbers() -> None:
    assert with_settings("m", {}) == "m"
    assert with_settings("m", {"shots": 5, "mode": "x", "nested": [1]}) == "m (shots=5, mode=x)"
