"""Are *these* checkpoints better on queries like these? The textbook tests of E1.

All take one difference per query, d [Q], as `query_differences` makes it; none of them decides
where there are seeds. Where queries come in clusters, the cluster mean is the unit.
Wilcoxon, Biometrics Bulletin 1 (1945) 80-83; Pratt, JASA 54 (1959) 655-667.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from maw.significance.clean import (
    ROUNDING,
    Array,
    Labels,
    cluster_codes,
    cluster_means,
    difference_vector,
)
from maw.significance.crossed import Contrast, crossed

# up to here the null distribution is enumerated, ties and all; scipy changes over at 50 too
LARGEST_EXACT = 50


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's signed-rank test, two-sided; zeros dropped, Pratt's way with zeros beside it."""

    positive: float  # sum of ranks of positive differences, R's V
    negative: float
    pvalue: float
    pvalue_pratt: float
    n_zero: int
    exact: bool

    @property
    def statistic(self) -> float:
        """The smaller rank sum, as scipy reports it."""
        return min(self.positive, self.negative)


@dataclass(frozen=True, slots=True)
class Signs:
    """How often each side won, and the two-sided sign test on it."""

    wins: int
    ties: int
    losses: int
    pvalue: float


def paired_t(differences: npt.ArrayLike, clusters: Labels | None = None) -> Contrast:
    """Paired t-test of d [Q]; with clusters, d̄/√V_q on C − 1 degrees of freedom."""
    d = difference_vector(differences)
    return crossed(d[:, None], np.zeros((len(d), 1)), clusters)


def wilcoxon(differences: npt.ArrayLike, clusters: Labels | None = None) -> SignedRank:
    """Signed-rank test of d [Q], or of the cluster means.

    Differences are rounded to 1e-12 of the largest first: 0.3 − 0.2 and 0.2 − 0.1 are a tie.
    Exact with midranks up to 50 nonzero differences; beyond, normal with tie and continuity
    correction, as R. All zero: p = 1.
    """
    d = difference_vector(differences)
    codes = cluster_codes(clusters, n_queries=len(d))
    d = _rounded(cluster_means(d, codes), largest=float(np.abs(d).max()))
    nonzero = d[d != 0]
    if not len(nonzero):
        return SignedRank(0.0, 0.0, 1.0, 1.0, n_zero=len(d), exact=True)
    ranks = stats.rankdata(np.abs(nonzero))
    pratt_ranks = stats.rankdata(np.abs(d))[d != 0]
    exact = len(nonzero) <= LARGEST_EXACT
    if exact:
        pvalue, pratt = (_exact(r, nonzero > 0) for r in (ranks, pratt_ranks))
    else:
        pvalue, pratt = _asymptotic(d, zeros="wilcox"), _asymptotic(d, zeros="pratt")
    return SignedRank(
        positive=float(ranks[nonzero > 0].sum()),
        negative=float(ranks[nonzero < 0].sum()),
        pvalue=pvalue,
        pvalue_pratt=pratt,
        n_zero=int(np.sum(d == 0)),
        exact=exact,
    )


def sign_test(differences: npt.ArrayLike, clusters: Labels | None = None) -> Signs:
    """Binomial test of wins against losses; ties are counted and left out. All ties: p = 1."""
    d = difference_vector(differences)
    codes = cluster_codes(clusters, n_queries=len(d))
    d = _rounded(cluster_means(d, codes), largest=float(np.abs(d).max()))
    wins, losses = int(np.sum(d > 0)), int(np.sum(d < 0))
    pvalue = float(stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0
    return Signs(wins=wins, ties=len(d) - wins - losses, losses=losses, pvalue=pvalue)


def _rounded(d: Array, *, largest: float) -> Array:
    """d in whole steps of 1e-12 of the largest query difference: ranks and signs stay."""
    return np.rint(d / (largest * ROUNDING)) if largest > 0 else d


def _exact(ranks: Array, positive: npt.NDArray[np.bool_]) -> float:
    """P(a rank sum at least as far from its mean), all 2^n sign patterns counted.

    Midranks are halves, so twice a rank is whole and the sums are a convolution over integers.
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


def _asymptotic(d: Array, *, zeros: Literal["wilcox", "pratt"]) -> float:
    return float(stats.wilcoxon(d, zero_method=zeros, correction=True, method="approx").pvalue)
