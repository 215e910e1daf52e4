"""How large is it? Standardised sizes and shares of queries, from one difference per query.

d [Q] as `query_differences` makes it. The plain difference with its interval leads; these stand
beside it. Interval of d_z: Steiger & Fouladi (1997), by inverting the noncentral t.
"""

from dataclasses import dataclass
from math import atanh, exp, inf, lgamma, nan, sqrt, tanh

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from maw.significance.clean import Interval, difference_vector
from maw.significance.noncentral import noncentral_t_cdf
from maw.significance.paired import Signs, wilcoxon


@dataclass(frozen=True, slots=True)
class EffectSize:
    """d_z = mean / standard deviation of the differences; unit: standard deviations."""

    d_z: float
    n: int

    @property
    def hedges_g(self) -> float:
        """d_z without its small-sample bias, exact factor J."""
        return hedges_j(self.n - 1) * self.d_z

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """All d_z under which the observed t is not extreme; nan where d_z is not finite."""
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
    """Matched-pairs rank-biserial correlation: share of rank sum for A minus share for B."""

    value: float
    n_nonzero: int

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """On Fisher's scale with the signed-rank variance, as R's effectsize."""
        n = self.n_nonzero
        if n == 0 or abs(self.value) == 1:
            return Interval(nan, nan) if n == 0 else Interval(self.value, self.value)
        spread = sqrt((2 * n**3 + 3 * n**2 + n) / 6) / ((n**2 + n) / 2)
        half = float(stats.norm.isf((1 - level) / 2)) * spread
        return Interval(tanh(atanh(self.value) - half), tanh(atanh(self.value) + half))


def effect_size(differences: npt.ArrayLike) -> EffectSize:
    """d_z of d [Q]: 0 where all are 0, infinite where all are the same and not 0."""
    d = difference_vector(differences)
    mean, deviation = float(d.mean()), float(d.std(ddof=1))
    if deviation <= 1e-12 * float(np.abs(d).max()):
        return EffectSize(d_z=0.0 if mean == 0 else inf * mean, n=len(d))
    return EffectSize(d_z=mean / deviation, n=len(d))


def hedges_j(df: float) -> float:
    """Exact bias factor Γ(df/2) / (√(df/2) Γ((df−1)/2)); nan for df ≤ 1. Hedges (1981)."""
    if df <= 1:
        return nan
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)


def rank_biserial(differences: npt.ArrayLike) -> RankBiserial:
    """(W⁺ − W⁻) / (W⁺ + W⁻), zeros dropped; 0 where all are 0. Kerby (2014)."""
    test = wilcoxon(differences)
    total = test.positive + test.negative
    value = (test.positive - test.negative) / total if total else 0.0
    return RankBiserial(value=value, n_nonzero=len(np.asarray(differences)) - test.n_zero)


def win_share(signs: Signs) -> float:
    """P(A > B) + ½ P(tie) of a query drawn at random."""
    n = signs.wins + signs.ties + signs.losses
    return (signs.wins + signs.ties / 2) / n


def _noncentrality(t: float, *, df: float, probability: float) -> float:
    """The noncentrality under which P(T ≤ t) = probability; P falls as the parameter rises."""

    def excess(nc: float) -> float:
        return noncentral_t_cdf(t, df=df, nc=nc) - probability

    spread = sqrt(1 + t**2 / (2 * df))
    centre = t - float(stats.norm.ppf(probability)) * spread
    low, high = centre - spread, centre + spread
    while excess(low) < 0:
        low -= spread
    while excess(high) > 0:
        high += spread
    return float(optimize.brentq(excess, low, high, xtol=1e-10))
