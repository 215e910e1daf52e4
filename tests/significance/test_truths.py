"""A word is false by the true leads, and p-values at a few points replace half-widths."""

from collections.abc import Sequence

import numpy as np
import pytest

from maw.significance import Suffix, Word, crossed_many
from maw.significance.truths import GridWidths, Said, false_words, pvalues_below
from maw.significance.words import SUFFIXES, WORDS
from tests.significance.simulated import simulated_scores

NO_NAMES: tuple[bool, ...] = (False, False)


def is_false(
    word: Word,
    leads: Sequence[float],
    suffix: Suffix = Suffix.NONE,
    *,
    slight: Sequence[bool] = NO_NAMES,
    winners: Sequence[bool] = NO_NAMES,
) -> bool:
    said = Said(
        words=np.array([WORDS.index(word)]),
        suffixes=np.array([SUFFIXES.index(suffix)]),
        slight=np.array([slight]),
        winners=np.array([winners]),
    )
    return bool(false_words(said, leads)[0])


@pytest.mark.parametrize(
    ("word", "true", "false"),
    [
        # leads over two controls in multiples of SESOI, as STATISTICS.md defines the words
        (Word.BETTER, [(0.1, 3), (1, 1)], [(0, 3), (-1, 2)]),
        (Word.BETTER_BY_SESOI, [(1, 1), (2, 1)], [(0.9, 3), (0, 0)]),
        (Word.SLIGHTLY_BETTER, [(0.5, 3)], [(0, 0.5), (1, 1), (-1, 0.5)]),
        (Word.REFUTED, [(-0.1, 2), (-3, -3)], [(0, 0), (1, 2)]),
        (Word.EQUIVALENT, [(0.9, -0.9), (0, 0)], [(1, 0), (0, -1), (2, 2)]),
        (Word.NO_RELEVANT_GAIN, [(0.9, 3), (-2, 0)], [(1, 1), (2, 1)]),
        (Word.INCONCLUSIVE, [(0, 0), (3, 3), (-3, 1)], []),
        (Word.NOT_CONTROLLED, [(0, 0), (3, 3)], []),
        (Word.NOT_ESTIMABLE, [(0, 0), (3, 3)], []),
    ],
)
def test_a_word_is_false_by_the_smallest_lead(
    word: Word, true: list[tuple[float, float]], false: list[tuple[float, float]]
) -> None:
    assert [is_false(word, leads) for leads in true] == [False] * len(true)
    assert [is_false(word, leads) for leads in false] == [True] * len(false)


def test_a_suffix_and_a_name_can_be_false_where_the_word_is_true() -> None:
    assert not is_false(Word.REFUTED, (-0.5, 0), Suffix.LESS)
    assert is_false(Word.REFUTED, (-1, 0), Suffix.LESS)
    assert not is_false(Word.REFUTED, (-1, 0), Suffix.AT_LEAST)
    assert is_false(Word.REFUTED, (-0.9, 0), Suffix.AT_LEAST)
    assert not is_false(Word.REFUTED, (-1, 0), winners=(True, False))
    assert is_false(Word.REFUTED, (-1, 0), winners=(True, True))
    for word in (Word.SLIGHTLY_BETTER, Word.NO_RELEVANT_GAIN):
        assert not is_false(word, (0.5, 1), slight=(True, False))
        assert is_false(word, (0.5, 1), slight=(False, True))


def test_small_pvalues_are_exact_and_others_are_bounds() -> None:
    generator = np.random.default_rng(1)
    a, b = (
        np.stack([simulated_scores(generator, Q=30, S=4, sd=(0.1, 0.03, 0.1)) for _ in range(40)])
        for _ in "ab"
    )
    test = crossed_many(a, b, np.arange(30), seeds="independent")
    exact = test.spread.pvalue(test.mean)
    p = pvalues_below(test.spread, np.abs(test.mean), limit=0.3)
    assert (p[exact < 0.3] == exact[exact < 0.3]).all()
    assert (p <= exact).all()
    assert (p[exact >= 0.3] >= 0.3).all()
    assert (p < exact).any()


@pytest.mark.parametrize("tail", [0.01, 0.1, 0.4])
def test_limits_lie_on_the_side_of_each_point_on_which_the_exact_ones_do(tail: float) -> None:
    generator = np.random.default_rng(2)
    a, b = (
        np.stack([simulated_scores(generator, Q=30, S=4, sd=(0.1, 0.02, 0.1)) for _ in range(60)])
        for _ in "ab"
    )
    test = crossed_many(a, b, np.arange(30), seeds="shared")
    points = np.array([-0.05, 0.0, 0.02, 0.05])
    distances = np.abs(test.mean[:, None] - points)
    pvalues = np.stack([test.pvalue_at(point) for point in points], axis=-1)
    half, exact = GridWidths(distances, pvalues)(tail), test.half_width(tail)
    for sign in (-1, 1):
        limits, expected = (test.mean + sign * width for width in (half, exact))
        for point in points:
            assert ((limits > point) == (expected > point)).all()
