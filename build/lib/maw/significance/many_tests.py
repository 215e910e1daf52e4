"""The tests of one contrast on many simulated experiments at once: p-values and intervals, [n].

They are the tests of E1 (new queries alone), computed from the differences d [n, Q] of each
experiment; the deciding test has `crossed_many`. max-T and the corrections, which take several
contrasts, are in `family_tests`. For every test but McNemar's, whose hits are drawn at random here,
there is a function for one experiment that gives the same p where it is estimable, but is slower
(sign-flip: up to its random signs); the test suite compares both.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from maw.significance.bootstrap import bootstrap_mean
from maw.significance.clean import ROUNDING, Array, Intervals
from maw.significance.crossed_many import crossed_many
from maw.significance.layouts import unit_sums
from maw.significance.paired import LARGEST_EXACT, wilcoxon

# Experiments of a block that get the exact signed-rank test: a query that is resampled twice is a
# tie, and with ties each experiment has a null distribution of its own.
EXACT_ROWS = 20


class Experiments:
    """n simulated experiments of one contrast, with every test and interval of E1 for them.

    d [n, Q]: differences of the queries. codes [Q] from `cluster_codes`. generator: draws the
    random numbers of sign-flip and BCa. resamples: number of sign patterns and of bootstrap
    resamples.
    """

    def __init__(
        self,
        d: Array,
        *,
        codes: npt.NDArray[np.intp],
        generator: np.random.Generator,
        resamples: int,
    ) -> None:
        self._d, self._codes = d, codes
        self._generator, self._resamples = generator, resamples
        # with one run of either system the deciding test is the paired t-test
        self._t = crossed_many(d[..., None], np.zeros_like(d)[..., None], codes)

    def intervals(self, *, level: float) -> Iterator[tuple[str, Intervals]]:
        """Yield the name of each test and its interval of the mean difference, [n]."""
        half = self._t.half_width((1 - level) / 2)
        yield "t", Intervals(self._t.mean - half, self._t.mean + half)
        yield (
            "BCa",
            mean_interval(
                self._d[..., None],
                codes=self._codes,
                generator=self._generator,
                level=level,
                resamples=self._resamples,
            ),
        )

    def pvalues(self) -> Iterator[tuple[str, Array]]:
        """Yield the name of each test and its p of no difference.

        With at most 50 units (clusters, or queries) the signed-rank tests are exact and slow, so
        that their p is given only for the first EXACT_ROWS experiments; else p is [n].
        """
        units = unit_means(self._d, self._codes)
        yield "t", self._t.pvalue
        exact = units.shape[1] <= LARGEST_EXACT
        wilcox, pratt = signed_rank_pvalues(units[:EXACT_ROWS] if exact else units)
        yield "Wilcoxon", wilcox
        yield "Pratt", pratt
        yield "sign", sign_pvalues(units)
        sums = unit_sums(self._d, self._codes)
        flips = sign_flip_pvalues(sums, generator=self._generator, resamples=self._resamples)
        yield "sign-flip", flips


def mean_interval(
    tables: Array,
    *,
    codes: npt.NDArray[np.intp],
    generator: np.random.Generator,
    level: float,
    resamples: int,
) -> Intervals:
    """Return the BCa interval of the mean of each table, [n]. tables [n, Q, S]; codes [Q]."""
    seed = int(generator.integers(2**32))
    means = tables.mean(axis=-1).T
    return bootstrap_mean(means, codes, seed=seed, level=level, resamples=resamples)


def unit_means(d: Array, codes: npt.NDArray[np.intp]) -> Array:
    """Return the mean difference of each cluster as a whole number of steps, [n, C].

    d [n, Q]; codes [Q]. A step is 1e-12 of the largest difference of a query in the experiment, as
    in `wilcoxon`, so that means equal but for rounding are ties.
    """
    means = unit_sums(d, codes) / np.bincount(codes)
    largest = np.abs(d).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(means / np.where(largest > 0, largest * ROUNDING, 1.0)))


def signed_rank_pvalues(units: Array) -> tuple[Array, Array]:
    """Return Wilcoxon's p and Pratt's p of each row, [n] each. units [n, C] from `unit_means`.

    Rows with at most 50 units and without ties or zeros share one null distribution. Wilcoxon's p
    and Pratt's p are equal where no unit is 0.
    """
    C = units.shape[1]
    if C > LARGEST_EXACT and bool(np.all(np.count_nonzero(units, axis=1) > LARGEST_EXACT)):
        return _normal_pvalues(units)
    order = np.sort(np.abs(units), axis=1)
    tied = (order[:, 0] == 0) | (np.diff(order, axis=1) == 0).any(axis=1)
    pvalues = np.empty((2, len(units)))
    for row in np.flatnonzero(tied | (C > LARGEST_EXACT)):
        test = wilcoxon(units[row])
        pvalues[:, row] = test.pvalue, test.pvalue_pratt
    plain = ~(tied | (C > LARGEST_EXACT))
    if plain.any():
        ranks = np.argsort(np.argsort(np.abs(units[plain]), axis=1), axis=1) + 1
        positive = np.sum(ranks * (units[plain] > 0), axis=1)
        pvalues[:, plain] = _untied_pvalues(C)[positive]
    return pvalues[0], pvalues[1]


def _normal_pvalues(units: Array) -> tuple[Array, Array]:
    from scipy import stats  # here, because its import takes longer than most comparisons

    def pvalues(rows: Array, zeros: Literal["wilcox", "pratt"]) -> Array:
        test = stats.wilcoxon(rows, axis=1, zero_method=zeros, correction=True, method="approx")
        return np.asarray(test.pvalue)

    wilcox = pvalues(units, "wilcox")
    pratt = wilcox.copy()
    with_zeros = (units == 0).any(axis=1)
    if with_zeros.any():
        pratt[with_zeros] = pvalues(units[with_zeros], "pratt")
    return wilcox, pratt


def mcnemar_pvalues(
    discordant_share: float, *, n: int, Q: int, generator: np.random.Generator
) -> Array:
    """Return McNemar's exact p in n experiments of Q queries without any difference, [n].

    discordant_share: share of queries on which only one of two single runs has a hit. Redrawn
    scores are not 0 or 1, so the pairs of hits are drawn anew, from their probabilities.
    """
    only_one = discordant_share / 2
    n_pairs = generator.multinomial(Q, [only_one, only_one, 1 - discordant_share], size=n)
    return _binomial_pvalues(wins=n_pairs[:, 0], losses=n_pairs[:, 1])


def sign_pvalues(units: Array) -> Array:
    """Return the sign test's two-sided p of each row, [n]. units [n, C]."""
    return _binomial_pvalues(wins=np.sum(units > 0, axis=1), losses=np.sum(units < 0, axis=1))


def _binomial_pvalues(*, wins: npt.NDArray[np.int_], losses: npt.NDArray[np.int_]) -> Array:
    below = special.bdtr(np.minimum(wins, losses).astype(float), wins + losses, 0.5)
    return np.asarray(np.minimum(1.0, 2 * below))


def sign_flip_pvalues(sums: Array, *, generator: np.random.Generator, resamples: int) -> Array:
    """Return the sign-flip p of each row, [n]; all rows share the random signs.

    sums [n, C]: the sum of the differences in each cluster.
    """
    signs = 1.0 - 2.0 * generator.integers(2, size=(resamples, sums.shape[1]), dtype=np.int8)
    limit = np.abs(sums.sum(axis=1)) - ROUNDING * np.abs(sums).sum(axis=1)
    n_as_extreme = np.sum(np.abs(signs @ sums.T) >= limit, axis=0)
    return np.asarray((n_as_extreme + 1) / (resamples + 1))


@lru_cache(maxsize=64)
def _untied_pvalues(n: int) -> Array:
    """Return the exact two-sided signed-rank p of n differences without ties or zeros.

    Entry r is the p of the rank sum r, from 0 to n(n+1)/2.
    """
    probability = np.ones(1)
    for rank in range(1, n + 1):
        grown = np.zeros(len(probability) + rank)
        grown[: len(probability)] += probability / 2
        grown[rank:] += probability / 2
        probability = grown
    below = np.cumsum(probability)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(below, below[::-1])))
