"""Symmetries of all tests and sizes that take one difference per query, or one table.

`crossed`, sign flips and max-T, random effects and resplits have theirs in their own files.
"""

from collections.abc import Callable
from math import isnan
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.significance import (
    bh,
    bonferroni,
    bootstrap_effect_size,
    bootstrap_mean,
    by,
    crossed,
    effect_size,
    equivalence_power,
    holm,
    mcnemar,
    minimum_detectable_effect,
    paired_t,
    rank_biserial,
    sign_flip,
    sign_test,
    variance_components,
    wilcoxon,
    win_share,
)

Test = Callable[..., float]


TESTS: dict[str, Test] = {
    # a range this small leaves out the rule for few queries that differ, which knows the unit
    "t": lambda d, clusters=None: paired_t(d, clusters, measure_range=1e-9).pvalue,
    "Wilcoxon": lambda d, clusters=None: wilcoxon(d, clusters).pvalue,
    "Pratt": lambda d, clusters=None: wilcoxon(d, clusters).pvalue_pratt,
    "sign": lambda d, clusters=None: sign_test(d, clusters).pvalue,
    "sign flips": lambda d, clusters=None: sign_flip(d, clusters, seed=0, resamples=499).pvalue,
}


SIZES: dict[str, Test] = {
    "d_z": lambda d: effect_size(d).d_z,
    "Hedges g": lambda d: effect_size(d).hedges_g,
    "d_z, low": lambda d: effect_size(d).confidence_interval().low,
    "rank-biserial": lambda d: rank_biserial(d).value,
    "rank-biserial, low": lambda d: rank_biserial(d).confidence_interval().low,
    "wins": lambda d: win_share(sign_test(d)),
}


whole_numbers = st.lists(st.integers(-9, 9), min_size=3, max_size=14).filter(
    lambda d: len(set(d)) > 1
)


brief = settings(max_examples=25, deadline=None)


each_test = pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)


each_size = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)


def same(value: float) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True)


@each_test
@brief
@given(whole_numbers, st.sampled_from([1e-6, 0.1, 300.0]), st.randoms(use_true_random=False))
def test_sign_unit_and_order_of_queries_keep_p(
    test: Test, d: list[int], scale: float, random: Random
) -> None:
    shuffled = random.sample(d, len(d))
    assert test(-scale * np.array(shuffled)) == same(test(np.array(d, dtype=float)))


@each_test
@brief
@given(whole_numbers, st.randoms(use_true_random=False))
def test_names_and_order_of_clusters_keep_p(test: Test, d: list[int], random: Random) -> None:
    clusters = np.arange(len(d)) // 2
    order = random.sample(range(len(d)), len(d))
    reordered = test(np.array(d, dtype=float)[order], [f"c{9 - c}" for c in clusters[order]])
    assert reordered == same(test(np.array(d, dtype=float), clusters))


@each_test
def test_no_difference_at_all_is_p_one(test: Test) -> None:
    assert test(np.zeros(12)) == 1
    assert test(np.zeros(12), np.arange(12) // 3) == 1


@pytest.mark.parametrize("name", ["Wilcoxon", "sign", "sign flips"])
@brief
@given(whole_numbers)
def test_a_query_on_which_both_agree_moves_no_test_of_signs_and_ranks(
    name: str, d: list[int]
) -> None:
    assert TESTS[name]([*d, 0.0]) == same(TESTS[name](np.array(d, dtype=float)))


@each_size
@brief
@given(whole_numbers, st.sampled_from([1e-6, 0.1, 300.0]), st.randoms(use_true_random=False))
def test_unit_and_order_of_queries_keep_every_size(
    size: Test, d: list[int], scale: float, random: Random
) -> None:
    shuffled = random.sample(d, len(d))
    changed = size(scale * np.array(shuffled))
    assert changed == pytest.approx(size(np.array(d, dtype=float)), rel=1e-7, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("interval", [bootstrap_mean, bootstrap_effect_size])
def test_bca_mirrors_and_scales(interval: Callable[..., Any]) -> None:
    d = np.random.default_rng(3).gamma(2, 1, (80, 1)) - 1.5
    unit = 1.0 if interval is bootstrap_effect_size else 300.0
    original, scaled = interval(d, seed=1), interval(300 * d, seed=1)
    assert (scaled.low, scaled.high) == (same(unit * original.low), same(unit * original.high))
    # mirrored, the units come in another order: as far apart as two seeds are
    mirrored, width = interval(-d, seed=1), float(original.high[0] - original.low[0])
    assert -mirrored.high[0] == pytest.approx(original.low[0], abs=0.05 * width)
    assert -mirrored.low[0] == pytest.approx(original.high[0], abs=0.05 * width)


def test_numbering_of_seeds_and_order_of_queries_keep_components() -> None:
    generator = np.random.default_rng(4)
    table = generator.normal(0, 0.2, (30, 1)) + generator.normal(0, 0.1, (30, 5))
    clusters, rows = np.arange(30) // 3, generator.permutation(30)
    original = variance_components(table, clusters)
    changed = variance_components(
        7 * table[rows][:, generator.permutation(5)] + 2, 50 - clusters[rows]
    )
    for name in ("query", "seed", "error"):
        component, other = getattr(original, name), getattr(changed, name)
        assert other.value == pytest.approx(49 * component.value, rel=1e-9)
        low, high = component.confidence_interval()
        assert other.confidence_interval() == pytest.approx((49 * low, 49 * high), rel=1e-9)


def test_the_unit_of_the_measure_does_not_matter_to_a_plan() -> None:
    generator = np.random.default_rng(5)
    a, b = (generator.normal(0, 0.2, (40, 4)) for _ in "ab")
    original = crossed(a, b, seeds="shared").test.spread
    scaled = crossed(100 * a, 100 * b, seeds="shared", measure_range=100).test.spread
    effect = minimum_detectable_effect(original, alpha=0.05)
    assert minimum_detectable_effect(scaled, alpha=0.05) == pytest.approx(100 * effect, rel=1e-7)
    chance = equivalence_power(original, alpha=0.05, sesoi=0.15)
    assert 0.01 < chance < 0.99
    scaled_chance = equivalence_power(scaled, alpha=0.05, sesoi=15)
    assert scaled_chance == pytest.approx(chance, rel=1e-7)


@pytest.mark.parametrize("correct", [bonferroni, holm, bh, by])
def test_a_correction_knows_no_order(correct: Callable[..., Any]) -> None:
    p = np.random.default_rng(6).random(9) ** 2
    order = np.random.default_rng(7).permutation(9)
    assert correct(p[order]) == pytest.approx(correct(p)[order])
    assert correct(np.ones(9)) == pytest.approx(np.ones(9))
    assert np.all(correct(p) >= p)


@brief
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=20))
def test_hits_that_both_have_or_miss_move_nothing(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs, dtype=float).T
    p = mcnemar(a, b).pvalue
    assert mcnemar([*a, 1, 0], [*b, 1, 0]).pvalue == p
    assert mcnemar(a[::-1], b[::-1]).pvalue == p


def test_a_size_without_spread_is_no_number() -> None:
    assert isnan(effect_size(np.full(5, 0.1)).confidence_interval().low)
    assert win_share(sign_test(np.full(5, 0.1))) == 1
