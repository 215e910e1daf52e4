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
    low, high = _ends(drawn, estimate, jackknife, level=level)
    return Band(low=low, high=high)


def _unit_sums(x: Array, codes: npt.NDArray[np.intp], *, powers: int) -> list[Array]:
    """n, Σx and, for two powers, Σx² of each unit, [C, K] each, in rising order of Σx.

    n is [C, 1] where all units are of one size, so that it is summed once and not per column.
    """
    C, K = int(codes.max()) + 1, x.shape[1]
    if len(x) == C:  # a query each
        x = np.sort(x, axis=0)
        return [np.ones((C, 1)), *(x**power for power in range(1, powers + 1))]
    in_order = np.argsort(x, axis=0, kind="stable")
    x = np.take_along_axis(x, in_order, axis=0)  # within a unit too, order must not matter
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
    n, *sums = units
    fixed = np.ptp(n) == 0  # units of one size: so is every resample
    stacked = np.ascontiguousarray(np.hstack(sums if fixed else units).T)
    generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    drawn = np.empty((K, resamples))
    weights = np.empty((min(CHUNK, resamples), C))
    starts = np.arange(0, weights.size, C)[:, None]
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        picks = generator.integers(C, size=(size, C))
        picks += starts[:size]
        counts = np.bincount(picks.ravel(), minlength=size * C)
        np.copyto(weights[:size], counts.reshape(size, C))
        found = np.split(stacked @ weights[:size].T, len(stacked) // K)  # each [K, size]
        found = [n.sum(axis=0, keepdims=True), *found] if fixed else found
        drawn[:, start : start + size] = statistic(*found)
    return drawn


def _ends(drawn: Array, estimate: Array, jackknife: Array, *, level: float) -> tuple[Array, Array]:
    """Low and high end of each column, [K]: its bootstrap distribution at corrected shares.

    drawn [K, B], which this puts in order; jackknife [C, K]. Resamples without a value are left
    out; nan where the sample itself, or it less one, has none.
    """
    drawn.sort(axis=1)  # nan last; several times as fast as a partition
    n = np.count_nonzero(~np.isnan(drawn), axis=1)
    known = ~np.isnan(estimate) & ~np.isnan(jackknife).any(axis=0) & (n > 0)
    n, estimate, jackknife = n[known], estimate[known], jackknife[:, known]
    rows = drawn if known.all() else drawn[known]
    # sums in another order differ in their last bit: a tie must not count as below
    largest = np.maximum(rows[np.arange(len(n)), n - 1], -rows[:, 0])
    rounding = ROUNDING * largest
    below = np.array(
        [
            row.searchsorted(at - by) + row.searchsorted(at + by, side="right")
            for row, at, by in zip(rows, estimate, rounding, strict=True)
        ]
    )
    bias = special.ndtri(below / 2 / n)
    u = jackknife.mean(axis=0) - jackknife
    square, cubes = np.sum(u * u, axis=0), np.sum(u * u * u, axis=0)
    acceleration = np.divide(cubes, 6 * square**1.5, out=np.zeros_like(square), where=square > 0)
    ends = np.full((2, len(known)), np.nan)
    for end, share in zip(ends, ((1 - level) / 2, (1 + level) / 2), strict=True):
        z = bias + special.ndtri(share)
        end[known] = _quantiles(rows, special.ndtr(bias + z / (1 - acceleration * z)), n=n)
    return ends[0], ends[1]


def _quantiles(rows: Array, shares: Array, *, n: npt.NDArray[np.intp]) -> Array:
    """Of each row of rows [K, B], whose first n [K] are in rising order; linear between them."""
    place = shares * (n - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, n - 1)
    k = np.arange(len(n))
    found: Array = rows[k, below] + (place - below) * (rows[k, above] - rows[k, below])
    return found
