"""BCa bootstrap intervals, over queries, of the means or effect sizes of many columns at once.

A unit is a query, or a whole cluster of queries. A resample is stored as the number of times that
each unit is drawn, so that the sums of many resamples are one matrix product. All columns share
these counts, and each column sorts its own units. An interval therefore depends neither on the
order of the rows nor on the other columns. `scipy.stats.bootstrap` computes the same interval for
one sample without clusters; the test suite compares both.
Source: Efron, JASA 82 (1987) 171-185, with the acceleration from the jackknife over units.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.clean import ROUNDING, Array, Intervals, Labels, cluster_codes

RESAMPLES = 9_999
CHUNK = 250  # resamples in memory at once; the result does not depend on it
KEPT = 1 << 24  # largest number of counts that are kept for the next call, 2 bytes each

# n and the power sums Σx, Σx², ... of each column -> the statistic of each column
Statistic = Callable[..., Array]
Counts = npt.NDArray[np.integer[Any]]


def bootstrap_mean(
    values: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Intervals:
    """Return the BCa interval of each column's mean over queries, [K], on the scale of the values.

    values [Q, K]; clusters [Q]: labels; queries with equal labels are resampled together.
    resamples: number of bootstrap resamples; their random numbers depend on `seed` alone.
    ValueError for another shape, a value that is not finite, or fewer than two queries or clusters.
    """
    return _bca(values, clusters, _mean, powers=1, seed=seed, level=level, resamples=resamples)


def bootstrap_effect_size(
    differences: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seed: int,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Intervals:
    """Return the BCa intervals of the effect sizes d_z of K contrasts, [K].

    d_z is mean / standard deviation of the differences [Q, K] over queries. Both ends are nan for a
    column that is constant, or that is constant without one of its queries (or clusters). Other
    arguments and errors are as in `bootstrap_mean`.
    """
    return _bca(differences, clusters, _d_z, powers=2, seed=seed, level=level, resamples=resamples)


def _mean(n: Array, first: Array) -> Array:
    return first / n


def _d_z(n: Array, first: Array, second: Array) -> Array:
    """Return mean / standard deviation, or nan where all values of a resample are the same.

    n, first, second: the number of values in a resample, their sum, and the sum of their squares.
    """
    mean = first / n
    variance = (second - n * mean**2) / np.maximum(n - 1, 1)
    # what is left of a constant after subtracting its mean is rounding
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
) -> Intervals:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"values has shape {x.shape}; give [queries, columns], 2 queries or more")
    if not np.isfinite(x).all():
        q, k = np.argwhere(~np.isfinite(x))[0]
        raise ValueError(f"values[{q}, {k}] is {x[q, k]}; it must be finite")
    units = _unit_sums(x, cluster_codes(clusters, n_queries=len(x)), powers=powers)
    totals = [part.sum(axis=0, keepdims=True) for part in units]
    estimate = statistic(*totals)[0]  # [K]
    left_out = [total - part for total, part in zip(totals, units, strict=True)]
    jackknife = statistic(*left_out)  # [C, K]
    resampled = _resample(units, statistic, seed=seed, resamples=resamples)  # [K, B]
    low, high = _ends(resampled, estimate, jackknife, level=level)
    return Intervals(low=low, high=high)


def _unit_sums(x: Array, codes: npt.NDArray[np.intp], *, powers: int) -> list[Array]:
    """Return each unit's number of queries n, its sum Σx and (if powers is 2) its Σx², [C, K] each.

    n is [C, 1] where all units have the same size, so that it is summed only once. x [Q, K]; codes
    [Q] from `cluster_codes`. The units of each column are in rising order of its Σx.
    """
    C, K = int(codes.max()) + 1, x.shape[1]
    if len(x) == C:  # each query is a unit
        x = np.sort(x, axis=0)
        return [np.ones((C, 1)), *(x**power for power in range(1, powers + 1))]
    in_order = np.argsort(x, axis=0, kind="stable")
    x = np.take_along_axis(x, in_order, axis=0)  # the sum of a unit must not depend on row order
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
    """Return the statistic of each of K columns in each of B resamples, [K, B].

    units: n, Σx and perhaps Σx² of each unit, as `_unit_sums` returns them. resamples: B.
    """
    C, K = units[-1].shape
    n, *sums = units
    equal_sizes = np.ptp(n) == 0  # then all resamples have the same number of queries
    stacked = np.ascontiguousarray(np.hstack(sums if equal_sizes else units).T)
    statistics = np.empty((K, resamples))
    start = 0
    for counts in _counts(C, seed=seed, resamples=resamples):
        size = len(counts)
        totals = np.split(stacked @ counts.T.astype(np.float64), len(stacked) // K)  # [K, size]
        totals = [n.sum(axis=0, keepdims=True), *totals] if equal_sizes else totals
        statistics[:, start : start + size] = statistic(*totals)
        start += size
    return statistics


def _counts(n_units: int, *, seed: int, resamples: int) -> Iterator[Counts]:
    """Yield the number of times that each unit is drawn, for at most CHUNK resamples at a time.

    The sum of the sizes [size, n_units] is `resamples`. Calls with equal arguments give equal
    counts, and a simulation makes thousands of such calls, so small counts are kept between them.
    """
    if resamples * n_units > KEPT or n_units > np.iinfo(np.uint16).max:
        yield from _draw_counts(n_units, seed=seed, resamples=resamples)
    else:
        yield from _kept_counts(n_units, seed=seed, resamples=resamples)


@lru_cache(maxsize=2)
def _kept_counts(n_units: int, *, seed: int, resamples: int) -> tuple[Counts, ...]:
    drawn = _draw_counts(n_units, seed=seed, resamples=resamples)
    return tuple(counts.astype(np.uint16) for counts in drawn)


def _draw_counts(n_units: int, *, seed: int, resamples: int) -> Iterator[Counts]:
    generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    starts = np.arange(0, min(CHUNK, resamples) * n_units, n_units)[:, None]
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        picks = generator.integers(n_units, size=(size, n_units))
        picks += starts[:size]
        yield np.bincount(picks.ravel(), minlength=size * n_units).reshape(size, n_units)


def _ends(
    resampled: Array, estimate: Array, jackknife: Array, *, level: float
) -> tuple[Array, Array]:
    """Return the low and the high ends [K] of the BCa intervals of K statistics.

    The ends are quantiles of the resamples, at probabilities corrected for bias and acceleration.
    resampled [K, B], sorted in place; estimate [K]; jackknife [C, K]: estimates without each unit.
    Resamples with nan are left out. Both ends are nan where the estimate, a jackknife value or
    every resample is nan.
    """
    resampled.sort(axis=1)  # nan last; several times as fast as a partition
    n = np.count_nonzero(~np.isnan(resampled), axis=1)
    estimable = ~np.isnan(estimate) & ~np.isnan(jackknife).any(axis=0) & (n > 0)
    n, estimate, jackknife = n[estimable], estimate[estimable], jackknife[:, estimable]
    rows = resampled if estimable.all() else resampled[estimable]
    # sums in another order differ in their last bit: a tie must not count as below
    largest = np.maximum(rows[np.arange(len(n)), n - 1], -rows[:, 0])
    rounding = ROUNDING * largest
    below = np.array(
        [
            row.searchsorted(value - margin) + row.searchsorted(value + margin, side="right")
            for row, value, margin in zip(rows, estimate, rounding, strict=True)
        ]
    )
    bias = special.ndtri(below / 2 / n)
    u = jackknife.mean(axis=0) - jackknife
    square, cubes = np.sum(u * u, axis=0), np.sum(u * u * u, axis=0)
    acceleration = np.divide(cubes, 6 * square**1.5, out=np.zeros_like(square), where=square > 0)
    ends = np.full((2, len(estimable)), np.nan)
    for end, share in zip(ends, ((1 - level) / 2, (1 + level) / 2), strict=True):
        z = bias + special.ndtri(share)
        end[estimable] = _quantiles(rows, special.ndtr(bias + z / (1 - acceleration * z)), n=n)
    return ends[0], ends[1]


def _quantiles(rows: Array, shares: Array, *, n: npt.NDArray[np.intp]) -> Array:
    """Return for each row the quantile at its probability, [K], linear between neighbouring values.

    rows [K, B]: the first n [K] values of a row are in rising order, the others are not used.
    shares [K]: the probabilities, 0 to 1.
    """
    position = shares * (n - 1)
    below = np.floor(position).astype(int)
    above = np.minimum(below + 1, n - 1)
    k = np.arange(len(n))
    quantiles: Array = rows[k, below] + (position - below) * (rows[k, above] - rows[k, below])
    return quantiles
