"""Standardised effect sizes, and the share of queries that A wins, from one difference per query.

The differences [Q] come from `query_differences`. Reports show the plain difference with its
interval first, and the effect sizes beside it. The interval of d_z inverts the noncentral t:
Steiger & Fouladi (1997).
"""

from dataclasses import dataclass
from math import atanh, exp, inf, lgamma, nan, sqrt, tanh

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from maw.significance.clean import ROUNDING, Interval, difference_vector
from maw.significance.noncentral import noncentral_t_cdf
from maw.significance.paired import SignTest, wilcoxon

TOLERANCE = 1e-10  # of the noncentrality that is solved for


@dataclass(frozen=True, slots=True)
class EffectSize:
    """The effect size d_z = mean / standard deviation of the differences, in standard deviations.

    n is the number of queries.
    """

    d_z: float
    n: int

    @property
    def hedges_g(self) -> float:
        """Return Hedges' g: d_z times the factor J of `hedges_j`, which removes its bias.

        nan with two queries.
        """
        return hedges_j(self.n - 1) * self.d_z

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return the interval of the true d_z: values under which the observed t is not extreme.

        t = d_z·√n is extreme in either tail of probability (1 − level)/2. Both ends are nan where
        d_z is not finite. ValueError for a level outside (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        if not np.isfinite(self.d_z):
            return Interval(nan, nan)
        t, df = self.d_z * sqrt(self.n), self.n - 1
        low = _noncentrality(t, df=df, probability=(1 + level) / 2)
        high = _noncentrality(t, df=df, probability=(1 - level) / 2)
        return Interval(low / sqrt(self.n), high / sqrt(self.n))


@dataclass(frozen=True, slots=True)
class RankBiserial:
    """The matched-pairs rank-biserial correlation: A's share of the rank sum minus B's share.

    n_nonzero is the number of queries whose difference is not 0.
    """

    value: float
    n_nonzero: int

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return the interval of the correlation, as R's package effectsize computes it.

        It is symmetric on Fisher's scale (atanh), with the variance of the signed-rank statistic.
        Both ends are nan where all differences are 0, and `value` where all have the same sign.
        """
        n = self.n_nonzero
        if n == 0 or abs(self.value) == 1:
            return Interval(nan, nan) if n == 0 else Interval(self.value, self.value)
        spread = sqrt((2 * n**3 + 3 * n**2 + n) / 6) / ((n**2 + n) / 2)
        half = -float(special.ndtri((1 - level) / 2)) * spread
        return Interval(tanh(atanh(self.value) - half), tanh(atanh(self.value) + half))


def effect_size(differences: npt.ArrayLike) -> EffectSize:
    """Return d_z of the differences [Q]: 0 where all are 0, ±inf where all are equal but not 0."""
    d = difference_vector(differences)
    mean, deviation = float(d.mean()), float(d.std(ddof=1))
    if deviation <= ROUNDING * float(np.abs(d).max()):
        return EffectSize(d_z=0.0 if mean == 0 else inf * mean, n=len(d))
    return EffectSize(d_z=mean / deviation, n=len(d))


def hedges_j(df: float) -> float:
    """Return Hedges' exact bias factor Γ(df/2) / (√(df/2) Γ((df−1)/2)); nan for df ≤ 1.

    Source: Hedges, J. Educational Statistics 6 (1981) 107-128.
    """
    if df <= 1:
        return nan
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)


def rank_biserial(differences: npt.ArrayLike) -> RankBiserial:
    """Return the rank-biserial correlation of the differences [Q]; 0 where all are 0.

    It is (W⁺ − W⁻) / (W⁺ + W⁻), with W⁺ and W⁻ the rank sums of the positive and the negative
    differences; zeros are left out. Source: Kerby, Comprehensive Psychology 3 (2014).
    """
    test = wilcoxon(differences)
    total = test.positive + test.negative
    value = (test.positive - test.negative) / total if total else 0.0
    return RankBiserial(value=value, n_nonzero=len(np.asarray(differences)) - test.n_zero)


def win_share(signs: SignTest) -> float:
    """Return the share of queries (or clusters) that A wins; a tie counts as half a win.

    signs: the result of `sign_test`.
    """
    n_units = signs.wins + signs.ties + signs.losses
    return (signs.wins + signs.ties / 2) / n_units


def _noncentrality(t: float, *, df: float, probability: float) -> float:
    """Return the noncentrality of Student's T under which P(T ≤ t) = probability.

    P(T ≤ t) falls as the noncentrality rises, so there is one solution, between two bounds.
    """

    def excess(nc: float) -> float:
        return noncentral_t_cdf(t, df=df, nc=nc) - probability

    spread = sqrt(1 + t**2 / (2 * df))
    centre = t - float(special.ndtri(probability)) * spread
    low, high = centre - spread, centre + spread
    while excess(low) < 0:
        low -= spread
    while excess(high) > 0:
        high += spread
    return float(optimize.brentq(excess, low, high, xtol=TOLERANCE))
