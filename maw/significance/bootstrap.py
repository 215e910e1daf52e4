"""How far could the mean move with other queries? BCa bootstrap, many columns at once.

Queries, or whole clusters of them, are resampled as counts; a resample's sums are one matrix
product. All columns share the same resamples. scipy.stats.bootstrap does the same for one sample
without clusters, and the tests compare with it.
Efron, JASA 82 (1987) 171-185; acceleration by the jackknife over units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.clean import ROUNDING, Array, Labels, cluster_codes

RESAMPLES = 9_999
CHUNK = 1_000  # resamples in memory at once; the result does not depend on it

# n, Σx and Σx² of each column -> the statistic of each column
Statistic = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True, slots=True)
class Band:
    """Interval of each column, [K] each, in the column's own unit."""

    low: Array
    high: Array


def bootstrap_mean(
    values: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Band:
    """BCa interval of each column's mean over queries. values [Q, K]; clusters [Q] labels.

    The generator is spawned from `seed` alone. ValueError: not finite, fewer than two clusters.
    """
    return _bca(values, clusters, _mean, seed=seed, level=level, resamples=resamples)


def bootstrap_effect_size(
    differences: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Band:
    """BCa interval of each column's d_z. differences [Q, K]; clusters [Q] labels.

    nan for a column that never varies.
    """
    band = _bca(differences, clusters, _d_z, seed=seed, level=level, resamples=resamples)
    varies = np.ptp(np.asarray(differences, dtype=np.float64), axis=0) > 0
    return Band(low=np.where(varies, band.low, np.nan), high=np.where(varies, band.high, np.nan))


def _mean(n: Array, first: Array, second: Array) -> Array:
    return first / n


def _d_z(n: Array, first: Array, second: Array) -> Array:
    """Mean over standard deviation: 0 where all are 0, infinite where all are the same."""
    mean = first / n
    variance = (second - n * mean**2) / (n - 1)
    # what is left of a constant after subtracting is rounding
    variance = np.where(variance > ROUNDING * second / n, variance, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(second == 0, 0.0, mean / np.sqrt(variance))


def _bca(
    values: npt.ArrayLike,
    clusters: Labels | None,
    statistic: Statistic,
    *,
    seed: int,
    level: float,
    resamples: int,
) -> Band:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"values has shape {x.shape}; expected [queries, columns], 2 queries")
    if not np.isfinite(x).all():
        q, k = np.argwhere(~np.isfinite(x))[0]
        raise ValueError(f"values[{q}, {k}] is {x[q, k]}; scores must be finite")
    sums = _unit_sums(x, cluster_codes(clusters, n_queries=len(x)))  # [C, 1 + 2K]
    estimate = _apply(statistic, sums.sum(axis=0, keepdims=True))[0]  # [K]
    jackknife = _apply(statistic, sums.sum(axis=0) - sums)  # [C, K]
    drawn = _resample(sums, statistic, seed=seed, resamples=resamples)  # [B, K]
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    shares = _corrected(tails, drawn=drawn, estimate=estimate, jackknife=jackknife)  # [2, K]
    ends = [_quantiles(drawn[:, k], shares[:, k]) for k in range(x.shape[1])]
    low, high = np.array(ends).reshape(-1, 2).T
    return Band(low=low, high=high)


def _unit_sums(x: Array, codes: npt.NDArray[np.intp]) -> Array:
    """n, Σx and Σx² of each unit: all that a resample needs to know of it."""
    parts = np.hstack([np.ones((len(x), 1)), x, x**2])
    sums = np.zeros((int(codes.max()) + 1, parts.shape[1]))
    np.add.at(sums, codes, parts)
    return sums


def _apply(statistic: Statistic, sums: Array) -> Array:
    K = (sums.shape[1] - 1) // 2
    return statistic(sums[:, :1], sums[:, 1 : K + 1], sums[:, K + 1 :])


def _resample(sums: Array, statistic: Statistic, *, seed: int, resamples: int) -> Array:
    C = len(sums)
    generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    drawn = []
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        picks = generator.integers(C, size=(size, C)) + np.arange(size)[:, None] * C
        counts = np.bincount(picks.ravel(), minlength=size * C).reshape(size, C)
        drawn.append(_apply(statistic, counts.astype(np.float64) @ sums))
    return np.concatenate(drawn)


def _corrected(tails: Array, *, drawn: Array, estimate: Array, jackknife: Array) -> Array:
    """The shares of the bootstrap distribution that bound the interval, [2, K]."""
    # sums in another order differ in their last bit: a tie must not count as below
    rounding = ROUNDING * np.where(np.isfinite(drawn), np.abs(drawn), 0).max(axis=0)
    below = np.mean(drawn < estimate - rounding, axis=0) / 2
    below += np.mean(drawn <= estimate + rounding, axis=0) / 2
    bias = special.ndtri(below)  # [K]
    u = jackknife.mean(axis=0) - jackknife
    cube, square = np.sum(u**3, axis=0), np.sum(u**2, axis=0)
    # a constant column has no skew to correct
    acceleration = np.divide(cube, 6 * square**1.5, out=np.zeros_like(cube), where=square > 0)
    z = bias + special.ndtri(tails)[:, None]  # [2, K]
    shares: Array = special.ndtr(bias + z / (1 - acceleration * z))
    return shares


def _quantiles(drawn: Array, shares: Array) -> Array:
    if np.isnan(shares).any():
        return np.full(2, np.nan)
    ends: Array = np.quantile(drawn, shares)
    return ends
