"""Newcombe's interval against his table, and the exact McNemar test beside it."""

from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.significance import mcnemar
from maw.significance.proportions import PairedProportions, paired_proportions

LEVEL_OF_TABLE = erf(1.96 / sqrt(2))  # the table takes z = 1.96


def of_counts(both: int, only_a: int, only_b: int, neither: int) -> PairedProportions:
    counts = (both, only_a, only_b, neither)
    return paired_proportions(np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts))


# Newcombe, Statistics in Medicine 17 (1998) 2635-2650, Table III, method 10
@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        ((20, 12, 2, 16), (0.0562, 0.3292)),
        ((18, 12, 2, 18), (0.0562, 0.3290)),
        ((36, 14, 0, 0), (0.1528, 0.4167)),
        ((35, 14, 0, 1), (0.1461, 0.4175)),
        ((18, 14, 0, 18), (0.1441, 0.3963)),
        ((2, 97, 1, 0), (0.8721, 0.9854)),
        ((0, 29, 1, 0), (0.6666, 0.9882)),
        ((0, 30, 0, 0), (0.8395, 1.0)),
        ((54, 0, 0, 0), (-0.0664, 0.0664)),
        ((30, 0, 0, 24), (-0.0358, 0.0358)),
        ((27, 0, 0, 27), (-0.0351, 0.0351)),
    ],
)
def test_the_interval_is_that_of_newcombes_table(
    counts: tuple[int, int, int, int], interval: tuple[float, float]
) -> None:
    contrast = of_counts(*counts)
    assert contrast.difference == pytest.approx((counts[1] - counts[2]) / sum(counts))
    assert contrast.confidence_interval(LEVEL_OF_TABLE) == pytest.approx(interval, abs=5e-5)


def test_the_pvalue_is_the_exact_test() -> None:
    # R: binom.test(2, 14)$p.value; 2 (1 + 14 + 91) / 2^14
    contrast = of_counts(36, 12, 2, 0)
    assert contrast.pvalue == pytest.approx(212 / 2**14)
    assert contrast.test == mcnemar([1] * 48 + [0] * 2, [1] * 36 + [0] * 12 + [1] * 2)
    assert contrast.n_queries == 50


@given(st.tuples(*[st.integers(0, 30)] * 4).filter(lambda counts: sum(counts) > 1))
def test_the_interval_is_within_one_has_width_and_turns_with_the_systems(
    counts: tuple[int, int, int, int],
) -> None:
    both, only_a, only_b, neither = counts
    contrast = of_counts(both, only_a, only_b, neither)
    low, high = contrast.confidence_interval()
    assert -1 - 1e-12 <= low <= contrast.difference + 1e-12
    assert contrast.difference - 1e-12 <= high <= 1 + 1e-12
    assert high - low > 1e-3
    turned = of_counts(both, only_b, only_a, neither).confidence_interval()
    assert turned == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_is_between_zero_and_one(level: float) -> None:
    with pytest.raises(ValueError, match=f"level is {level}; give a number between 0 and 1"):
        of_counts(1, 1, 1, 1).confidence_interval(level)
