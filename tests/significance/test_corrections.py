"""Adjusted p-values against pingouin's documentation and Benjamini & Hochberg's own example."""

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from statsmodels.stats.multitest import multipletests

from maw.significance import bh, bonferroni, by, holm
from maw.significance.corrections import holm_rows

Correction = Callable[[npt.ArrayLike], npt.NDArray[np.float64]]
METHODS: dict[str, Correction] = {
    "bonferroni": bonferroni,
    "holm": holm,
    "fdr_bh": bh,
    "fdr_by": by,
}


@pytest.mark.parametrize("name", METHODS)
def test_corrections_are_those_of_pingouin(name: str, reference: dict[str, Any]) -> None:
    # pingouin.multicomp documentation
    example = reference["multiple_testing"]
    assert METHODS[name](example["p"]) == pytest.approx(example[name], abs=1e-12)


def test_rejections_are_those_of_benjamini_and_hochberg(reference: dict[str, Any]) -> None:
    # Benjamini & Hochberg (1995), section 4: 3 by Bonferroni, 4 by their own procedure
    p = reference["bh1995"]["p"]
    assert np.sum(bonferroni(p) <= 0.05) == 3
    assert np.sum(bh(p) <= 0.05) == 4


@pytest.mark.parametrize("correct", METHODS.values(), ids=METHODS)
def test_what_was_not_tested_stays_empty_and_does_not_count(correct: Correction) -> None:
    full = correct([0.01, 0.04])
    assert correct([np.nan, 0.01, np.nan, 0.04])[[1, 3]] == pytest.approx(full)
    assert np.isnan(correct([np.nan, np.nan])).all()
    assert len(correct([])) == 0


def test_a_number_that_is_no_p_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"p\[1\] is 1.2"):
        holm([0.5, 1.2])


def test_holm_is_statsmodels_own_family_by_family(monkeypatch: pytest.MonkeyPatch) -> None:
    # it collects all garbage after each family: seconds, beside what other tests left
    monkeypatch.setattr(gc, "collect", lambda: 0)
    p = np.random.default_rng(1).random((50, 5)) ** 2
    p[::7, 2] = np.nan
    p[::5, 1] = p[::5, 0]
    for row, adjusted in zip(p, holm_rows(p), strict=True):
        tested = ~np.isnan(row)
        assert adjusted[tested].tolist() == multipletests(row[tested], method="holm")[1].tolist()
        assert np.isnan(adjusted[~tested]).all()
        assert np.array_equal(holm(row), adjusted, equal_nan=True)


def test_zero_and_one_are_p_values() -> None:
    for correct in METHODS.values():
        assert correct([0.0, 1.0]).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"p\[0\] is -0\.1; a p-value is between 0 and 1"):
        bh([-0.1])
    with pytest.raises(ValueError, match="p has 2 axes; give one p-value per test"):
        by([[0.1]])


@pytest.mark.parametrize("name", ["bonferroni", "fdr_bh", "fdr_by"])
def test_each_correction_is_statsmodels_own_to_the_bit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "collect", lambda: 0)
    draw = np.random.default_rng(2)
    for n in (1, 2, 3, 10, 40):
        p = np.round(draw.random(n) ** 3, draw.integers(1, 12))  # ties and zeros among them
        assert METHODS[name](p).tolist() == multipletests(p, method=name)[1].tolist()
