"""Every test of the page on many simulated experiments at once: p-values [n], intervals [n].

What E1's tests need of an experiment are its differences d [n, Q]; of each the one-experiment form
in this package gives the same p (a test says so), only slower.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from maw.significance.bootstrap import bootstrap_mean
from maw.significance.clean import ROUNDING, Array
from maw.significance.crossed_many import crossed_many
from maw.significance.layouts import unit_sums
from maw.significance.paired import LARGEST_EXACT, wilcoxon

EXACT_ROWS = 20  # of a block: ties (a query drawn twice) make each exact test a sum of its own


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Intervals of n experiments, each [n]."""

    low: Array
    high: Array

    def cover(self, truth: Array | float) -> npt.NDArray[np.bool_]:
        """Which hold the truth."""
        inside: npt.NDArray[np.bool_] = (self.low <= truth) & (truth <= self.high)
        return inside


class Experiments:
    """n experiments of one contrast, tables a [n, Q, S_A] and b [n, Q, S_B], and all tests of them.

    generator: of sign-flip and of BCa alone.
    """

    def __init__(
        self,
        a: Array,
        b: Array,
        *,
        codes: npt.NDArray[np.intp],
        linked: bool,
        generator: np.random.Generator,
        resamples: int,
    ) -> None:
        self._crossed = crossed_many(a, b, codes, linked=linked)
        self._d = a.mean(axis=-1) - b.mean(axis=-1)
        self._codes, self._generator, self._resamples = codes, generator, resamples
        self._df = int(codes.max())  # C − 1, of E1

    @property
    def differences(self) -> Array:
        """[n, Q], means over seeds."""
        return np.asarray(self._d)

    @property
    def generator(self) -> np.random.Generator:
        """Of this contrast in this block."""
        return self._generator

    def e2_interval(self, level: float) -> Ends:
        """The interval that decides, at another level too."""
        return _around(self._crossed.mean, half=self._crossed.half_width(level))

    def intervals(self, *, level: float) -> Iterator[tuple[str, Ends]]:
        """Test and interval of A − B, [n] each."""
        found = self._crossed
        yield "E2", self.e2_interval(level)
        half = special.stdtrit(self._df, (1 + level) / 2) * np.sqrt(found.query_variance)
        yield "t", _around(found.mean, half=half)
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

    def pvalues(self, effect: float, *, sesoi: float | None) -> Iterator[tuple[str, Array]]:
        """Test and p [n] if every difference were `effect` larger; nan where not estimable.

        Exact signed-rank tests, of few units, are of the first experiments alone.
        """
        found = self._crossed
        mean, shifted = found.mean + effect, self._d + effect
        units = unit_means(shifted, self._codes)
        yield "E2", _t_pvalues(mean, variance=found.variance, df=found.df)
        yield "t", _t_pvalues(mean, variance=found.query_variance, df=self._df)
        exact = units.shape[1] <= LARGEST_EXACT
        wilcox, pratt = signed_rank_pvalues(units[:EXACT_ROWS] if exact else units)
        yield "Wilcoxon", wilcox
        yield "Pratt", pratt
        yield "sign", sign_pvalues(units)
        sums = unit_sums(shifted, self._codes)
        flips = sign_flip_pvalues(sums, generator=self._generator, resamples=self._resamples)
        yield "sign-flip", flips
        if sesoi is not None:
            error = _root(found.variance)
            lower = special.stdtr(found.df, -(mean + sesoi) / error)
            yield "TOST", np.maximum(lower, special.stdtr(found.df, (mean - sesoi) / error))


def mean_interval(
    tables: Array,
    *,
    codes: npt.NDArray[np.intp],
    generator: np.random.Generator,
    level: float,
    resamples: int,
) -> Ends:
    """BCa interval [n] of the mean of tables [n, Q, S] over queries, or over whole clusters."""
    seed = int(generator.integers(2**32))
    band = bootstrap_mean(
        tables.mean(axis=-1).T, codes, seed=seed, level=level, resamples=resamples
    )
    return Ends(band.low, band.high)


def unit_means(d: Array, codes: npt.NDArray[np.intp]) -> Array:
    """[n, C] mean difference of each cluster, in whole steps of 1e-12 of the largest query's."""
    means = unit_sums(d, codes) / np.bincount(codes)
    largest = np.abs(d).max(axis=-1, keepdims=True)
    return np.asarray(np.rint(means / np.where(largest > 0, largest * ROUNDING, 1.0)))


def signed_rank_pvalues(units: Array) -> tuple[Array, Array]:
    """Wilcoxon's p of each row of units [n, C], as `unit_means` rounds them, and Pratt's.

    Rows without ties, zeros and few units go together; where no unit is 0, both are the same.
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
    def p(rows: Array, zeros: Literal["wilcox", "pratt"]) -> Array:
        test = stats.wilcoxon(rows, axis=1, zero_method=zeros, correction=True, method="approx")
        return np.asarray(test.pvalue)

    wilcox = p(units, "wilcox")
    pratt = wilcox.copy()
    some = (units == 0).any(axis=1)
    if some.any():
        pratt[some] = p(units[some], "pratt")
    return wilcox, pratt


def mcnemar_pvalues(experiments: Experiments, discordant: float, effect: float) -> Array:
    """Exact p [n] of single runs whose hits differ by `effect`, for that share of discordant ones.

    Redrawn scores are not 0 or 1; the pairs of hits are drawn by themselves, which at no effect is
    what McNemar's test supposes.
    """
    n, Q = experiments.differences.shape
    share = max(discordant, abs(effect))
    only_a, only_b = (share + effect) / 2, (share - effect) / 2
    drawn = experiments.generator.multinomial(Q, [only_a, only_b, 1 - share], size=n)
    wins, losses = drawn[:, 0], drawn[:, 1]
    below = special.bdtr(np.minimum(wins, losses).astype(float), wins + losses, 0.5)
    return np.asarray(np.minimum(1.0, 2 * below))


def sign_pvalues(units: Array) -> Array:
    """Two-sided binomial p of wins against losses in each row of units [n, C]."""
    wins, losses = np.sum(units > 0, axis=1), np.sum(units < 0, axis=1)
    below = special.bdtr(np.minimum(wins, losses).astype(float), wins + losses, 0.5)
    return np.asarray(np.minimum(1.0, 2 * below))


def sign_flip_pvalues(sums: Array, *, generator: np.random.Generator, resamples: int) -> Array:
    """Randomisation p of each row of sums [n, C] over clusters; all rows meet the same signs."""
    signs = 1.0 - 2.0 * generator.integers(2, size=(resamples, sums.shape[1]), dtype=np.int8)
    limit = np.abs(sums.sum(axis=1)) - ROUNDING * np.abs(sums).sum(axis=1)
    as_extreme = np.sum(np.abs(signs @ sums.T) >= limit, axis=0)
    return np.asarray((as_extreme + 1) / (resamples + 1))


@lru_cache(maxsize=64)
def _untied_pvalues(n: int) -> Array:
    """Two-sided p of each rank sum 0 to n(n+1)/2 without ties or zeros."""
    probability = np.ones(1)
    for rank in range(1, n + 1):
        grown = np.zeros(len(probability) + rank)
        grown[: len(probability)] += probability / 2
        grown[rank:] += probability / 2
        probability = grown
    below = np.cumsum(probability)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(below, below[::-1])))


def _around(mean: Array, *, half: npt.ArrayLike) -> Ends:
    half = np.asarray(half, dtype=np.float64)
    return Ends(mean - half, mean + half)


def _t_pvalues(mean: Array, *, variance: Array, df: Array | int) -> Array:
    return np.asarray(2 * special.stdtr(df, -np.abs(mean / _root(variance))))


def _root(variance: Array) -> Array:
    """√V; 0 becomes tiny, so that any difference then is certain and none is p = 1."""
    return np.sqrt(np.maximum(variance, 1e-300))
