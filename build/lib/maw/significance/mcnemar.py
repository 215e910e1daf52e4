"""McNemar's test for Hit@K: does one of two checkpoints have hits on more queries than the other?

The result is about these checkpoints on new queries (the estimand E1), so that the test takes one
seed of each system. Each query has the score 1 (a hit) or 0, and only queries on which the systems
disagree count. The test suite compares the results with those of statsmodels. Queries in clusters
are not independent: use the sign test with clusters for them. Source: McNemar, Psychometrika 12
(1947) 153-157.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import difference_vector
from maw.significance.distributions import chi2_sf, sign_test_pvalue


@dataclass(frozen=True, slots=True)
class McNemar:
    """The result of McNemar's two-sided test.

    only_a, only_b, both, neither: numbers of queries on which only A, only B, both systems or no
    system has a hit. pvalue is exact (binomial); chi2_corrected and pvalue_corrected are those of
    the χ² test with continuity correction, 0 and 1 where only_a = only_b.
    """

    only_a: int
    only_b: int
    both: int
    neither: int
    pvalue: float
    chi2_corrected: float
    pvalue_corrected: float


def mcnemar(a: npt.ArrayLike, b: npt.ArrayLike) -> McNemar:
    """Return the test of whether A and B have hits on equally many queries.

    a, b [Q]: 1 where the system has a relevant document in its first K, else 0. p = 1 where the
    systems never disagree. ValueError for a value that is not 0 or 1, a different Q, or Q < 2.
    """
    hits_a, hits_b = _hits(a, name="a"), _hits(b, name="b")
    if len(hits_a) != len(hits_b):
        raise ValueError(
            f"a has {len(hits_a)} queries and b has {len(hits_b)}; compare the same queries"
        )
    both, only_a = int(np.sum(hits_a & hits_b)), int(np.sum(hits_a & ~hits_b))
    only_b, neither = int(np.sum(~hits_a & hits_b)), int(np.sum(~hits_a & ~hits_b))
    exact = sign_test_pvalue(only_a, only_b)
    chi2, corrected = 0.0, 1.0
    if only_a != only_b:  # the correction would turn no difference into one of 1
        chi2 = (abs(only_a - only_b) - 1) ** 2 / (only_a + only_b)
        corrected = float(chi2_sf(chi2, 1))
    return McNemar(only_a, only_b, both, neither, exact, chi2, corrected)


def _hits(values: npt.ArrayLike, *, name: str) -> npt.NDArray[np.bool_]:
    x = difference_vector(values)
    not_hits = np.flatnonzero((x != 0) & (x != 1))
    if len(not_hits):
        q = not_hits[0]
        raise ValueError(f"{name}[{q}] is {x[q]}; give 1 for a hit, else 0")
    hits: npt.NDArray[np.bool_] = x == 1
    return hits
