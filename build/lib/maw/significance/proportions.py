"""By how much do two systems' shares of hits differ, and does chance explain it, at small Q?

The scores a, b [Q] are 1 or 0 on the same queries. With few queries an interval from the normal
distribution may reach beyond ±1 or have no width. Newcombe's method 10 joins the two shares' score
intervals (Wilson 1927) with the correlation between the systems, and does neither. The p-value is
that of the exact McNemar test. Both are about these checkpoints on new queries (the estimand E1),
and take queries to be independent. Source: Newcombe, Statistics in Medicine 17 (1998) 2635-2650.
"""

from dataclasses import dataclass
from math import sqrt

import numpy.typing as npt
from scipy import special

from maw.significance.clean import Interval
from maw.significance.mcnemar import McNemar, mcnemar


@dataclass(frozen=True, slots=True)
class PairedProportions:
    """The difference between two systems' shares of hits on the same queries.

    test: the counts of hits, and McNemar's test; its `pvalue` is exact.
    """

    test: McNemar

    @property
    def n_queries(self) -> int:
        """The number of queries."""
        return self.test.both + self.test.only_a + self.test.only_b + self.test.neither

    @property
    def difference(self) -> float:
        """The share of hits of A minus that of B."""
        return (self.test.only_a - self.test.only_b) / self.n_queries

    @property
    def pvalue(self) -> float:
        """The p-value of the exact two-sided McNemar test."""
        return self.test.pvalue

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return Newcombe's interval (method 10) of the difference.

        level: between 0 and 1; ValueError elsewhere. It may disagree with the p-value near the
        level, because the two are different methods.
        """
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; give a number between 0 and 1")
        n, z = self.n_queries, float(special.ndtri((1 + level) / 2))
        share_a = (self.test.both + self.test.only_a) / n
        share_b = (self.test.both + self.test.only_b) / n
        of_a = _wilson(share_a, n_queries=n, z=z)
        of_b = _wilson(share_b, n_queries=n, z=z)
        correlation = self._correlation()
        below = _joined(share_a - of_a.low, of_b.high - share_b, correlation=correlation)
        above = _joined(of_a.high - share_a, share_b - of_b.low, correlation=correlation)
        return Interval(self.difference - below, self.difference + above)

    def _correlation(self) -> float:
        """Return φ between the systems' hits, 0 where one of them has hits on all queries or none.

        A continuity correction reduces a positive φ. Without it, φ would be 1 where the systems
        never disagree, and the interval would have no width.
        """
        both, only_a, only_b = self.test.both, self.test.only_a, self.test.only_b
        neither = self.test.neither
        margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
        covariance: float = both * neither - only_a * only_b
        if covariance > 0:
            covariance = max(covariance - self.n_queries / 2, 0)
        return covariance / sqrt(margins) if margins else 0.0


def paired_proportions(a: npt.ArrayLike, b: npt.ArrayLike) -> PairedProportions:
    """Return the difference between the shares of hits of A and B, with its test and interval.

    a, b [Q]: 1 where the system has a hit, else 0. ValueError as in `mcnemar`.
    """
    return PairedProportions(mcnemar(a, b))


def _wilson(share: float, *, n_queries: int, z: float) -> Interval:
    """Return the score interval of one share. z: quantile of the normal distribution."""
    scale = 1 + z**2 / n_queries
    centre = (share + z**2 / (2 * n_queries)) / scale
    half = z * sqrt(share * (1 - share) / n_queries + z**2 / (4 * n_queries**2)) / scale
    return Interval(centre - half, centre + half)


def _joined(of_a: float, of_b: float, *, correlation: float) -> float:
    """Return the half-width of a difference from those of two correlated shares."""
    # rounding may put the sum of squares just below 0
    return sqrt(max(of_a**2 - 2 * correlation * of_a * of_b + of_b**2, 0.0))
