"""The textbook tests of E1: are these trained checkpoints better on new queries?

All take one difference per query, d [Q], from `query_differences`. The verdict comes from `crossed`
and not from these tests; with one seed for each system it is the same as the paired t-test. Where
queries come in clusters, Wilcoxon's test and the sign test use the mean difference of each cluster
in place of the queries' differences.
Sources: Wilcoxon, Biometrics Bulletin 1 (1945) 80-83; Pratt, JASA 54 (1959) 655-667.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import (
    ROUNDING,
    Array,
    Labels,
    cluster_codes,
    cluster_means,
    difference_vector,
)
from maw.significance.crossed import Contrast, crossed
from maw.significance.distributions import mean_ranks, sign_test_pvalue, signed_rank_pvalue

# Up to this number of nonzero differences the null distribution is enumerated, with its ties;
# scipy, too, changes to the normal approximation above 50.
LARGEST_EXACT = 50


@dataclass(frozen=True, slots=True)
class SignedRank:
    """The result of Wilcoxon's two-sided signed-rank test.

    pvalue is computed without the differences that are 0; pvalue_pratt ranks them with the others
    and then drops their ranks (Pratt 1959). n_zero: number of differences (or cluster means) that
    are 0. exact: False where the p-values come from the normal approximation.
    """

    positive: float  # rank sum of the positive differences, R's V
    negative: float  # rank sum of the negative differences
    pvalue: float
    pvalue_pratt: float
    n_zero: int
    exact: bool

    @property
    def statistic(self) -> float:
        """Return the smaller of the two rank sums, the statistic that scipy reports."""
        return min(self.positive, self.negative)


@dataclass(frozen=True, slots=True)
class SignTest:
    """The result of the two-sided sign test.

    wins, ties, losses: numbers of queries (or clusters) on which A is better, equal, or worse
    than B.
    """

    wins: int
    ties: int
    losses: int
    pvalue: float


def paired_t(
    differences: npt.ArrayLike, clusters: Labels | None = None, *, measure_range: float = 1.0
) -> Contrast:
    """Return the paired t-test of whether the mean d̄ of the differences [Q] is 0.

    With clusters [Q] (labels), the variance of d̄ allows for the dependence within clusters; it is
    `crossed` for two fixed systems. measure_range: the highest minus the lowest value that the
    measure can take.
    """
    d = difference_vector(differences)
    return crossed(d[:, None], np.zeros((len(d), 1)), clusters, measure_range=measure_range)


def wilcoxon(differences: npt.ArrayLike, clusters: Labels | None = None) -> SignedRank:
    """Return Wilcoxon's signed-rank test of the differences [Q], or of the mean of each cluster.

    Differences are first rounded to 1e-12 of the largest, so that 0.3 − 0.2 and 0.2 − 0.1 are a
    tie; ties get their mean rank. The test is exact up to 50 nonzero differences. Above 50 it uses
    the normal approximation, corrected for ties and continuity as in R. p = 1 where all are zero.
    """
    d = difference_vector(differences)
    codes = cluster_codes(clusters, n_queries=len(d))
    d = _rounded(cluster_means(d, codes), largest=float(np.abs(d).max()))
    nonzero = d[d != 0]
    if not len(nonzero):
        return SignedRank(0.0, 0.0, 1.0, 1.0, n_zero=len(d), exact=True)
    ranks = mean_ranks(np.abs(nonzero))
    pratt_ranks = mean_ranks(np.abs(d))[d != 0]
    exact = len(nonzero) <= LARGEST_EXACT
    if exact:
        pvalue, pratt = (_exact(r, nonzero > 0) for r in (ranks, pratt_ranks))
    else:
        pvalue = signed_rank_pvalue(d, zeros="wilcox")
        pratt = signed_rank_pvalue(d, zeros="pratt")
    return SignedRank(
        positive=float(ranks[nonzero > 0].sum()),
        negative=float(ranks[nonzero < 0].sum()),
        pvalue=pvalue,
        pvalue_pratt=pratt,
        n_zero=int(np.sum(d == 0)),
        exact=exact,
    )


def sign_test(differences: npt.ArrayLike, clusters: Labels | None = None) -> SignTest:
    """Return the sign test of the differences [Q], or of the mean of each cluster.

    It is the binomial test of wins (above 0) against losses (below 0). Ties are counted, but the
    test leaves them out. p = 1 where all are ties.
    """
    d = difference_vector(differences)
    codes = cluster_codes(clusters, n_queries=len(d))
    d = _rounded(cluster_means(d, codes), largest=float(np.abs(d).max()))
    wins, losses = int(np.sum(d > 0)), int(np.sum(d < 0))
    pvalue = sign_test_pvalue(wins, losses)
    return SignTest(wins=wins, ties=len(d) - wins - losses, losses=losses, pvalue=pvalue)


def _rounded(d: Array, *, largest: float) -> Array:
    """Return d as whole numbers of steps, so that differences equal but for rounding are ties.

    A step is 1e-12 of `largest`, the largest absolute difference of a query. Ranks and signs stay.
    """
    return np.rint(d / (largest * ROUNDING)) if largest > 0 else d


def _exact(ranks: Array, positive: npt.NDArray[np.bool_]) -> float:
    """Return the exact two-sided p of a rank sum, from all 2^n sign patterns of n differences.

    ranks [n]; positive [n]: True where the difference is above 0. The mean rank of ties may end in
    .5, so twice a rank is an integer, and the rank sum's distribution is a convolution of integers.
    """
    doubled = np.rint(2 * ranks).astype(int)
    probability = np.zeros(int(doubled.sum()) + 1)
    probability[0] = 1.0
    for rank in doubled:
        shifted = np.zeros_like(probability)
        shifted[rank:] = probability[:-rank]
        probability = (probability + shifted) / 2
    observed = int(doubled[positive].sum())
    tail = min(probability[: observed + 1].sum(), probability[observed:].sum())
    return min(1.0, 2 * float(tail))
