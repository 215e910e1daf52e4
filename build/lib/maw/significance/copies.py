"""A/A checks: a system against a copy of itself, and two halves of its seeds against each other.

A system must never differ from its copy. Two halves of its seeds may differ significantly in about
a share α of the splits.
"""

from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Labels, cluster_codes, score_table
from maw.significance.crossed import crossed, query_differences
from maw.significance.crossed_many import crossed_many
from maw.significance.paired import sign_test, wilcoxon
from maw.significance.randomisation import sign_flip
from maw.significance.truths import pvalues_below

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
    """Return the share of splits of the seeds into halves that `crossed` tells apart, p < alpha.

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
    halves = np.stack([table[:, half] for half in first_halves])
    others = np.stack([np.delete(table, half, axis=1) for half in first_halves])
    codes = cluster_codes(clusters, n_queries=len(table))
    tests = crossed_many(halves, others, codes, seeds="independent")
    p = pvalues_below(tests.spread, np.abs(tests.mean), limit=alpha)
    return float(np.mean((p < alpha) & tests.estimable))
