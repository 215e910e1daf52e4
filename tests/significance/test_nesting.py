"""Which claim includes which, and the level of each."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from maw.significance.nesting import all_included, one_level_each

NAMES = ["helps", "better", "cheaper"]


@pytest.mark.parametrize(
    ("includes", "expected"),
    [
        (None, [[], [], []]),
        ({}, [[], [], []]),
        ({"helps": ["better"]}, [[1], [], []]),
        ({"better": ("cheaper",), "helps": {"better"}}, [[1, 2], [2], []]),
        ([["better", "cheaper"], [], iter(())], [[1, 2], [], []]),
    ],
)
def test_included_claims_are_followed_to_the_end(
    includes: Mapping[str, Iterable[str]] | None, expected: list[list[int]]
) -> None:
    assert all_included(includes, NAMES) == expected


def test_a_chain_of_five_is_followed_to_the_end() -> None:
    chain = [[1], [2], [3], [4], []]
    assert all_included(chain, range(5)) == [[1, 2, 3, 4], [2, 3, 4], [3, 4], [4], []]


@pytest.mark.parametrize(
    ("includes", "names", "message"),
    [
        ({"helps": ["best"]}, NAMES, "claim 'helps' includes 'best', which is not a claim"),
        ({"best": []}, NAMES, "a list of included claims for 'best', which is not a claim"),
        ({"helps": ["helps"]}, NAMES, "claim 'helps' includes itself; remove it from `includes`"),
        ([[1], [2], [0]], range(3), "claim 0 includes itself"),
        ([[1], []], range(3), "3 claims, but 2 times a list of included claims; give one each"),
        ([[1], [2], [3]], range(3), "claim 2 includes 3, which is not a claim"),
    ],
)
def test_a_wrong_list_of_included_claims_is_refused(
    includes: Any, names: Sequence[Hashable], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        all_included(includes, names)


def test_levels_are_one_number_or_one_for_each_claim() -> None:
    assert one_level_each(0.05, NAMES) == [0.05, 0.05, 0.05]
    assert one_level_each([0.01, 0.02, 0.03], range(3)) == [0.01, 0.02, 0.03]
    by_name = {"cheaper": 0.03, "better": 0.02, "helps": 0.01}
    assert one_level_each(by_name, NAMES) == [0.01, 0.02, 0.03]


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([0.05], "3 claims, but 1 times a level; give one each"),
        ({"helps": 0.05, "better": 0.05}, "claim 'cheaper' has no level; give a level for each"),
        ({"best": 0.05}, "a level for 'best', which is not a claim"),
    ],
)
def test_a_claim_without_a_level_is_refused(levels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        one_level_each(levels, NAMES)
