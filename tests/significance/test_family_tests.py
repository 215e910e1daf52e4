"""max-T and the corrections of many experiments at once are those of one experiment."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from maw.significance import bh, bonferroni, by, max_t
from maw.significance.corrections import holm_rows
from maw.significance.family_tests import (
    CORRECTIONS,
    bh_rows,
    bonferroni_rows,
    by_rows,
    max_t_pvalues,
)

Correction = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


def test_max_t_of_many_experiments_is_that_of_one() -> None:
    d = np.random.default_rng(21).normal(0.03, 0.1, (4, 3, 40))  # [K, n, Q]
    d[3] = 0
    pvalues = max_t_pvalues(d, generator=np.random.default_rng(1), resamples=9_999)
    for i in range(3):
        expected = max_t(d[:, i].T, seed=0, resamples=9_999).adjusted
        assert pvalues[:, i] == pytest.approx(expected, abs=0.02)
        assert pvalues[3, i] == expected[3] == 1


@pytest.mark.parametrize(
    ("rows", "single"), [(bonferroni_rows, bonferroni), (bh_rows, bh), (by_rows, by)]
)
def test_corrections_of_many_families_are_those_of_one(
    rows: Correction, single: Correction
) -> None:
    p = np.random.default_rng(1).random((20, 5)) ** 2
    p[::7, 2] = np.nan
    p[::5, 1] = p[::5, 0]
    for row, adjusted in zip(p, rows(p), strict=True):
        assert adjusted == pytest.approx(single(row), nan_ok=True)


def test_holm_is_the_first_of_the_corrections() -> None:
    assert CORRECTIONS["Holm"] is holm_rows
    assert list(CORRECTIONS) == ["Holm", "Bonferroni", "BH", "BY"]
