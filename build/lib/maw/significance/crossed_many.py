"""The deciding test on many experiments of the same size at once: the arithmetic of `crossed`.

Scores are [..., Q, S_A] and [..., Q, S_B]; every result has only the leading axes, [...], with one
entry for each experiment. Nothing is checked here: `crossed` checks the scores of users, and the
scores of a simulation need no check.
The generalised p-value decides; Satterthwaite's test stands beside it.
Sources: Tsui & Weerahandi, JASA 84 (1989) 602-607; Satterthwaite, Biometrics Bulletin 2 (1946)
110-114.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from maw.significance.clean import ROUNDING, Array
from maw.significance.distributions import t_sf
from maw.significance.generalised import SeedPart, Spread
from maw.significance.layouts import snapped, stacked_mean_squares, table_rounding, unit_sums

# "shared": seed s gives both systems the same draws, so that column s of a and column s of b are a
# pair; "independent": the columns of a have nothing to do with those of b
Seeds = Literal["shared", "independent"]

FEW_UNITS = 10  # fewer units that differ, and the rule for tied scores bounds the half-width


@dataclass(frozen=True, eq=False)
class Contrasts:
    """The result of the deciding test of A − B in each experiment; every field is [...].

    spread: what the p-values and half-widths are computed from. variance, statistic and df belong
    to Satterthwaite's test, which does not decide. statistic, df, the p-values and the half-widths
    are nan where the contrast is not estimable.
    """

    mean: Array
    spread: Spread
    variance: Array  # V of Satterthwaite's test
    statistic: Array  # mean / √V
    df: Array
    estimable: npt.NDArray[np.bool_]

    @property
    def query_variance(self) -> Array:
        """Return V_q [...], the cluster jackknife: the part of the variance from queries."""
        return self.spread.query_variance

    @cached_property
    def pvalue(self) -> Array:
        """Return the generalised p-value of "the true mean is 0", [...]."""
        return self.pvalue_at(0.0)

    @property
    def pvalue_satterthwaite(self) -> Array:
        """Return the p-value of Satterthwaite's test of "the true mean is 0", [...]."""
        p: Array = 2 * t_sf(np.abs(self.statistic), self.df)
        return p

    def pvalue_at(self, effect: npt.ArrayLike) -> Array:
        """Return the two-sided generalised p of "the true mean is `effect`" (broadcast), [...]."""
        return self._where_estimable(self.spread.pvalue(self.mean - np.asarray(effect)))

    def half_width(self, tail: npt.ArrayLike) -> Array:
        """Return h(τ), [...]: mean ± h(τ) is the interval at level 1 − 2τ.

        tail: τ, the one-sided tail, 0 < τ ≤ .5, one number or one for each experiment (broadcast).
        """
        return self._where_estimable(self.spread.half_width(tail))

    def _where_estimable(self, values: Array) -> Array:
        return np.where(self.estimable, values, np.nan)


def crossed_many(
    a: Array,
    b: Array,
    codes: npt.NDArray[np.intp],
    *,
    seeds: Seeds = "independent",
    measure_range: float = 1.0,
) -> Contrasts:
    """Return the test of mean(A) = mean(B) in each experiment, for new queries and new seeds.

    a [..., Q, S_A], b [..., Q, S_B], finite; codes [Q], 0 to C − 1, from `cluster_codes`. seeds:
    with "shared", column s of b has the draws of column s of a; then S_A = S_B, or one of the two
    is 1. A system with one column is fixed. measure_range: the highest minus the lowest value that
    the measure can take.
    """
    rounding = table_rounding(a, b)  # [...]
    d = snapped(a.mean(axis=-1) - b.mean(axis=-1), rounding=rounding[..., None])  # [..., Q]
    mean = d.mean(axis=-1)
    sizes = np.bincount(codes)
    sums = unit_sums(d - mean[..., None], codes)  # [..., C]
    Q, C = d.shape[-1], len(sizes)
    v_query = (C - 1) / C * np.sum((sums / (Q - sizes)) ** 2, axis=-1)
    parts = _seed_parts(seed_tables(a, b, seeds=seeds), rounding=rounding)
    never = ~d.any(axis=-1)
    # clusters can have equal means where single queries have not: then V_q is 0, too
    flat = (np.ptp(d, axis=-1) <= rounding) | (np.sqrt(v_query) <= rounding)
    estimable = never | ~flat
    sandwich = C / (C - 1) * np.sum(sums**2, axis=-1) / Q**2
    variance, df = satterthwaite(sandwich, parts, n_clusters=C, n_queries=Q)
    statistic = np.where(mean == 0, 0.0, mean / np.sqrt(np.where(flat, np.nan, variance)))
    return Contrasts(
        mean=mean,
        spread=Spread(
            query_variance=v_query,
            query_df=effective_clusters(sizes) - 1,
            seed_parts=parts,
            tied_units=_tied_units(d, codes, parts),
            measure_range=measure_range,
        ),
        variance=variance,
        statistic=np.where(estimable, statistic, np.nan),
        df=np.where(estimable, df, np.nan),
        estimable=estimable,
    )


def effective_clusters(sizes: npt.NDArray[np.intp]) -> float:
    """Return C_eff = Q²/Σn_c² for clusters of the given sizes [C]; C where all sizes are equal."""
    return float(sizes.sum()) ** 2 / float((sizes.astype(np.float64) ** 2).sum())


def seed_tables(a: Array, b: Array, *, seeds: Seeds) -> tuple[Array, ...]:
    """Return the tables [..., Q, S] whose seeds add to the variance of the mean: 0, 1 or 2.

    With shared seeds and several columns on both sides it is the one table of differences.
    """
    several = tuple(table for table in (a, b) if table.shape[-1] > 1)
    return (a - b,) if seeds == "shared" and len(several) > 1 else several


def _seed_parts(tables: tuple[Array, ...], *, rounding: Array) -> tuple[SeedPart, ...]:
    parts = []
    for table in tables:
        Q, S = table.shape[-2:]
        squares = stacked_mean_squares(table, rounding=rounding)
        parts.append(SeedPart(squares.seed / (Q * S), squares.error / (Q * S), n_seeds=S))
    return tuple(parts)


def _tied_units(d: Array, codes: npt.NDArray[np.intp], parts: tuple[SeedPart, ...]) -> Array:
    """Return the number n of the rule for tied scores, [...]; inf where it does not apply.

    d [..., Q]: a unit (cluster of queries) differs where one of its queries does. Where no unit
    differs, the seeds count, too: n is then the smallest of the numbers of units and of seeds.
    """
    n_different = np.sum(unit_sums((d != 0).astype(np.float64), codes) > 0, axis=-1)
    C = int(codes.max()) + 1
    fewest = min([C, *(part.n_seeds for part in parts)])
    n_units: Array = np.where(n_different < FEW_UNITS, float(C), np.inf)
    return np.where(n_different == 0, float(fewest), n_units)


def satterthwaite(
    v_query: Array, parts: tuple[SeedPart, ...], *, n_clusters: int, n_queries: int
) -> tuple[Array, Array]:
    """Return V, the variance of the mean difference, and its degrees of freedom, [...] each.

    V is V_q plus the variance that seeds add, or V_q, with C − 1 degrees of freedom, where they add
    nothing above 0. v_query [...]: V_q from the clusters' sums. The degrees of freedom are at least
    the smallest of those that V consists of.
    """
    df_query = n_clusters - 1.0
    added = np.zeros_like(v_query)
    scale = v_query.copy()
    summed = v_query**2 / df_query
    for part in parts:
        added += part.between - part.error
        scale += part.between
        summed += part.between**2 / (part.n_seeds - 1)
        summed += part.error**2 / ((n_queries - 1) * (part.n_seeds - 1))
    # df jumps where seeds begin to add nothing: rounding must not decide which case it is
    grows = added > ROUNDING * scale
    variance = np.where(grows, v_query + added, v_query)
    df = np.divide(variance**2, summed, out=np.full_like(v_query, df_query), where=grows)
    return variance, np.maximum(df, min([df_query, *(part.n_seeds - 1.0 for part in parts)]))
