"""Effect sizes against R's effectsize."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maw.significance import (
    EffectSize,
    effect_size,
    hedges_j,
    rank_biserial,
    sign_test,
    win_share,
)


def test_effect_sizes_of_sleep_are_those_of_effectsize(reference: dict) -> None:
    # R: effectsize::cohens_d(paired), hedges_g; the interval is given for |d_z|
    known = reference["paired_t_sleep"]
    size = effect_size(np.subtract(known["a"], known["b"]))
    assert size.d_z == pytest.approx(known["d_z"], rel=1e-12)
    assert hedges_j(9) == pytest.approx(known["J"], rel=1e-12)
    assert size.hedges_g == pytest.approx(known["g"], rel=1e-12)
    low, high = size.confidence_interval()
    assert (-high, -low) == pytest.approx(known["d_z_abs_ci95"], abs=5e-6)


def test_rank_biserial_of_depression_is_that_of_effectsize(reference: dict) -> None:
    # R: effectsize::rank_biserial(x, y, paired = TRUE): .78, [.30, .94]
    known = reference["wilcoxon_depression"]
    r = rank_biserial(np.subtract(known["x"], known["y"]))
    assert r.value == pytest.approx(known["rank_biserial"], rel=1e-12)
    assert r.confidence_interval() == pytest.approx(known["rank_biserial_ci95"], abs=6e-4)


def test_d_z_of_a_trec_pair(reference: dict) -> None:
    known = reference["urbano_adhoc8"]
    size = effect_size(np.subtract(known["a"], known["b"]))
    assert size.d_z == pytest.approx(known["d_z"], rel=1e-10)


@pytest.mark.parametrize(("d_z", "n"), [(0.05, 1000), (5.8, 300), (300.0, 10), (-2.0, 3)])
def test_the_interval_is_where_the_observed_t_stops_being_extreme(d_z: float, n: int) -> None:
    low, high = EffectSize(d_z, n).confidence_interval()
    assert low < d_z < high
    t = d_z * n**0.5
    if abs(t) < 50:  # beyond, scipy's own distribution is not to be relied on
        assert stats.nct.sf(t, n - 1, low * n**0.5) == pytest.approx(0.025, abs=1e-6)
        assert stats.nct.cdf(t, n - 1, high * n**0.5) == pytest.approx(0.025, abs=1e-6)


def test_sizes_of_constant_differences() -> None:
    assert effect_size(np.zeros(4)).d_z == 0
    assert effect_size(np.full(4, -0.1)).d_z == -np.inf
    assert isnan(effect_size(np.full(4, 0.1)).confidence_interval().low)
    assert rank_biserial(np.zeros(4)).value == 0
    assert isnan(rank_biserial(np.zeros(4)).confidence_interval().low)
    assert isnan(hedges_j(1))


def test_half_a_tie_counts_for_each_side() -> None:
    assert win_share(sign_test([0.2, 0.1, 0.0, -0.1])) == 0.625


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=20))
def test_swapping_the_systems_mirrors_every_size(d: list[int]) -> None:
    there, back = np.array(d, dtype=float), -np.array(d, dtype=float)
    assert effect_size(back).d_z == -effect_size(there).d_z
    assert rank_biserial(back).value == pytest.approx(-rank_biserial(there).value)
    shares = win_share(sign_test(there)) + win_share(sign_test(back))
    assert shares == pytest.approx(1)
