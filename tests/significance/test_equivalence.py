"""TOST against pingouin, and at the limits of what it takes."""

from math import isnan, nan
from typing import Any

import numpy as np
import pytest
from scipy import stats

from maw.significance import paired_t, tost


@pytest.mark.parametrize("bound", [1, 2])
def test_tost_is_that_of_pingouin(bound: int, reference: dict[str, Any]) -> None:
    # pingouin.tost documentation data, paired form
    example = reference["tost_paired"]
    contrast = paired_t(np.subtract(example["a"], example["b"]))
    test = tost(contrast.mean, standard_error=contrast.standard_error, df=contrast.df, sesoi=bound)
    assert test.pvalue == pytest.approx(example[f"p_bound_{bound}"], rel=1e-12)


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


def test_a_standard_error_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"standard_error is -0\.1; it must be at least 0"):
        tost(0.0, standard_error=-0.1, df=9, sesoi=0.02)


def test_without_spread_a_difference_at_the_margin_is_not_equivalent() -> None:
    assert tost(0.02, standard_error=0.0, df=9, sesoi=0.02).pvalue == 1
    assert tost(-0.02, standard_error=0.0, df=9, sesoi=0.02).pvalue == 1
