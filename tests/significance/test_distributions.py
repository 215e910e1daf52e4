"""Every number is scipy.stats' own; comparisons do not import it."""

import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from maw.significance import distributions as own

ROOT = Path(__file__).parents[2]
DRAW = np.random.default_rng(1)
DF = np.concatenate([DRAW.uniform(0.5, 50, 300), [1.0, 29.0, 1e6, np.inf, np.nan, 0.0]])
T = np.concatenate([DRAW.normal(0, 4, 300), [0.0, np.inf, -np.inf, 1.0, 1.0, 1.0]])


def test_t_and_chi2_are_scipys_to_the_bit() -> None:
    np.testing.assert_array_equal(own.t_sf(T, DF), stats.t.sf(T, DF))
    np.testing.assert_array_equal(own.t_cdf(T, DF), stats.t.cdf(T, DF))
    np.testing.assert_array_equal(own.t_isf(0.025, DF), stats.t.isf(0.025, DF))
    np.testing.assert_array_equal(own.t_sf(np.inf, 3.0), 0.0)
    finite = DF[np.isfinite(DF) & (DF > 0)]
    x = np.abs(T[: len(finite)]) ** 2
    x = np.where(np.isfinite(x), x, 1.0)
    np.testing.assert_array_equal(own.chi2_sf(x, finite), stats.chi2.sf(x, finite))


@pytest.mark.parametrize("seed", range(20))
def test_ranks_skewness_and_the_signed_rank_test_are_scipys_to_the_bit(seed: int) -> None:
    draw = np.random.default_rng(seed)
    spread = draw.choice([1.0, 4.0, 1e9])  # many ties and zeros, some, none
    d = np.rint(draw.normal(0.2, 1, draw.integers(51, 300)) * spread)
    np.testing.assert_array_equal(own.mean_ranks(np.abs(d)), stats.rankdata(np.abs(d)))
    assert own.skewness(d) == stats.skew(d)
    methods: tuple[Literal["wilcox", "pratt"], ...] = ("wilcox", "pratt")
    for zeros in methods:
        expected = stats.wilcoxon(d, zero_method=zeros, correction=True, method="approx").pvalue
        assert own.signed_rank_pvalue(d, zeros=zeros) == expected


def test_the_sign_test_is_scipys_binomial_test() -> None:
    assert own.sign_test_pvalue(0, 0) == 1.0
    pairs = [
        (w, n - w) for n in (1, 2, 3, 10, 31, 200, 1_000) for w in range(0, n + 1, 1 + n // 30)
    ]
    for wins, losses in pairs:
        expected = stats.binomtest(wins, wins + losses).pvalue
        assert own.sign_test_pvalue(wins, losses) == pytest.approx(expected, rel=1e-12)


def test_a_comparison_on_a_terminal_imports_nothing_slow() -> None:
    code = """
import sys
from maw.api import compare
from maw.reporting.terminal import show
runs = {n: {str(t): {"d": 1.0, "e": float(n == "b")} for t in range(60)} for n in "ab"}
done = compare(runs, {str(t): {"ed"[t % 3 == 0]: 1} for t in range(60)}, sesoi=0.1)
show(done.verdict_frames, plan=done.plan, notices=done.warnings)
slow = {"torch", "statsmodels", "altair", "scipy.stats", "jinja2"}
print("imported:", sorted(slow & set(sys.modules)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert ended.stdout.splitlines()[-1] == "imported: []"
