"""The generalised p-value of a mean difference over new queries and new seeds, and its half-width.

Satterthwaite's degrees of freedom fail where few seeds meet a small level: with three seeds a test
at .003 was measured to err nine times as often. The generalised p-value holds its level there.
With X ~ χ²_{S−1}/(S−1) for each side that has seeds, it is
p(d) = E_X[2·T̄(|d| / √(V_q + max(0, Σ(a/X − e))))], T̄ the upper tail of Student's t with C_eff − 1
degrees of freedom, C_eff = Q²/Σn_c² for clusters of n_c queries. The expectation is a quadrature
over X: Gauss-Legendre nodes u on (0, 1), X the u³ quantile, weight 3u²; the error is below 1e-5.
Arrays are [...], one entry for each experiment; work is done in blocks of bounded memory, and no
result depends on the size of a block.
Source: Tsui & Weerahandi, JASA 84 (1989) 602-607.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.clean import Array
from maw.significance.distributions import t_sf

# nodes of one side, and of each of two sides, which are crossed
FINE, COARSE = (64, 32), (16, 8)  # the coarse ones only start the search for a half-width
BLOCK = 1 << 20  # largest number of variances in memory at once
# of a half-width, relative: a step of Newton's method squares the error, a halving does not
NEWTON_TOLERANCE, TOLERANCE = 1e-6, 1e-12
BESIDE_ZERO = 1e-30  # of the bracket's upper end: its lower end where a variance is 0
NEWTON_STEPS, ALL_STEPS = 25, 120  # after the first, the bracket is halved: it always ends


@dataclass(frozen=True, slots=True, eq=False)
class SeedPart:
    """What the seeds of one Q × S table add to the variance of the mean difference; fields [...].

    between: a = M_s/(QS), error: e = M_e/(QS), from the mean squares of seeds and of error, in
    squared units of the measure. a/X − e is a draw of the variance that seeds add.
    """

    between: Array
    error: Array
    n_seeds: int


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How far a mean difference may lie from the truth, for new queries and new seeds.

    query_variance [...]: V_q, in squared units of the measure, with query_df degrees of freedom
    (C_eff − 1). seed_parts: none, one, or two independent ones. tied_units [...]: the number n of
    the rule for tied scores, inf where the rule does not apply: with n units that could have
    differed and did not, a difference up to R·(1 − τ^(1/n)) stays possible at the one-sided tail τ.
    measure_range: R, the highest minus the lowest value that the measure can take.
    """

    query_variance: Array
    query_df: float
    seed_parts: tuple[SeedPart, ...]
    tied_units: Array
    measure_range: float = 1.0

    def pvalue(self, distance: npt.ArrayLike) -> Array:
        """Return the two-sided generalised p of true means at these distances from the estimate.

        distance: the absolute value of estimate − true mean, in the measure's own unit; one number,
        or one for each experiment, [...]. The result is [...] (broadcast).
        """
        distance = np.abs(np.asarray(distance, dtype=np.float64))
        shape = np.broadcast_shapes(distance.shape, self.query_variance.shape)
        flat = np.broadcast_to(distance, shape).ravel()
        p = np.empty(flat.size)
        for rows, variances, weights in self._blocks(shape, FINE):
            p[rows] = _two_sided(flat[rows], variances, weights, df=self.query_df)
        unlike = 1 - np.minimum(1.0, distance / self.measure_range)
        tied = np.minimum(1.0, 2 * unlike**self.tied_units)
        result: Array = np.maximum(p.reshape(shape), tied)
        return result

    def half_width(self, tail: npt.ArrayLike) -> Array:
        """Return h(τ): the distance whose p-value is 2τ, [...] (broadcast), to 1e-10 relative.

        tail: τ, the one-sided tail, one number or one for each experiment: the estimate ± h(τ) is
        the interval at level 1 − 2τ. ValueError unless 0 < τ ≤ .5.
        """
        tail = np.asarray(tail, dtype=np.float64)
        if not ((tail > 0) & (tail <= 0.5)).all():
            raise ValueError(f"tail is {tail}; expected numbers above 0 and at most .5")
        shape = np.broadcast_shapes(tail.shape, self.query_variance.shape)
        flat = np.broadcast_to(tail, shape).ravel()
        half = np.full(flat.size, np.nan)
        for nodes in (COARSE, FINE):
            for rows, variances, weights in self._blocks(shape, nodes):
                start = half[rows]
                half[rows] = _solve(flat[rows], variances, weights, df=self.query_df, start=start)
        tied = -self.measure_range * np.expm1(np.log(tail) / self.tied_units)
        result: Array = np.maximum(half.reshape(shape), tied)
        return result

    def _blocks(
        self, shape: tuple[int, ...], n_nodes: tuple[int, int]
    ) -> Iterator[tuple[slice, Array, Array]]:
        """Yield rows, their variances [n, N] at the N nodes, and the nodes' weights [N].

        shape: leading axes of the result; the rows are those of the flattened result. n_nodes: FINE
        or COARSE.
        """
        nodes, weights = _nodes(tuple(part.n_seeds for part in self.seed_parts), n_nodes)
        query = np.broadcast_to(self.query_variance, shape).ravel()
        parts = [
            (np.broadcast_to(p.between, shape).ravel(), np.broadcast_to(p.error, shape).ravel())
            for p in self.seed_parts
        ]
        size = max(1, BLOCK // len(weights))
        for start in range(0, query.size, size):
            rows = slice(start, start + size)
            added = np.zeros((len(query[rows]), len(weights)))
            for (between, error), x in zip(parts, nodes, strict=True):
                added += between[rows, None] / x - error[rows, None]
            yield rows, query[rows, None] + np.maximum(0.0, added), weights


@lru_cache(maxsize=64)
def _nodes(n_seeds: tuple[int, ...], n_nodes: tuple[int, int]) -> tuple[tuple[Array, ...], Array]:
    """Return the values of X at the N nodes of each side, [N] each, and the weights [N].

    n_seeds: number of seeds of each side that has seeds. n_nodes: n₁ and n₂; N is 1, n₁ or n₂ · n₂.
    """
    if not n_seeds:
        return (), np.ones(1)
    points, weights = np.polynomial.legendre.leggauss(n_nodes[len(n_seeds) - 1])
    u = (points + 1) / 2
    weights = weights / 2 * 3 * u**2
    # chdtri would take 1 − u³, which has lost the small u that decide the wide intervals
    x = [special.gammaincinv((S - 1) / 2, u**3) * 2 / (S - 1) for S in n_seeds]
    if len(n_seeds) == 1:
        return (x[0],), weights
    N = len(u)
    return (np.repeat(x[0], N), np.tile(x[1], N)), np.repeat(weights, N) * np.tile(weights, N)


def _two_sided(distance: Array, variances: Array, weights: Array, *, df: float) -> Array:
    """Return p [n] at the distances [n], given the variances [n, N] at the nodes."""
    p = 2 * _mean(t_sf(_ratios(distance, variances), df), weights)
    bounded: Array = np.minimum(1.0, p)
    return bounded


def _mean(values: Array, weights: Array) -> Array:
    """Return the weighted sums [n] of values [n, N]; a product of matrices would depend on n."""
    mean: Array = np.sum(values * weights, axis=1)
    return mean


def _ratios(distance: Array, variances: Array) -> Array:
    """Return distance / √variance, [n, N]: 0 for a distance of 0, else inf for a variance of 0."""
    distance = distance[:, None]
    spread = np.sqrt(variances)
    beyond = np.where(distance > 0, np.inf, 0.0) * np.ones_like(spread)
    ratios: Array = np.divide(distance, spread, out=beyond, where=spread > 0)
    return ratios


def _solve(tail: Array, variances: Array, weights: Array, *, df: float, start: Array) -> Array:
    """Return the distances [n] at which p is 2·tail [n]; 0 where p is below it beside 0.

    start [n]: where the search begins, nan for anywhere between the t quantile with the smallest
    and with the largest variance, which enclose the result.
    """
    quantile: Array = -np.asarray(special.stdtrit(df, tail), dtype=np.float64)
    high = quantile * np.sqrt(variances.max(axis=1))
    smallest = variances.min(axis=1)
    low = np.where(smallest > 0, quantile * np.sqrt(smallest), BESIDE_ZERO * high)
    half: Array = high.copy()
    # where some nodes have no variance, p may already begin below 2·tail
    starts_below = _two_sided(low, variances, weights, df=df) < 2 * tail
    half[(smallest == 0) & starts_below] = 0.0
    rows = np.flatnonzero((low < high) & np.isfinite(high) & (half > 0))
    start = np.where(start > 0, start, quantile * _mean(np.sqrt(variances), weights))[rows]
    bracket = np.log(low[rows]), np.log(high[rows])
    half[rows] = np.exp(
        _newton(np.log(start), bracket, tail[rows], variances[rows], weights, df=df)
    )
    return half


def _newton(
    at: Array,
    bracket: tuple[Array, Array],
    tail: Array,
    variances: Array,
    weights: Array,
    *,
    df: float,
) -> Array:
    """Return the logarithm of the distances [n] at which p is 2·tail [n], from a start `at` [n].

    Newton's method for log p over log distance, which is nearly straight or bends downwards; a step
    that leaves the bracket is replaced by halving it.
    """
    left, right = bracket
    at, solution, rows = np.clip(at, left, right), at.copy(), np.arange(len(at))
    for step in range(ALL_STEPS):
        excess, slope = _log_excess(np.exp(at), tail[rows], variances[rows], weights, df=df)
        left, right = np.where(excess >= 0, at, left), np.where(excess <= 0, at, right)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = at - excess / slope
        inside = np.isfinite(moved) & (left <= moved) & (moved <= right) & (step < NEWTON_STEPS)
        moved = np.where(inside, moved, (left + right) / 2)
        solution[rows] = moved
        is_open = np.abs(moved - at) > np.where(inside, NEWTON_TOLERANCE, TOLERANCE)
        rows, at, left, right = rows[is_open], moved[is_open], left[is_open], right[is_open]
        if not rows.size:
            break
    return solution


def _log_excess(
    distance: Array, tail: Array, variances: Array, weights: Array, *, df: float
) -> tuple[Array, Array]:
    """Return log(p / 2·tail) at the distances, and its slope over log distance, [n] each."""
    ratios = _ratios(distance, variances)
    p = _mean(t_sf(ratios, df), weights)
    constant = np.exp(special.gammaln((df + 1) / 2) - special.gammaln(df / 2)) / np.sqrt(df * np.pi)
    finite = np.where(np.isfinite(ratios), ratios, 0.0)
    density = constant * np.exp(-(df + 1) / 2 * np.log1p(finite**2 / df))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(p / tail), -_mean(density * finite, weights) / p
