"""Variance components of one system's scores (queries, seeds, error) and their intervals.

The intervals are modified-large-sample intervals. σ²_s is the variance of the seed effects: with
five seeds its interval spans a factor of ten or more, so a forecast for a larger experiment must be
shown for the whole interval.
Sources: Graybill & Wang, JASA 75 (1980) 869-873; Ting, Burdick, Graybill, Jeyaratnam & Lu,
J. Statistical Computation and Simulation 35 (1990) 135-143; both in Burdick & Graybill, Confidence
Intervals on Variance Components (1992), section 3.3.
"""

from dataclasses import dataclass
from math import inf, isnan, nan, sqrt

import numpy.typing as npt
from scipy import special

from maw.significance.claims import FEWEST_SEEDS
from maw.significance.clean import Interval, Labels, cluster_codes, score_table
from maw.significance.layouts import (
    snapped,
    stacked_mean_squares,
    table_rounding,
    unit_sums,
)
from maw.significance.reasons import Flag, Reason


@dataclass(frozen=True, slots=True)
class MeanSquare:
    """One of the two mean squares of a variance component, with its degrees of freedom.

    value: the mean square divided by the component's divisor (S for queries, Q for seeds, 1 for
    error). df is inf where the value is known exactly, as 0 is.
    """

    value: float
    df: float


@dataclass(frozen=True, slots=True)
class Component:
    """One variance component: the difference of two mean squares, first − second.

    The value is unbiased, so it may be below 0. The ends of its interval are at least 0.
    """

    value: float
    first: MeanSquare
    second: MeanSquare  # value = first.value − second.value

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return the two-sided interval of the variance component, with confidence `level`.

        Each end is the one-sided limit with confidence (1 + level)/2. Both ends are nan where the
        component is not estimable. ValueError for a level outside (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        return difference_interval(self.first, self.second, level=level)

    def upper_limit(self, probability: float = 0.8) -> float:
        """Return the one-sided upper limit: the variance is below it with confidence `probability`.

        ValueError unless 0.5 < probability < 1. The limit is nan where the component is not
        estimable.
        """
        return self.confidence_interval(2 * probability - 1).high


@dataclass(frozen=True, slots=True)
class SystemComponents:
    """The variance components of one system, in squared units of the measure.

    With one seed, `query` is the plain variance over queries (the error is part of it), and the
    values of `seed` and `error` are nan. With clusters, their design effect is part of `query`.
    """

    query: Component
    seed: Component
    error: Component
    n_queries: int
    n_units: int  # clusters, or queries where there are none
    n_seeds: int
    flags: tuple[Flag, ...] = ()


ZERO_SQUARE = MeanSquare(0.0, inf)
UNKNOWN_COMPONENT = Component(nan, MeanSquare(nan, nan), ZERO_SQUARE)


def variance_components(scores: npt.ArrayLike, clusters: Labels | None = None) -> SystemComponents:
    """Return the estimated variance components of one system, with a flag for fewer than 3 seeds.

    scores [Q, S], or the differences d[q, s] of two systems whose seeds are shared (seed s gives
    both systems the same draws). clusters [Q]: labels. ValueError for another shape,
    a score that is not finite, or fewer than two queries or clusters.
    """
    table = score_table(scores, name="scores")
    Q, S = table.shape
    codes = cluster_codes(clusters, n_queries=Q)
    C = int(codes.max()) + 1
    rounding = table_rounding(table)
    means = snapped(table.mean(axis=1) - table.mean(), rounding=rounding)
    # Q·V_q of the query means: their variance, with the design effect of the clusters
    between = MeanSquare(C / (C - 1) * float((unit_sums(means, codes) ** 2).sum()) / Q, C - 1.0)
    if S == 1:
        text = "one seed: nothing is known about the spread over seeds"
        flag = Flag(Reason.ONE_SEED, text, blocks=True)
        query = _component(between, ZERO_SQUARE)
        unknown = UNKNOWN_COMPONENT
        return SystemComponents(query, unknown, unknown, Q, C, S, flags=(flag,))
    squares = stacked_mean_squares(table, rounding=rounding)
    error_df = (Q - 1.0) * (S - 1)
    error = float(squares.error)
    return SystemComponents(
        query=_component(between, MeanSquare(error / S, error_df)),
        seed=_component(
            MeanSquare(float(squares.seed) / Q, S - 1.0), MeanSquare(error / Q, error_df)
        ),
        error=_component(MeanSquare(error, error_df), ZERO_SQUARE),
        n_queries=Q,
        n_units=C,
        n_seeds=S,
        flags=_few_seeds(S),
    )


def difference_interval(first: MeanSquare, second: MeanSquare, *, level: float) -> Interval:
    """Return the interval of the difference of two independent mean squares' expected values.

    The difference is first − second. Both ends are cut at 0, and nan where a mean square is nan.
    The lower end is 0 exactly where the F-test of first against second is not significant at
    (1 − level)/2.
    """
    alpha = (1 - level) / 2
    (x, n), (y, m) = (first.value, first.df), (second.value, second.df)
    if isnan(x) or isnan(y):
        return Interval(nan, nan)
    low = x - y - sqrt(max(0.0, _squared_distance(x, y, n=n, m=m, alpha=alpha)))
    high = x - y + sqrt(max(0.0, _squared_distance(x, y, n=n, m=m, alpha=1 - alpha)))
    return Interval(max(0.0, low), max(0.0, high))


def _squared_distance(x: float, y: float, *, n: float, m: float, alpha: float) -> float:
    """Return the squared distance of one end of the interval from the estimate x − y.

    x, y: the two mean squares; n, m: their degrees of freedom. alpha: probability of F's upper
    tail; below .5 it gives the lower end, above .5 the upper end. F is the upper α point of
    F(n, m), g = 1 − 1/F_α(n, ∞) and h = 1/F_{1−α}(m, ∞) − 1.
    """
    if y == 0:
        m = inf
    g = 1 - n / float(special.chdtri(n, alpha))
    if m == inf:
        return g**2 * x**2
    h = m / float(special.chdtri(m, 1 - alpha)) - 1
    F = float(special.fdtri(n, m, 1 - alpha))
    cross = ((F - 1) ** 2 - g**2 * F**2 - h**2) / F
    return g**2 * x**2 + h**2 * y**2 + cross * x * y


def _component(first: MeanSquare, second: MeanSquare) -> Component:
    return Component(first.value - second.value, first, second)


def _few_seeds(S: int) -> tuple[Flag, ...]:
    if S >= FEWEST_SEEDS:
        return ()
    text = f"{S} seeds: the interval of the seeds' variance says almost nothing"
    return (Flag(Reason.FEW_SEEDS, text, blocks=False),)
