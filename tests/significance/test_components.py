"""Variance components and their intervals: lme4's estimates, Burdick & Graybill's limits."""

from math import inf, isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from maw.significance import MeanSquare, Reason, difference_interval, variance_components


def test_components_of_penicillin_are_those_of_lme4(reference: dict[str, Any]) -> None:
    # R: lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin): .7169, 3.7309, .3024
    components = variance_components(reference["penicillin"]["rows"])
    assert components.query.value == pytest.approx(0.7169, abs=5e-5)
    assert components.seed.value == pytest.approx(3.7309, abs=5e-5)
    assert components.error.value == pytest.approx(0.3024, abs=5e-5)


def test_components_of_a_system_are_those_of_lme4(reference: dict[str, Any]) -> None:
    # R: lmer(y ~ 1 + (1 | q) + (1 | s)): .0328995329964 .0004112857016 .0005929121856
    components = variance_components(reference["crossed_both_trained"]["a"])
    values = [components.query.value, components.seed.value, components.error.value]
    assert values == pytest.approx([0.0328995330, 0.0004112857, 0.0005929122], rel=2e-6)


def test_the_error_has_the_chi_square_interval(reference: dict[str, Any]) -> None:
    # R: 115 * .30241545893719807 / qchisq(c(.975, .025), 115)
    interval = variance_components(reference["penicillin"]["rows"]).error.confidence_interval()
    expected = 115 * 0.30241545893719807 / stats.chi2.ppf([0.975, 0.025], 115)
    assert interval == pytest.approx(expected, rel=1e-12)


def test_the_seed_interval_is_that_of_daewr(reference: dict[str, Any]) -> None:
    # R: daewr::vci(.975, 1/24, 89.84444444444452, 5, 1/24, .30241545893719807, 115), lower limit
    #    1.445836626; its upper limit leaves out Burdick & Graybill's H12 term, with it 22.5056077
    seed = variance_components(reference["penicillin"]["rows"]).seed
    assert seed.confidence_interval().low == pytest.approx(1.445836626, abs=5e-7)
    assert seed.confidence_interval().high == pytest.approx(22.5056077, abs=2e-5)


def test_limits_of_a_difference_are_those_of_daewr() -> None:
    # R: daewr::vci(.90, .05, .084852, 2, .05, .026885, 18): .00289835, lower .0003400021652;
    #    upper with H12 .0388470407. vci(.90, .05, .014852, 2, ...): lower −.001579782845, cut
    scale = 0.05
    second = MeanSquare(scale * 0.026885, 18)
    interval = difference_interval(MeanSquare(scale * 0.084852, 2), second, level=0.8)
    assert interval == pytest.approx((0.0003400021652, 0.0388470407), rel=1e-6)
    small = difference_interval(MeanSquare(scale * 0.014852, 2), second, level=0.8)
    assert small.low == 0
    assert small.high == pytest.approx(0.00563867871, rel=1e-6)


@given(st.integers(1, 30), st.integers(5, 500), st.floats(0.01, 0.2))
@settings(max_examples=50, deadline=None)
def test_each_end_is_zero_exactly_where_the_f_test_turns(n: int, m: int, alpha: float) -> None:
    level = 1 - 2 * alpha
    for tail, end in ((alpha, "low"), (1 - alpha, "high")):
        turn = float(stats.f.isf(tail, n, m))
        for factor, positive in ((1.001, True), (0.999, False)):
            interval = difference_interval(
                MeanSquare(factor * turn, n), MeanSquare(1.0, m), level=level
            )
            assert (getattr(interval, end) > 0) is positive


def test_the_intervals_cover() -> None:
    # two-sided 90 %; 20,000 draws have a Monte-Carlo standard error of .002
    generator = np.random.default_rng(4)
    n, m = 4, 396
    for ratio in (0.2, 1.0, 5.0):  # of Q·σ²_s to σ²_e
        x = (1 + ratio) * generator.chisquare(n, 4_000) / n
        y = generator.chisquare(m, 4_000) / m
        intervals = [
            difference_interval(MeanSquare(a, n), MeanSquare(b, m), level=0.9)
            for a, b in zip(x, y, strict=True)
        ]
        coverage = np.mean([low <= ratio <= high for low, high in intervals])
        assert coverage == pytest.approx(0.9, abs=0.02)


def test_five_seeds_leave_a_factor_of_ten() -> None:
    table = np.random.default_rng(1).normal(0, 0.1, (100, 5)) + np.arange(5) * 0.02
    low, high = variance_components(table).seed.confidence_interval()
    assert high > 10 * low > 0


def test_a_limit_is_the_end_of_the_matching_interval() -> None:
    seed = variance_components(np.random.default_rng(2).random((40, 5))).seed
    assert seed.upper_limit(0.8) == seed.confidence_interval(0.6).high
    assert seed.upper_limit(0.95) > seed.upper_limit(0.8)


def test_clusters_bring_their_design_effect_into_the_query_component() -> None:
    table = np.repeat(np.random.default_rng(3).random((12, 4)), 5, axis=0)
    clustered = variance_components(table, np.arange(60) // 5)
    alone = variance_components(table)
    assert clustered.query.value > 3 * alone.query.value
    assert (clustered.seed, clustered.n_units) == (alone.seed, 12)


def test_one_seed_says_that_nothing_is_known() -> None:
    components = variance_components([[0.1], [0.4], [0.2]])
    assert isnan(components.seed.value)
    assert isnan(components.seed.confidence_interval().high)
    assert components.query.value == pytest.approx(np.var([0.1, 0.4, 0.2], ddof=1))
    assert [flag.reason for flag in components.flags] == [Reason.ONE_SEED]
    few = variance_components([[0.1, 0.2], [0.4, 0.3], [0.2, 0.1]])
    assert [flag.reason for flag in few.flags] == [Reason.FEW_SEEDS]


def test_nothing_varies_nothing_is_uncertain() -> None:
    components = variance_components(np.full((5, 4), 0.3))
    assert components.seed.confidence_interval() == (0, 0)
    assert difference_interval(MeanSquare(1.0, 4), MeanSquare(0.0, inf), level=0.9).low > 0


def test_two_seeds_are_flagged_and_three_are_not() -> None:
    table = np.random.default_rng(5).random((9, 3))
    assert variance_components(table).flags == ()
    (flag,) = variance_components(table[:, :2]).flags
    assert str(flag) == "2 seeds: the interval of the seeds' variance says almost nothing"
    assert not flag.blocks


def test_a_level_outside_zero_to_one_is_refused() -> None:
    seed = variance_components(np.random.default_rng(2).random((9, 4))).seed
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match=f"level is {level}; expected a number between"):
            seed.confidence_interval(level)


def test_scores_that_are_not_a_finite_table_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^scores has 1 axes; give scores as"):
        variance_components([0.1, 0.2])
    with pytest.raises(ValueError, match=r"^scores\[1, 0\] is nan"):
        variance_components([[0.1], [np.nan]])
