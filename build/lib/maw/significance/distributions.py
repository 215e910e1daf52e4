"""Distributions and ranks of `scipy.stats`, computed without importing it.

`scipy.stats` takes half of the start of `maw compare`; `scipy.special`, which it calls for these
numbers itself, a tenth. All functions return what `scipy.stats` returns, to the bit but for
`sign_test_pvalue` (1e-12); the test suite compares both. A result is nan where an argument is.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.clean import Array


def t_sf(t: npt.ArrayLike, df: npt.ArrayLike) -> Array:
    """Return P(T > t) for Student's t with df degrees of freedom (`stats.t.sf`)."""
    return t_cdf(-_float64(t), df)


def t_cdf(t: npt.ArrayLike, df: npt.ArrayLike) -> Array:
    """Return P(T ≤ t) for Student's t with df degrees of freedom (`stats.t.cdf`)."""
    t, df = _float64(t), _float64(df)
    below: Array = np.where(np.isinf(t), (np.sign(t) + 1) / 2, special.stdtr(df, t))
    return np.where(df > 0, below, np.nan)


def t_isf(q: float, df: npt.ArrayLike) -> Array:
    """Return the t that Student's T exceeds with probability q, 0 < q < 1 (`stats.t.isf`)."""
    return -_float64(special.stdtrit(_float64(df), q))


def chi2_sf(x: npt.ArrayLike, df: npt.ArrayLike) -> Array:
    """Return P(χ² > x), x ≥ 0, for χ² with df degrees of freedom (`stats.chi2.sf`)."""
    return _float64(special.chdtrc(_float64(df), _float64(x)))


def _float64(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)


def mean_ranks(values: Array) -> Array:
    """Return the ranks [n] of values [n], from 1; ties get their mean rank (`stats.rankdata`)."""
    _, group, n_tied = np.unique(values, return_inverse=True, return_counts=True)
    last: Array = np.cumsum(n_tied)[group].astype(np.float64)
    return last - (n_tied[group] - 1) / 2


def skewness(d: Array) -> float:
    """Return the third standardised moment of d [Q], which varies (`stats.skew`)."""
    centred = d - d.mean()
    return float(np.mean(centred**2 * centred) / np.mean(centred**2) ** 1.5)


def sign_test_pvalue(wins: int, losses: int) -> float:
    """Return the two-sided binomial test of as many wins as losses (`stats.binomtest`)."""
    n = wins + losses
    return 1.0 if wins == losses else min(1.0, 2 * float(special.bdtr(min(wins, losses), n, 0.5)))


def signed_rank_pvalue(d: Array, *, zeros: Literal["wilcox", "pratt"]) -> float:
    """Return Wilcoxon's two-sided p of d [n] from the normal approximation (`stats.wilcoxon`).

    It is corrected for ties and continuity, as `correction=True, method="approx"`. zeros: "wilcox"
    leaves out the differences that are 0, "pratt" ranks them with the others and then drops their
    ranks (Cureton, JASA 62 (1967) 1068-1069). Some difference is not 0.
    """
    n_zero = int(np.sum(d == 0))
    if zeros == "wilcox":
        d, n_zero = d[d != 0], 0
    n = float(len(d))
    ranks = mean_ranks(np.abs(d))
    mean = _sum_of_ranks(n) / 2 - _sum_of_ranks(n_zero) / 2
    _, n_tied = np.unique(np.abs(d[d != 0]), return_counts=True)
    ties = float(np.sum(n_tied.astype(np.float64) ** 3 - n_tied))
    squares = n * (n + 1) * (2 * n + 1) - n_zero * (n_zero + 1.0) * (2.0 * n_zero + 1)
    error = np.sqrt((squares - ties / 2) / 24)
    distance = float(ranks[d > 0].sum()) - mean
    z = distance / error - np.sign(distance) * 0.5 / error
    return float(min(1.0, 2 * special.ndtr(-abs(z))))


def _sum_of_ranks(n: Any) -> float:
    """Return 1 + 2 + … + n."""
    return float(n * (n + 1.0) * 0.5)
