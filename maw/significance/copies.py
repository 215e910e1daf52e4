"""Does a system differ from itself? A/A checks: its copy never, halves of its seeds at rate α."""

from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Labels, score_table
from maw.significance.crossed import crossed, query_differences
from maw.significance.paired import sign_test, wilcoxon
from maw.significance.randomisation import sign_flip

FEWEST_FOR_HALVES = 8
MOST_SPLITS = 200


def copies_never_differ(scores: npt.ArrayLike, clusters: Labels | None = None) -> bool:
    """Whether every test gives p = 1 for scores [Q, S] against a copy of them."""
    table = score_table(scores, name="scores")
    d = query_differences(table, table.copy())
    tests = (
        crossed(table, table.copy(), clusters),
        wilcoxon(d, clusters),
        sign_test(d, clusters),
        sign_flip(d, clusters, seed=0),
    )
    return all(test.pvalue == 1 for test in tests)


def halves(
    scores: npt.ArrayLike, clusters: Labels | None = None, *, alpha: float, seed: int
) -> float | None:
    """Share of splits of the seeds into halves with p < alpha; None with fewer than 8 seeds.

    scores [Q, S]. All splits where they are at most 200, else as many drawn. They share their
    seeds, so this is one look at one system, not an estimate of a rate.
    """
    table = score_table(scores, name="scores")
    S = table.shape[1]
    if S < FEWEST_FOR_HALVES:
        return None
    if comb(S, S // 2) <= 2 * MOST_SPLITS:
        firsts = [list(first) for first in combinations(range(S), S // 2) if S % 2 or 0 in first]
    else:
        generator = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        firsts = [generator.permutation(S)[: S // 2].tolist() for _ in range(MOST_SPLITS)]
    differ = [
        crossed(table[:, first], np.delete(table, first, axis=1), clusters).pvalue < alpha
        for first in firsts
    ]
    return float(np.mean(differ))
