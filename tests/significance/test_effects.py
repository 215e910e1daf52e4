"""Effect sizes against R's effectsize."""

from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maw.significance import EffectSize, effect_size, hedges_j, rank_biserial, sign_test, win_share


def test_effect_sizes_of_sleep_are_those_of_effectsize(reference: dict[str, Any]) -> None:
    # R: effectsize::cohens_d(paired), hedges_g; the interval is given for |d_z|
    example = reference["paired_t_sleep"]
    size = effect_size(np.subtract(example["a"], example["b"]))
    assert size.d_z == pytest.approx(example["d_z"], rel=1e-12)
    assert hedges_j(9) == pytest.approx(example["J"], rel=1e-12)
    assert size.hedges_g == pytest.approx(example["g"], rel=1e-12)
    low, high = size.confidence_interval()
    assert (-high, -low) == pytest.approx(example["d_z_abs_ci95"], abs=5e-6)


def test_rank_biserial_of_depression_is_that_of_effectsize(reference: dict[str, Any]) -> None:
    # R: effectsize::rank_biserial(x, y, paired = TRUE): .78, [.30, .94]
    example = reference["wilcoxon_depression"]
    r = rank_biserial(np.subtract(example["x"], example["y"]))
    assert r.value == pytest.approx(example["rank_biserial"], rel=1e-12)
    assert r.confidence_interval() == pytest.approx(example["rank_biserial_ci95"], abs=6e-4)


def test_d_z_of_a_trec_pair(reference: dict[str, Any]) -> None:
    example = reference["urbano_adhoc8"]
    size = effect_size(np.subtract(example["a"], example["b"]))
    assert size.d_z == pytest.approx(example["d_z"], rel=1e-10)


@pytest.mark.parametrize(("d_z", "n"), [(0.05, 1000), (5.8, 300), (300.0, 10), (-2.0, 3)])
def test_the_interval_is_where_the_observed_t_stops_being_extreme(d_z: float, n: int) -> None:
    low, high = EffectSize(d_z, n).confidence_interval()
    assert low < d_z < high
    t = d_z * n**0.5
    if abs(t) < 50:  # scipy's own distribution is not reliable for larger t
        assert stats.nct.sf(t, n - 1, low * n**0.5) == pytest.approx(0.025, abs=1e-6)
        assert stats.nct.cdf(t, n - 1, high * n**0.5) == pytest.approx(0.025, abs=1e-6)


def test_the_interval_of_a_huge_effect_of_two_queries_is_found_on_either_side() -> None:
    # the bounds that the search starts from do not hold the ends here
    low, high = EffectSize(7.5, 2).confidence_interval(0.99)
    assert EffectSize(-7.5, 2).confidence_interval(0.99) == pytest.approx((-high, -low))
    t = 7.5 * 2**0.5
    assert stats.nct.sf(t, 1, low * 2**0.5) == pytest.approx(0.005, abs=1e-6)
    assert stats.nct.cdf(t, 1, high * 2**0.5) == pytest.approx(0.005, abs=1e-6)


def test_sizes_of_constant_differences() -> None:
    assert effect_size(np.zeros(4)).d_z == 0
    assert effect_size(np.full(4, -0.1)).d_z == -np.inf
    assert isnan(effect_size(np.full(4, 0.1)).confidence_interval().low)
    assert rank_biserial(np.zeros(4)).value == 0
    assert all(map(isnan, rank_biserial(np.zeros(4)).confidence_interval()))
    assert rank_biserial(np.full(4, -0.1)).confidence_interval() == (-1, -1)
    assert isnan(hedges_j(1))


def test_half_a_tie_counts_for_each_side() -> None:
    assert win_share(sign_test([0.2, 0.1, 0.0, -0.1])) == 0.625


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=20))
def test_swapping_the_systems_mirrors_every_size(d: list[int]) -> None:
    original, swapped = np.array(d, dtype=float), -np.array(d, dtype=float)
    assert effect_size(swapped).d_z == -effect_size(original).d_z
    assert rank_biserial(swapped).value == pytest.approx(-rank_biserial(original).value)
    shares = win_share(sign_test(original)) + win_share(sign_test(swapped))
    assert shares == pytest.approx(1)


def test_the_bias_factor_starts_above_one_degree_of_freedom() -> None:
    # J(2) = Γ(1) / (1·Γ(1/2)) = 1/√π
    assert hedges_j(2) == pytest.approx(0.5641895835, abs=5e-11)
    assert isnan(hedges_j(1))
    assert hedges_j(1.01) > 0


def test_a_level_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(ValueError, match="level is 95"):
        EffectSize(0.3, 20).confidence_interval(95)
