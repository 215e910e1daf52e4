"""Notices are one line each, with a few examples and counts in words."""

import pytest

from maw.runs.notices import Notice, counted, examples


def test_a_notice_names_its_subject_first() -> None:
    assert str(Notice("few-topics", "toy", 2, "too few")) == "toy: too few"
    assert str(Notice("few-topics", "", 2, "too few")) == "too few"


@pytest.mark.parametrize(
    ("names", "text"),
    [(["b", "a"], "'a', 'b'"), (["d", "c", "b", "a"], "'a', 'b', 'c' …"), ([], "")],
)
def test_examples_are_the_first_three_in_order(names: list[str], text: str) -> None:
    assert examples(names) == text


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 topics"), (1, "1 topic"), (2, "2 topics"), (1200, "1,200 topics")]
)
def test_a_count_agrees_with_its_noun(n: int, text: str) -> None:
    assert counted(n, "topic") == text
