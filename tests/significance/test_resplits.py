"""The corrected resampled t-test against R's own arithmetic."""

from math import isnan

import numpy as np
import pytest
from scipy import stats

from maw.significance import Reason, resplit_test

SPLITS = [0.012, 0.031, -0.004, 0.022, 0.018, 0.027, 0.009, 0.015]


def test_it_is_nadeau_and_bengios() -> None:
    # Nadeau & Bengio (2003), corrected resampled t; R, as correctR::resampled_ttest computes it:
    # d <- c(.012, .031, -.004, .022, .018, .027, .009, .015)
    # t <- mean(d) / sqrt((1/8 + 30/70) * var(d)); 2 * pt(-abs(t), 7)
    # 1.9802646083874, .0881474090999; interval -.00315404526023 .03565404526023
    test = resplit_test(SPLITS, n_train=70, n_test=30)
    assert test.statistic == pytest.approx(1.9802646083874, abs=5e-13)
    assert test.pvalue == pytest.approx(0.0881474090999, abs=5e-14)
    interval = (-0.00315404526023, 0.03565404526023)
    assert test.confidence_interval() == pytest.approx(interval, abs=5e-14)


def test_without_overlap_it_is_the_t_test() -> None:
    test = resplit_test(SPLITS, n_train=1e12, n_test=1)
    assert test.pvalue == pytest.approx(stats.ttest_1samp(SPLITS, 0).pvalue, rel=1e-6)


def test_symmetries() -> None:
    test = resplit_test(SPLITS, n_train=7, n_test=3)
    assert resplit_test(SPLITS, n_train=70, n_test=30) == test
    swapped = resplit_test(-np.array(SPLITS), n_train=7, n_test=3)
    assert (swapped.pvalue, swapped.mean) == (test.pvalue, -test.mean)
    percent = resplit_test(100 * np.array(SPLITS[::-1]), n_train=7, n_test=3)
    assert percent.pvalue == pytest.approx(test.pvalue)
    assert resplit_test([0.0, 0.0], n_train=7, n_test=3).pvalue == 1


def test_what_is_not_estimable_says_why() -> None:
    single, constant = (resplit_test(d, n_train=7, n_test=3) for d in ([0.1], [0.1, 0.1]))
    assert isnan(single.pvalue)
    assert [flag.reason for flag in single.flags] == [Reason.FEW_REPEATS]
    assert (single.mean, single.n_splits) == (0.1, 1)
    assert (constant.mean, constant.n_splits) == (0.1, 2)
    assert isnan(constant.confidence_interval().low)
    assert "same difference in all 2 splits" in str(constant.flags[0])
    with pytest.raises(ValueError, match="n_test 0"):
        resplit_test(SPLITS, n_train=7, n_test=0)
    with pytest.raises(ValueError, match=r"differences\[1\] is nan"):
        resplit_test([0.1, np.nan], n_train=7, n_test=3)


def test_two_splits_are_the_fewest() -> None:
    # R: d <- c(.01, .03); t <- mean(d) / sqrt((1/2 + 30/70) * var(d)); 2 * pt(-t, 1)
    test = resplit_test([0.01, 0.03], n_train=70, n_test=30)
    statistic = 0.02 / np.sqrt((1 / 2 + 30 / 70) * 0.0002)
    assert (test.df, test.n_splits) == (1, 2)
    assert test.statistic == pytest.approx(statistic)
    assert test.pvalue == pytest.approx(1 - 2 / np.pi * np.arctan(statistic))  # Cauchy
