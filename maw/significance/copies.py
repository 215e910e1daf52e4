"""A/A checks: a system against a copy of itself, and two halves of its seeds against each other.

A system must never differ from its copy. Two halves of its seeds may differ significantly in about
a share α of the splits.
"""

from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Labels, score_table
from maw.significance.crossed import crossed, query_differences
from maw.significance.paired import sign_test, wilcoxon
from maw.significance.randomisation import sign_flip

FEWEST_FOR_HALVES = 8  # seeds
MOST_SPLITS = 200  # splits of the seeds into halves that are tested


def copies_never_differ(scores: npt.ArrayLike, clusters: Labels | None = None) -> bool:
    """Return True if four tests give p = 1 for the scores [Q, S] against a copy of them.

    They are the deciding test `crossed`, Wilcoxon's test, the sign test and the sign-flip test.
    clusters [Q]: labels.
    """
    table = score_table(scores, name="scores")
    d = query_differences(table, table.copy())
    tests = (
        crossed(table, table.copy(), clusters),
        wilcoxon(d, clusters),
        sign_test(d, clusters),
        sign_flip(d, clusters, seed=0),
    )
    return all(test.pvalue == 1 for test in tests)


def split_half_rejection_rate(
    scores: npt.ArrayLike, clusters: Labels | None = None, *, alpha: float, seed: int
) -> float | None:
    """Return the share of splits of the seeds into halves for which `crossed` gives p < alpha.

    scores [Q, S] of one system; clusters [Q]: labels. The result is None with fewer than 8 seeds.
    All splits are tested where there are at most 200 of them, else 200 random ones, drawn with
    `seed`. The splits share their seeds, so the share describes this one system and does not
    estimate an error rate.
    """
    table = score_table(scores, name="scores")
    S = table.shape[1]
    if S < FEWEST_FOR_HALVES:
        return None
    if comb(S, S // 2) <= 2 * MOST_SPLITS:
        # for even S each split is listed twice, once for either half
        first_halves = [list(half) for half in combinations(range(S), S // 2) if S % 2 or 0 in half]
    else:
        generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        first_halves = [generator.permutation(S)[: S // 2].tolist() for _ in range(MOST_SPLITS)]
    rejections = [
        crossed(table[:, half], np.delete(table, half, axis=1), clusters).pvalue < alpha
        for half in first_halves
    ]
    return float(np.mean(rejections))
