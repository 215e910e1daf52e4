"""The deciding test: is the training procedure better? Queries are crossed with systems.

The test answers E2 (new queries and new seeds) from scores [Q, S_A] and [Q, S_B]: both systems
answer the same queries, and each has seeds of its own. Seeds are paired only where the plan says
that they are linked. With one seed for each system the test is exactly the paired t-test, E1 (new
queries alone). Where queries come in clusters, the clusters, not their queries, count as
independent. The arithmetic is in `crossed_many`.
"""

from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy.typing as npt

from maw.significance.clean import Array, Interval, Labels, cluster_codes, score_table
from maw.significance.crossed_many import crossed_many
from maw.significance.distributions import t_isf
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
    """The variance components of one system, in squared units of the measure.

    The components are unbiased: query or seed is below 0 where the scores vary less than error
    alone explains. With one seed, query is the plain variance over queries (the error is part of
    it), and seed and error are nan.
    """

    query: float
    seed: float
    error: float


@dataclass(frozen=True, slots=True)
class Components:
    """The variance components of system a and of baseline b.

    difference: where seeds are linked, the components of the differences d[q, s] of a and b at the
    same seed, from which the test is computed; None elsewhere.
    """

    a: Variances
    b: Variances
    difference: Variances | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """The result of the deciding test of A − B, with the numbers of queries, clusters and seeds.

    mean is in the measure's own unit; variance is that of the mean (V), in squared units. A
    contrast whose mean is not 0 is not estimable (statistic, df and pvalue are nan) where the
    difference is the same on every query, and where V is 0.
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
    flags: tuple[Flag, ...] = ()  # reasons for a missing number, and cautions

    @property
    def standard_error(self) -> float:
        """Return √V, the standard error of the mean difference, in the measure's own unit."""
        return sqrt(self.variance)

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return mean ± t·√V, nan where not estimable. ValueError for a level outside (0, 1)."""
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        half = float(t_isf((1 - level) / 2, self.df)) * self.standard_error
        return Interval(self.mean - half, self.mean + half)


def crossed(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    linked: bool = False,
    trained: tuple[bool, bool] = (False, False),
) -> Contrast:
    """Return the test of mean(A) = mean(B) for new queries and new seeds.

    a [Q, S_A], b [Q, S_B]: scores of system and baseline on the same Q queries; each column is a
    seed, and the numbers of seeds may differ. clusters [Q]: equal labels for queries that are not
    independent. linked: column s of b was built from column s of a, so that S_A = S_B and the
    differences are tested seed by seed. A system with one column counts as fixed: as if it had no
    variance between seeds. trained: whether a and b would score differently if trained again; it
    adds flags and changes no number. ValueError for another shape, a score that is not finite, a
    different Q, Q < 2, fewer than two clusters, or different numbers of linked seeds.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    d = query_differences(a, b)
    if linked and a.shape != b.shape:
        raise ValueError(
            f"a has {a.shape[1]} seeds and b has {b.shape[1]}; linked seeds come in pairs"
        )
    codes = cluster_codes(clusters, n_queries=len(d))
    n_units, n_seeds = int(codes.max()) + 1, (a.shape[1], b.shape[1])
    test = crossed_many(a, b, codes, linked=linked)
    estimable = not isnan(float(test.statistic))
    return Contrast(
        mean=float(test.mean),
        variance=float(test.variance),
        statistic=float(test.statistic),
        df=float(test.df),
        pvalue=float(test.pvalue),
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
    """Return d̄ [Q]: each query's mean over the seeds of A minus its mean over the seeds of B.

    a [Q, S_A], b [Q, S_B]. Differences that are only rounding errors are set to 0. ValueError for
    another shape, a different Q, Q < 2, or a score that is not finite.
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
    squares = stacked_mean_squares(table, rounding=rounding)
    query, seed, error = float(squares.query), float(squares.seed), float(squares.error)
    return Variances(query=(query - error) / S, seed=(seed - error) / Q, error=error)
