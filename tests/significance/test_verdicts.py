"""The verdicts, and the conditions of each of them."""

from math import nan

import pytest

from maw.significance import verdict


@pytest.mark.parametrize(
    ("p", "direction", "p_equivalent", "fewest_seeds", "word"),
    [
        (0.01, 1, 0.9, 5, "better"),
        (0.01, -1, 0.9, 5, "worse"),
        (0.01, 1, 0.01, 5, "better, but by less than SESOI"),
        (0.01, -1, 0.01, 5, "worse, but by less than SESOI"),
        (0.20, 1, 0.01, 5, "equivalent"),
        (0.20, 1, 0.20, 5, "inconclusive"),
        (0.05, 1, 0.05, 5, "inconclusive"),
        (0.20, 1, nan, 5, "inconclusive"),
        (0.01, 1, nan, None, "better"),
        (0.01, 1, nan, 4, "better"),
        (0.01, 1, 0.01, 3, "not controlled"),
        (0.01, 1, 0.01, 2, "not controlled"),
        (0.01, 1, 0.01, 1, "not estimable"),
        (nan, 1, nan, 5, "not estimable"),
        (0.01, 0, 0.90, 5, "inconclusive"),
    ],
)
def test_each_word_has_its_conditions(
    p: float, direction: int, p_equivalent: float, fewest_seeds: int | None, word: str
) -> None:
    result = verdict(
        p=p, direction=direction, p_equivalent=p_equivalent, alpha=0.05, fewest_seeds=fewest_seeds
    )
    assert result.value == word
