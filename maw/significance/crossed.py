"""Is the training procedure better? Queries crossed with systems, seeds nested in them.

Decides E2 from scores [Q, S_A] and [Q, S_B]; a seed is never paired by its number, unless the plan
says that seeds are linked. With one seed each it is exactly the paired t-test, E1. Where queries
come in clusters, the cluster is the unit. The arithmetic is in `crossed_many`.
"""

from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy.typing as npt
from scipy import stats

from maw.significance.clean import Array, Interval, Labels, cluster_codes, score_table
from maw.significance.crossed_many import crossed_many
from maw.significance.layouts import (
    MeanSquares,
    mean_squares,
    snapped,
    stacked_mean_squares,
    table_rounding,
)
from maw.significance.reasons import Flag, score_flags, seed_flags

__all__ = [
    "Components",
    "Contrast",
    "MeanSquares",
    "Variances",
    "crossed",
    "mean_squares",
    "query_differences",
]


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
    """Variance components of both sides; where seeds are linked, those of d[q, s] decide."""

    a: Variances
    b: Variances
    difference: Variances | None = None


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
    linked: bool = False
    flags: tuple[Flag, ...] = ()  # why there is no number, or one to be careful with

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


def crossed(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    linked: bool = False,
    trained: tuple[bool, bool] = (False, False),
) -> Contrast:
    """Test mean(A) = mean(B) where new queries and new seeds could both be drawn.

    a [Q, S_A], b [Q, S_B]: scores of the same Q queries; S may differ, a column is a seed.
    clusters [Q]: labels of queries that are not independent. linked: column s of b was built from
    column s of a, as the plan says and why; then S_A = S_B. A system with one column is fixed:
    whether it *should* have had more seeds is for the caller to know, who says so in `trained`;
    that adds a flag and changes no number.
    ValueError: a score that is not finite, different Q, Q < 2, fewer than two clusters, linked
    seeds of different number.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    d = query_differences(a, b)
    if linked and a.shape != b.shape:
        raise ValueError(
            f"a has {a.shape[1]} seeds and b has {b.shape[1]}; linked seeds come in pairs"
        )
    codes = cluster_codes(clusters, n_queries=len(d))
    n_units, n_seeds = int(codes.max()) + 1, (a.shape[1], b.shape[1])
    found = crossed_many(a, b, codes, linked=linked)
    estimable = not isnan(float(found.statistic))
    return Contrast(
        mean=float(found.mean),
        variance=float(found.variance),
        statistic=float(found.statistic),
        df=float(found.df),
        pvalue=float(found.pvalue),
        components=_components(a, b, linked=linked),
        estimable=estimable,
        n_queries=len(d),
        n_clusters=n_units,
        n_seeds=n_seeds,
        linked=linked,
        flags=seed_flags(n_seeds, trained=trained)
        + score_flags(d, a=a, b=b, n_units=n_units, estimable=estimable),
    )


def query_differences(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """d̄ [Q]: mean over seeds of A minus that of B, differences within rounding set to 0.

    a [Q, S_A], b [Q, S_B]. ValueError if Q differs or a score is not finite.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    if len(a) != len(b):
        raise ValueError(f"a has {len(a)} queries and b has {len(b)}; compare the same queries")
    return snapped(a.mean(axis=1) - b.mean(axis=1), rounding=table_rounding(a, b))


def _components(a: Array, b: Array, *, linked: bool) -> Components:
    difference = _variances(a - b, rounding=table_rounding(a, b)) if linked else None
    return Components(
        a=_variances(a, rounding=table_rounding(a)),
        b=_variances(b, rounding=table_rounding(b)),
        difference=difference,
    )


def _variances(table: Array, *, rounding: Array) -> Variances:
    Q, S = table.shape
    if S == 1:
        return Variances(query=float(table.var(ddof=1)), seed=nan, error=nan)
    ms = stacked_mean_squares(table, rounding=rounding)
    query, seed, error = float(ms.query), float(ms.seed), float(ms.error)
    return Variances(query=(query - error) / S, seed=(seed - error) / Q, error=error)
