"""Power, minimum detectable effects and chances of equivalence against R and simulations."""

from math import isnan, nan, sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from maw.significance import equivalence_power, minimum_detectable_effect, power
from maw.significance.noncentral import noncentral_t_sf


def test_one_sided_power_is_that_of_r(reference: dict[str, Any]) -> None:
    # R: power.t.test(n = 20, delta = .5, sd = 1, type = "paired", alternative = "one.sided")
    example = reference["power_paired_one_sided"]
    critical = float(stats.t.isf(example["alpha"], example["n"] - 1))
    above = noncentral_t_sf(critical, df=example["n"] - 1, nc=example["d"] * sqrt(example["n"]))
    assert above == pytest.approx(example["power"], abs=1e-9)


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
    chance = equivalence_power(0.006, df=8, alpha=0.05, sesoi=0.02)
    assert chance == pytest.approx(inside.mean(), abs=0.004)
    assert equivalence_power(0.02, df=8, alpha=0.05, sesoi=0.02) == 0


@pytest.mark.parametrize(("alpha", "target"), [(0.0, 0.8), (0.8, 0.8), (0.05, 1.0)])
def test_a_target_that_no_effect_reaches_is_refused(alpha: float, target: float) -> None:
    with pytest.raises(ValueError, match="expected 0 < alpha < target < 1"):
        minimum_detectable_effect(0.01, df=9, alpha=alpha, target=target)


def test_without_degrees_of_freedom_nothing_can_be_planned() -> None:
    assert isnan(minimum_detectable_effect(0.01, df=nan, alpha=0.05))
    assert isnan(equivalence_power(0.01, df=nan, alpha=0.05, sesoi=0.02))


def test_without_spread_everything_is_found() -> None:
    assert minimum_detectable_effect(0.0, df=9, alpha=0.05) == 0
    assert equivalence_power(0.0, df=9, alpha=0.05, sesoi=0.02) == 1
