"""Is the training procedure better? Queries crossed with systems, seeds nested in them.

Decides E2 from scores [Q, S_A] and [Q, S_B]; a seed is never paired by its number. With one seed
each it is exactly the paired t-test, E1. Where queries come in clusters, the cluster is the unit.
Mean squares: Cornfield & Tukey, Annals of Mathematical Statistics 27 (1956) 907-949.
Degrees of freedom: Satterthwaite, Biometrics Bulletin 2 (1946) 110-114.
"""

from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

from maw.significance.clean import (
    ROUNDING,
    Array,
    Interval,
    Labels,
    cluster_codes,
    score_table,
)


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Of one system's own Q × S table: between queries, between seeds, and what is left."""

    query: float
    seed: float
    error: float


@dataclass(frozen=True, slots=True)
class Variances:
    """Variance components of one system, in squared units of the measure.

    Unbiased, so seed or query may come out below 0: less spread than error alone explains.
    With one seed, query is the plain variance (error is in it), and the others are nan.
    """

    query: float
    seed: float
    error: float


@dataclass(frozen=True, slots=True)
class Components:
    """Variance components of both sides."""

    a: Variances
    b: Variances


@dataclass(frozen=True, slots=True)
class Contrast:
    """A − B in the measure's own unit; what went in stands beside what came out.

    Not estimable (statistic, df and pvalue nan): every query shows the same difference, not 0.
    """

    mean: float
    variance: float
    statistic: float
    df: float
    pvalue: float
    components: Components
    estimable: bool
    n_queries: int
    n_clusters: int  # = n_queries where no clusters were given
    n_seeds: tuple[int, int]

    @property
    def standard_error(self) -> float:
        """√V, in the measure's own unit."""
        return sqrt(self.variance)

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """mean ± t·√V; nan where not estimable. ValueError for a level outside (0, 1)."""
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        half = float(stats.t.isf((1 - level) / 2, self.df)) * self.standard_error
        return Interval(self.mean - half, self.mean + half)


def crossed(a: npt.ArrayLike, b: npt.ArrayLike, clusters: Labels | None = None) -> Contrast:
    """Test mean(A) = mean(B) where new queries and new seeds could both be drawn.

    a [Q, S_A], b [Q, S_B]: scores of the same Q queries; S may differ, a column is a seed.
    clusters [Q]: labels of queries that are not independent. A system with one column is fixed:
    whether it *should* have had more seeds is for the caller to know.
    ValueError: a score that is not finite, different Q, Q < 2, fewer than two clusters.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    d = query_differences(a, b)
    codes = cluster_codes(clusters, n_queries=len(d))
    n_units = int(codes.max()) + 1
    v_query = _query_variance(d, codes)
    seeds = [_seed_terms(table) for table in (a, b) if table.shape[1] > 1]
    added = sum(term.between - term.error for term in seeds)
    variance, df = v_query, n_units - 1.0
    # df jumps where the floor begins to bind: rounding must not decide on which side we are
    if added > ROUNDING * (v_query + sum(term.between for term in seeds)):
        variance = v_query + added
        df = variance**2 / (v_query**2 / df + sum(term.spread for term in seeds))
    mean = float(d.mean())
    statistic = _statistic(mean, variance=variance, d=d, a=a, b=b)
    estimable = not isnan(statistic)
    return Contrast(
        mean=mean,
        variance=variance,
        statistic=statistic,
        df=df if estimable else nan,
        pvalue=2 * float(stats.t.sf(abs(statistic), df)) if estimable else nan,
        components=Components(a=_components(a), b=_components(b)),
        estimable=estimable,
        n_queries=len(d),
        n_clusters=n_units,
        n_seeds=(a.shape[1], b.shape[1]),
    )


def query_differences(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """d̄ [Q]: mean over seeds of A minus that of B, differences within rounding set to 0.

    a [Q, S_A], b [Q, S_B]. ValueError if Q differs or a score is not finite.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    if len(a) != len(b):
        raise ValueError(f"a has {len(a)} queries and b has {len(b)}; compare the same queries")
    return _snapped(a.mean(axis=1) - b.mean(axis=1), rounding=_rounding(a, b))


def mean_squares(table: Array) -> MeanSquares:
    """Two-way layout without replication. table [Q, S], Q and S at least 2."""
    Q, S = table.shape
    query = table.mean(axis=1, keepdims=True) - table.mean()  # [Q, 1]
    seed = table.mean(axis=0, keepdims=True) - table.mean()  # [1, S]
    error = table - table.mean() - query - seed  # [Q, S]
    query, seed, error = (_snapped(x, rounding=_rounding(table)) for x in (query, seed, error))
    return MeanSquares(
        query=S * float(np.sum(query**2)) / (Q - 1),
        seed=Q * float(np.sum(seed**2)) / (S - 1),
        error=float(np.sum(error**2)) / ((Q - 1) * (S - 1)),
    )


def _components(table: Array) -> Variances:
    Q, S = table.shape
    if S == 1:
        return Variances(query=float(table.var(ddof=1)), seed=nan, error=nan)
    ms = mean_squares(table)
    return Variances(query=(ms.query - ms.error) / S, seed=(ms.seed - ms.error) / Q, error=ms.error)


def _query_variance(d: Array, codes: npt.NDArray[np.intp]) -> float:
    """V_q: variance of the mean of d over new queries, or over new clusters of them."""
    sums = np.bincount(codes, weights=d - d.mean())  # [C]
    C = len(sums)
    return C / (C - 1) * float(np.sum(sums**2)) / len(d) ** 2


@dataclass(frozen=True, slots=True)
class _SeedTerm:
    """a_X and e_X of one system: new seeds add a − e; spread is its part of Satterthwaite's sum."""

    between: float
    error: float
    spread: float


def _seed_terms(table: Array) -> _SeedTerm:
    Q, S = table.shape
    ms = mean_squares(table)
    a, e = ms.seed / (Q * S), ms.error / (Q * S)
    return _SeedTerm(between=a, error=e, spread=a**2 / (S - 1) + e**2 / ((Q - 1) * (S - 1)))


def _rounding(*tables: Array) -> float:
    return ROUNDING * max(float(np.abs(table).max()) for table in tables)


def _snapped(effects: Array, *, rounding: float) -> Array:
    """What is only rounding becomes 0: equal seeds have no variance, not one of 1e-34."""
    return np.where(np.abs(effects) <= rounding, 0.0, effects)


def _statistic(mean: float, *, variance: float, d: Array, a: Array, b: Array) -> float:
    """T; 0 where the systems never differ, nan where they always differ by the same amount."""
    if not d.any():
        return 0.0
    rounding = _rounding(a, b)
    constant = float(np.ptp(d)) <= rounding
    # clusters can cancel where single queries do not: no spread to measure against either
    if constant or sqrt(variance) <= rounding:
        return 0.0 if abs(mean) <= rounding else nan
    return mean / sqrt(variance)
