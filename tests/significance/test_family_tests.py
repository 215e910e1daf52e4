"""max-T and BH of many experiments at once are those of one experiment."""

import numpy as np
import pytest

from maw.significance import bh, max_t
from maw.significance.family_tests import bh_rows, max_t_pvalues


def test_max_t_of_many_experiments_is_that_of_one() -> None:
    d = np.random.default_rng(21).normal(0.03, 0.1, (4, 3, 40))  # [K, n, Q]
    d[3] = 0
    pvalues = max_t_pvalues(d, generator=np.random.default_rng(1), resamples=9_999)
    for i in range(3):
        expected = max_t(d[:, i].T, seed=0, resamples=9_999).adjusted
        assert pvalues[:, i] == pytest.approx(expected, abs=0.02)
        assert pvalues[3, i] == expected[3] == 1


def test_the_correction_of_many_families_is_that_of_one() -> None:
    p = np.random.default_rng(1).random((20, 5)) ** 2
    p[::7, 2] = np.nan
    p[::5, 1] = p[::5, 0]
    for row, adjusted in zip(p, bh_rows(p), strict=True):
        assert adjusted == pytest.approx(bh(row), nan_ok=True)
