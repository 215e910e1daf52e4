"""How far could the mean move with other queries? BCa bootstrap, many columns at once.

Queries, or whole clusters of them, are resampled as counts; a resample's sums are one matrix
product. All columns share the same counts, each column's units in an order of its own, so that an
interval depends neither on the order of rows nor on its neighbours. scipy.stats.bootstrap does the
same for one sample without clusters, and the tests compare with it.
Efron, JASA 82 (1987) 171-185; acceleration by the jackknife over units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.clean import ROUNDING, Array, Labels, cluster_codes

RESAMPLES = 9_999
CHUNK = 250  # resamples in memory at once; the result does not depend on it

# n and the power sums Σx, Σx², ... of each column -> the statistic of each column
Statistic = Callable[..., Array]


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
    return _bca(values, clusters, _mean, powers=1, seed=seed, level=level, resamples=resamples)


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
    return _bca(differences, clusters, _d_z, powers=2, seed=seed, level=level, resamples=resamples)


def _mean(n: Array, first: Array) -> Array:
    return first / n


def _d_z(n: Array, first: Array, second: Array) -> Array:
    """Mean over standard deviation; nan where all are the same, as happens to few units."""
    mean = first / n
    variance = (second - n * mean**2) / np.maximum(n - 1, 1)
    # what is left of a constant after subtracting is rounding
    variance = np.where(variance > ROUNDING * second / n, variance, 0.0)
    return np.divide(mean, np.sqrt(variance), out=np.full_like(mean, np.nan), where=variance > 0)


def _bca(
    values: npt.ArrayLike,
    clusters: Labels | None,
    statistic: Statistic,
    *,
    powers: int,
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
    units = _unit_sums(x, cluster_codes(clusters, n_queries=len(x)), powers=powers)
    total = [part.sum(axis=0, keepdims=True) for part in units]
    estimate = statistic(*total)[0]  # [K]
    jackknife = statistic(*(all_ - one for all_, one in zip(total, units, strict=True)))  # [C, K]
    drawn = _resample(units, statistic, seed=seed, resamples=resamples)  # [K, B]
    columns = zip(drawn, estimate, jackknife.T, strict=True)
    ends = [_ends(*column, level=level) for column in columns]
    low, high = np.array(ends).reshape(-1, 2).T
    return Band(low=low, high=high)


def _unit_sums(x: Array, codes: npt.NDArray[np.intp], *, powers: int) -> list[Array]:
    """n, Σx and, for two powers, Σx² of each unit, [C, K] each, in rising order of Σx.

    n is [C, 1] where all units are of one size, so that it is summed once and not per column.
    """
    in_order = np.argsort(x, axis=0, kind="stable")
    x = np.take_along_axis(x, in_order, axis=0)  # within a unit too, order must not matter
    C, K = int(codes.max()) + 1, x.shape[1]
    flat = (codes[in_order] * K + np.arange(K)).ravel()
    sums = [
        np.bincount(flat, weights=(x**power).ravel()).reshape(C, K).astype(np.float64, copy=False)
        for power in range(1, powers + 1)
    ]
    order = np.lexsort(sums[::-1], axis=0)
    n = np.bincount(codes).astype(np.float64)[:, None]
    n = n if np.ptp(n) == 0 else n[order, 0]
    return [n, *(np.take_along_axis(part, order, axis=0) for part in sums)]


def _resample(units: list[Array], statistic: Statistic, *, seed: int, resamples: int) -> Array:
    """[K, B]: the statistic of each column in each resample."""
    C, K = units[-1].shape
    stacked = np.hstack(units)
    ends = np.cumsum([part.shape[1] for part in units])[:-1]
    generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    drawn = np.empty((K, resamples))
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        picks = generator.integers(C, size=(size, C))
        picks += np.arange(0, size * C, C)[:, None]
        counts = np.bincount(picks.ravel(), minlength=size * C).reshape(size, C)
        sums = counts.astype(np.float64) @ stacked
        drawn[:, start : start + size] = statistic(*np.split(sums, ends, axis=1)).T
    return drawn


def _ends(drawn: Array, estimate: float, jackknife: Array, *, level: float) -> Array:
    """Low and high end of one column: its bootstrap distribution at corrected shares.

    Resamples without a value are left out; nan where the sample itself, or it less one, has none.
    """
    if np.isnan(estimate) or np.isnan(jackknife).any():
        return np.full(2, np.nan)
    drawn = drawn[~np.isnan(drawn)] if np.isnan(drawn).any() else drawn
    # sums in another order differ in their last bit: a tie must not count as below
    rounding = ROUNDING * max(float(drawn.max()), -float(drawn.min()))
    below = np.count_nonzero(drawn < estimate - rounding)
    below += np.count_nonzero(drawn <= estimate + rounding)
    bias = special.ndtri(below / 2 / len(drawn))
    u = jackknife.mean() - jackknife
    square = float(np.sum(u**2))
    acceleration = float(np.sum(u**3)) / (6 * square**1.5) if square > 0 else 0.0
    z = bias + special.ndtri([(1 - level) / 2, (1 + level) / 2])
    ends: Array = np.quantile(drawn, special.ndtr(bias + z / (1 - acceleration * z)))
    return ends
