"""The deciding test on many experiments of the same size at once: the arithmetic of `crossed`.

Scores are [..., Q, S_A] and [..., Q, S_B]; every result has only the leading axes, [...], with one
entry for each experiment. Nothing is checked here: `crossed` checks the scores of users, and the
scores of a simulation need no check.
Degrees of freedom: Satterthwaite, Biometrics Bulletin 2 (1946) 110-114.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import ROUNDING, Array
from maw.significance.distributions import t_isf, t_sf
from maw.significance.layouts import snapped, stacked_mean_squares, table_rounding, unit_sums


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """The result of the deciding test of A − B in each experiment; every field is [...].

    variance is that of the mean (V). statistic, df and pvalue are nan where the contrast is not
    estimable.
    """

    mean: Array
    variance: Array
    query_variance: Array  # V_q: the part of V from queries, all of it in E1
    statistic: Array
    df: Array
    pvalue: Array

    def half_width(self, level: float = 0.95) -> Array:
        """Return t·√V, half the width of the interval mean ± t·√V; nan where not estimable."""
        half: Array = t_isf((1 - level) / 2, self.df) * np.sqrt(self.variance)
        return half


def crossed_many(
    a: Array, b: Array, codes: npt.NDArray[np.intp], *, linked: bool = False
) -> Contrasts:
    """Return the test of mean(A) = mean(B) in each experiment, for new queries and new seeds.

    a [..., Q, S_A], b [..., Q, S_B], finite; codes [Q], 0 to C − 1, from `cluster_codes`. linked:
    column s of b was built from column s of a; then S_A = S_B.
    """
    rounding = table_rounding(a, b)  # [...]
    d = snapped(a.mean(axis=-1) - b.mean(axis=-1), rounding=rounding[..., None])  # [..., Q]
    mean = d.mean(axis=-1)
    sums = unit_sums(d - mean[..., None], codes)  # [..., C]
    Q, C = d.shape[-1], sums.shape[-1]
    v_query = C / (C - 1) * np.sum(sums**2, axis=-1) / Q**2
    tables = [a - b] if linked else [a, b]
    variance, df = _with_seeds(
        v_query, C - 1.0, [t for t in tables if t.shape[-1] > 1], rounding=rounding
    )
    statistic = _statistic(mean, variance=variance, d=d, rounding=rounding)
    df = np.where(np.isnan(statistic), np.nan, df)
    return Contrasts(
        mean=mean,
        variance=variance,
        query_variance=v_query,
        statistic=statistic,
        df=df,
        pvalue=2 * t_sf(np.abs(statistic), df),
    )


def _with_seeds(
    v_query: Array, df_query: float, tables: list[Array], *, rounding: Array
) -> tuple[Array, Array]:
    """Return V, the variance of the mean difference, and its degrees of freedom, [...] each.

    V is V_q plus the variance that seeds add, or V_q where they add nothing above 0. v_query [...]:
    V_q; df_query: its degrees of freedom. tables: the scores [..., Q, S] of each system with
    several seeds, or one table of differences where seeds are linked.
    """
    added = np.zeros_like(v_query)
    scale = v_query.copy()
    parts = v_query**2 / df_query
    for table in tables:
        Q, S = table.shape[-2:]
        squares = stacked_mean_squares(table, rounding=rounding)
        between, error = squares.seed / (Q * S), squares.error / (Q * S)
        added += between - error
        scale += between
        parts += between**2 / (S - 1) + error**2 / ((Q - 1) * (S - 1))
    # df jumps where seeds begin to add nothing: rounding must not decide which case it is
    grows = added > ROUNDING * scale
    variance = np.where(grows, v_query + added, v_query)
    df = np.divide(variance**2, parts, out=np.full_like(v_query, df_query), where=grows)
    return variance, df


def _statistic(mean: Array, *, variance: Array, d: Array, rounding: Array) -> Array:
    """Return T = mean/√V, [...]; d [..., Q]: differences of the queries.

    T is 0 where the systems never differ. Where all queries have the same difference, or V is 0, T
    is nan if the mean is not 0, else 0.
    """
    # clusters can have equal means where single queries have not: then V is 0, too
    flat = (np.ptp(d, axis=-1) <= rounding) | (np.sqrt(variance) <= rounding)
    spread = np.sqrt(np.where(flat, 1.0, variance))
    unknown = flat & (np.abs(mean) > rounding)
    never = ~d.any(axis=-1)
    return np.where(unknown, np.nan, np.where(flat | never, 0.0, mean / spread))
