"""Equivalence, power, and the distribution beneath them."""

from math import isnan, nan, sqrt

import numpy as np
import pytest
from scipy import special, stats

from maw.significance import (
    equivalence_power,
    minimum_detectable_effect,
    paired_t,
    power,
    tost,
)
from maw.significance.clean import Interval
from maw.significance.noncentral import noncentral_t_cdf, noncentral_t_sf
from maw.significance.prospects import Design, SeedSpread, prospects


@pytest.mark.parametrize("bound", [1, 2])
def test_tost_is_that_of_pingouin(bound: int, reference: dict) -> None:
    # pingouin.tost documentation data, paired form
    known = reference["tost_paired"]
    t = paired_t(np.subtract(known["a"], known["b"]))
    test = tost(t.mean, standard_error=t.standard_error, df=t.df, sesoi=bound)
    assert test.pvalue == pytest.approx(known[f"p_bound_{bound}"], rel=1e-12)


def test_tost_passes_exactly_when_the_ninety_percent_interval_lies_inside() -> None:
    test = tost(0.005, standard_error=0.004, df=12.5, sesoi=0.005 + 0.004 * stats.t.isf(0.05, 12.5))
    assert test.pvalue == pytest.approx(0.05)


def test_systems_that_never_differ_are_equivalent_for_certain() -> None:
    assert tost(0.0, standard_error=0.0, df=9, sesoi=0.02).pvalue == 0
    assert tost(0.1, standard_error=0.0, df=9, sesoi=0.02).pvalue == 1
    assert isnan(tost(0.1, standard_error=0.0, df=nan, sesoi=0.02).pvalue)


def test_a_margin_that_is_no_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="sesoi is 0"):
        tost(0.0, standard_error=0.1, df=9, sesoi=0)


def test_one_sided_power_is_that_of_r(reference: dict) -> None:
    # R: power.t.test(n = 20, delta = .5, sd = 1, type = "paired", alternative = "one.sided")
    known = reference["power_paired_one_sided"]
    critical = float(stats.t.isf(known["alpha"], known["n"] - 1))
    found = noncentral_t_sf(critical, df=known["n"] - 1, nc=known["d"] * sqrt(known["n"]))
    assert found == pytest.approx(known["power"], abs=1e-9)


def test_two_sided_power_is_that_of_r() -> None:
    # R: power.t.test(n = 20, delta = 1, sd = 1): power = 0.8689528, without the other tail
    shift = 1 / sqrt(2 / 20)
    above = noncentral_t_sf(float(stats.t.isf(0.025, 38)), df=38, nc=shift)
    assert above == pytest.approx(0.8689528, abs=5e-8)
    both = power(1, standard_error=sqrt(2 / 20), df=38, alpha=0.05)
    assert both == pytest.approx(above, abs=1e-6)


@pytest.mark.parametrize(("df", "alpha"), [(1, 0.05), (1.3, 0.001), (5.5, 0.025), (1e5, 0.05)])
def test_the_minimum_detectable_effect_is_found_in_four_of_five_experiments(
    df: float, alpha: float
) -> None:
    mde = minimum_detectable_effect(0.01, df=df, alpha=alpha)
    assert power(mde, standard_error=0.01, df=df, alpha=alpha) == pytest.approx(0.8, abs=1e-6)
    assert power(-mde, standard_error=0.01, df=df, alpha=alpha) == pytest.approx(0.8, abs=1e-6)


def test_with_many_degrees_of_freedom_it_is_the_familiar_2_80_standard_errors() -> None:
    # 1.959964 + 0.841621
    assert minimum_detectable_effect(1, df=1e7, alpha=0.05) == pytest.approx(2.801585, abs=1e-5)


def test_the_chance_of_equivalence_is_that_of_simulated_experiments() -> None:
    t = stats.t.rvs(8, size=200_000, random_state=5)
    inside = np.abs(t) < 0.02 / 0.006 - stats.t.isf(0.05, 8)
    found = equivalence_power(0.006, df=8, alpha=0.05, sesoi=0.02)
    assert found == pytest.approx(inside.mean(), abs=0.004)
    assert equivalence_power(0.02, df=8, alpha=0.05, sesoi=0.02) == 0


@pytest.mark.parametrize("df", [1.0, 1.5, 4.2, 30.0, 1000.0, 1e5])
@pytest.mark.parametrize("nc", [0.0, 0.7, 2.5, 6.0])
def test_the_noncentral_t_is_scipys_where_that_is_sound(df: float, nc: float) -> None:
    t = float(special.stdtrit(df, 0.975))
    assert noncentral_t_sf(t, df=df, nc=nc) == pytest.approx(stats.nct.sf(t, df, nc), abs=1e-9)
    assert noncentral_t_cdf(t, df=df, nc=0) == pytest.approx(0.975, abs=1e-9)


def test_the_noncentral_t_answers_where_scipys_is_nan() -> None:
    # with df = 1e5 it is a normal: P(Z - 3 <= 5) = 1 - 6e-16
    assert noncentral_t_cdf(5, df=1e5, nc=-3) == pytest.approx(1)
    assert 0 <= noncentral_t_cdf(-12.7, df=1, nc=8) < 1e-9


def test_a_range_holds_what_is_planned_though_seeds_share_their_errors() -> None:
    # V_q is small beside the errors: without σ²_s the df fall, and the mde rises
    sides = (
        SeedSpread(4e-4, Interval(0, 4e-3), 0.0186, 5),
        SeedSpread(1e-5, Interval(0, 1e-3), 0.0191, 5),
    )
    design = Design(query=1e-3, sides=sides, n_queries=550, n_units=187, flags=(), shared=0.017)
    for found in prospects(design, alpha=0.025, sesoi=0.02):
        assert found.mde_range.low <= found.mde <= found.mde_range.high
        assert found.p_equivalent is not None
        assert found.p_equivalent_range is not None
        assert found.p_equivalent_range.high <= found.p_equivalent <= found.p_equivalent_range.low
