"""The deciding test: is the training procedure better? Queries are crossed with systems.

The test answers E2 (new queries and new seeds) from scores [Q, S_A] and [Q, S_B]: both systems
answer the same queries. Seeds are shared, where seed s gives both systems the same draws and
differences are taken within a seed, or independent. The generalised p-value decides
(`generalised`); Satterthwaite's test stands beside it. With one seed for each system the test is
exactly the paired t-test, E1 (new queries alone). Where queries come in clusters, the clusters, not
their queries, count as independent. The arithmetic is in `crossed_many`.
"""

from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.clean import Array, Interval, Labels, cluster_codes, score_table
from maw.significance.crossed_many import Contrasts, Seeds, crossed_many
from maw.significance.layouts import (
    MeanSquares,
    mean_squares,
    snapped,
    stacked_mean_squares,
    table_rounding,
)
from maw.significance.reasons import Flag, score_flags, seed_flags, spread_flags

__all__ = [
    "Components",
    "Contrast",
    "MeanSquares",
    "Seeds",
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

    difference: where seeds are shared, the components of the differences d[q, s] of a and b at the
    same seed, from which the test is computed; None elsewhere.
    """

    a: Variances
    b: Variances
    difference: Variances | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """The result of the deciding test of A − B, with the numbers of queries, clusters and seeds.

    mean is in the measure's own unit. pvalue is the generalised p-value, which decides. statistic,
    df, pvalue_satterthwaite and variance (V, in squared units) are those of Satterthwaite's test,
    which is shown beside it. A contrast is not estimable (these numbers and the half-widths are
    nan) where the difference is the same on every query and not 0, and where all clusters have the
    same mean difference. Systems that never differ have the p-value 1.
    """

    mean: float
    pvalue: float
    statistic: float
    df: float
    pvalue_satterthwaite: float
    variance: float
    components: Components
    estimable: bool
    n_queries: int
    n_clusters: int  # = n_queries where no clusters were given
    effective_clusters: float  # C_eff = Q²/Σn_c², = n_clusters where all have the same size
    n_seeds: tuple[int, int]
    seeds: Seeds
    measure_range: float
    trained: tuple[bool, bool]
    test: Contrasts = field(repr=False, compare=False)  # the same contrast, as arrays of shape []
    flags: tuple[Flag, ...] = ()  # reasons for a missing number, and cautions

    @property
    def standard_error(self) -> float:
        """Return √V of Satterthwaite's test, in the measure's own unit."""
        return sqrt(self.variance)

    @property
    def query_variance(self) -> float:
        """Return V_q: the variance of the mean that new queries alone would cause (jackknife)."""
        return float(self.test.query_variance)

    @property
    def fewest_seeds(self) -> int | None:
        """Return the smallest number of seeds of a side that is trained or has several columns.

        None where both sides are fixed.
        """
        sides = zip(self.n_seeds, self.trained, strict=True)
        return min((n for n, is_trained in sides if is_trained or n > 1), default=None)

    @property
    def has_number(self) -> bool:
        """Return whether the test has a number: not for a trained system with one seed."""
        return self.estimable and self.fewest_seeds != 1

    @property
    def retraining_superiority(self) -> float:
        """Return the chance that one new training of A beats one of B on these same queries.

        It is Φ(d̄ / √(M_sA/Q + M_sB/Q)), with normal seed effects and the estimates taken for the
        truth. A fixed side adds no variance. nan where a trained side has one seed, and where both
        sides are fixed.
        """
        if self.fewest_seeds in (None, 1):
            return nan
        # M_s/Q, the variance of a single training's mean, is σ²_s + σ²_e/Q
        spread = sum(
            side.seed + side.error / self.n_queries
            for side, n in zip((self.components.a, self.components.b), self.n_seeds, strict=True)
            if n > 1
        )
        if spread <= 0:
            return float(np.sign(self.mean) + 1) / 2
        return float(special.ndtr(self.mean / sqrt(spread)))

    def pvalue_at(self, difference: float) -> float:
        """Return the two-sided generalised p-value of "the true mean is `difference`"."""
        return float(self.test.pvalue_at(difference))

    def half_width(self, tail: float) -> float:
        """Return h(τ), half the interval at level 1 − 2τ; nan where not estimable.

        tail: τ, the one-sided tail. ValueError unless 0 < τ ≤ .5.
        """
        return float(self.test.half_width(tail))

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return mean ± h((1 − level)/2), nan where not estimable.

        The interval contains a value exactly where its `pvalue_at` is at least 1 − level.
        ValueError for a level outside (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        half = self.half_width((1 - level) / 2)
        return Interval(self.mean - half, self.mean + half)


def crossed(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seeds: Seeds = "independent",
    measure_range: float = 1.0,
    trained: tuple[bool, bool] = (False, False),
) -> Contrast:
    """Return the test of mean(A) = mean(B) for new queries and new seeds.

    a [Q, S_A], b [Q, S_B]: scores of system and baseline on the same Q queries; each column is a
    seed. clusters [Q]: equal labels for queries that are not independent. seeds: "shared" where
    column s of b had the same draws as column s of a, so that the differences are tested seed by
    seed; else "independent", and the numbers of seeds may differ. A system with one column counts
    as fixed: as if it had no variance between seeds. measure_range: the highest minus the lowest
    value that the measure can take, which bounds a difference that few queries show. trained:
    whether a and b would score differently if trained again; it changes flags and `fewest_seeds`,
    and no other number. ValueError for another shape, a score that is not finite, a different Q,
    Q < 2, fewer than two clusters, different numbers of shared seeds above one, another word for
    `seeds`, or a range that is not above 0.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    d = query_differences(a, b)
    _require_form(seeds, n_seeds=(a.shape[1], b.shape[1]), measure_range=measure_range)
    codes = cluster_codes(clusters, n_queries=len(d))
    test = crossed_many(a, b, codes, seeds=seeds, measure_range=measure_range)
    n_seeds, n_units = (a.shape[1], b.shape[1]), int(codes.max()) + 1
    effective, estimable = test.spread.query_df + 1, bool(test.estimable)
    flags = score_flags(d, a=a, b=b, n_units=n_units, effective=effective, estimable=estimable)
    if not any(flag.blocks for flag in flags):
        flags += spread_flags(test.spread, n_seeds=n_seeds)
    return Contrast(
        mean=float(test.mean),
        pvalue=float(test.pvalue),
        statistic=float(test.statistic),
        df=float(test.df),
        pvalue_satterthwaite=float(test.pvalue_satterthwaite),
        variance=float(test.variance),
        components=_components(a, b, seeds=seeds),
        estimable=estimable,
        n_queries=len(d),
        n_clusters=n_units,
        effective_clusters=effective,
        n_seeds=n_seeds,
        seeds=seeds,
        measure_range=measure_range,
        trained=trained,
        test=test,
        flags=seed_flags(n_seeds, trained=trained) + flags,
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


def _require_form(seeds: str, *, n_seeds: tuple[int, int], measure_range: float) -> None:
    if seeds not in ("shared", "independent"):
        raise ValueError(f"seeds is {seeds!r}; expected 'shared' or 'independent'")
    if seeds == "shared" and min(n_seeds) > 1 and n_seeds[0] != n_seeds[1]:
        raise ValueError(
            f"a has {n_seeds[0]} seeds and b has {n_seeds[1]}; shared seeds come in pairs"
        )
    if not measure_range > 0:
        raise ValueError(f"measure_range is {measure_range}; it must be above 0")


def _components(a: Array, b: Array, *, seeds: Seeds) -> Components:
    is_paired = seeds == "shared" and a.shape == b.shape
    difference = _variances(a - b, rounding=table_rounding(a, b)) if is_paired else None
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
