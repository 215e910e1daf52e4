"""Randomisation tests of E1: sign-flip for one contrast, max-T for several contrasts together.

E1 asks about these checkpoints on new queries. Under its null hypothesis a query's difference has
either sign with the same probability, and all signs of a cluster flip together. A unit is a
cluster, or a query where there are no clusters. With few units all sign patterns are counted;
otherwise B random patterns are drawn and p = (b + 1) / (B + 1) with b of them at least as extreme
as observed, so that p is never 0. Eight units have 256 sign patterns: their sums are looked up in a
table, which for one contrast is five times as fast as a matrix product, in chunks of bounded
memory. Units are first put into an order that depends on their values alone, so that p depends
neither on the order of the rows nor on the size of a chunk.
Sources: Phipson & Smyth (2010) for the + 1; Westfall & Young (1993), algorithm 2.8, for max-T.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import (
    ROUNDING,
    Array,
    Labels,
    cluster_codes,
    difference_columns,
    difference_vector,
)
from maw.significance.layouts import unit_sums

RESAMPLES = 99_999
CHUNK_CELLS = 2_000_000  # words or sums in memory at once; the result does not depend on it
OCTET = 8  # units whose sums are looked up together
WORD_BITS = 64
MOST_EXACT_UNITS = 61  # more sign patterns than 2^61 are never counted, and do not fit a word


@dataclass(frozen=True, slots=True)
class SignFlip:
    """The result of the two-sided randomisation test of one contrast, E1."""

    pvalue: float
    n_as_extreme: int  # sign patterns with |Σd| at least as large as observed
    n_patterns: int  # random sign patterns, or all of them where exact
    exact: bool  # True where all sign patterns were counted
    n_units: int  # queries or clusters whose sum is not 0: the others have no sign


@dataclass(frozen=True, slots=True, eq=False)
class MaxT:
    """The result of max-T for K contrasts on the same queries, E1; arrays are [K].

    statistic: Student's t of the sums of the units (clusters, or queries); 0 for a contrast without
    any difference, infinite where all units have the same sum. exact: True where all sign patterns
    were counted. step_down: as given to `max_t`.
    """

    statistic: Array
    pvalue: Array  # of each contrast alone
    adjusted: Array  # for the number of contrasts
    n_patterns: int
    exact: bool
    step_down: bool


def sign_flip(
    differences: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seed: int,
    contrast: str = "",
    resamples: int = RESAMPLES,
) -> SignFlip:
    """Return the randomisation test of whether the mean of the differences [Q] is 0.

    clusters [Q]: labels; queries with equal labels flip their signs together. contrast: a name; the
    random signs depend on it and on `seed` alone, so that other contrasts do not change p.
    resamples: number of random sign patterns; where there are at most resamples + 1 patterns, all
    of them are counted instead. p = 1 where all differences are 0, and swapping the systems keeps
    p. ValueError for another shape, a difference that is not finite, fewer than two queries or
    clusters, or resamples below 1.
    """
    d = difference_vector(differences)
    units = _canonical_units(d[:, None], cluster_codes(clusters, n_queries=len(d)))
    # a sum in another order differs in its last bit: it still counts as equal
    limit = np.abs(d.sum()) - ROUNDING * np.abs(units).sum()
    n_as_extreme = 0
    for sums in _flipped_sums(units, seed=seed, contrast=contrast, resamples=resamples):
        n_as_extreme += int(np.sum(np.abs(sums) >= limit))
    exact, n_patterns = _patterns(len(units), resamples=resamples)
    return SignFlip(
        pvalue=float(_pvalue(n_as_extreme, exact=exact, n_patterns=n_patterns)),
        n_as_extreme=n_as_extreme,
        n_patterns=n_patterns,
        exact=exact,
        n_units=len(units),
    )


def max_t(
    differences: npt.ArrayLike,
    clusters: Labels | None = None,
    *,
    seed: int,
    contrast: str = "",
    resamples: int = RESAMPLES,
    step_down: bool = True,
) -> MaxT:
    """Return query-blocked max-T of the differences [Q, K] of K contrasts on the same queries.

    Query-blocked: a query's random sign is the same in all contrasts, which keeps their dependence.
    max-T keeps the probability of any false rejection at or below the level of the test. step_down:
    each contrast is compared with the maximum over itself and all contrasts with a smaller
    statistic; without it, with the maximum over all. Other arguments and errors as in `sign_flip`.
    """
    d = difference_columns(differences)
    codes = cluster_codes(clusters, n_queries=len(d))
    units = _canonical_units(d, codes)
    length = np.sqrt(np.sum(units**2, axis=0))  # does not change with the signs
    varying = np.flatnonzero(length > 0)
    r = np.divide(d.sum(axis=0), length, out=np.zeros_like(length), where=length > 0)
    order = varying[np.argsort(-np.abs(r[varying]), kind="stable")]  # |r| rises with |t|
    units = units[:, order] / length[order]
    limit = np.abs(r[order]) - ROUNDING * np.sqrt(max(1, len(units)))
    n_alone, n_maxima = np.zeros(len(order)), np.zeros(len(order))  # as extreme as observed
    for sums in _flipped_sums(units, seed=seed, contrast=contrast, resamples=resamples):
        flipped = np.abs(sums)
        n_alone += np.sum(flipped >= limit, axis=0)
        n_maxima += np.sum(_maxima(flipped, step_down=step_down) >= limit, axis=0)
    exact, n_patterns = _patterns(len(units), resamples=resamples)
    pvalue, adjusted = np.ones((2, d.shape[1]))
    pvalue[order] = _pvalue(n_alone, exact=exact, n_patterns=n_patterns)
    adjusted[order] = np.maximum.accumulate(_pvalue(n_maxima, exact=exact, n_patterns=n_patterns))
    return MaxT(_t(r, n_units=int(codes.max()) + 1), pvalue, adjusted, n_patterns, exact, step_down)


def _t(r: Array, *, n_units: int) -> Array:
    """Return Student's t of each contrast, [K], from r = Σu/√Σu² [K], u the sums of the units.

    t is 0 where r is 0, and infinite where all units have the same sum.
    """
    spread = np.maximum(n_units - r**2, 0.0)
    with np.errstate(divide="ignore"):
        return np.where(r == 0, 0.0, np.sign(r) * np.sqrt((n_units - 1) * r**2 / spread))


def _maxima(flipped: Array, *, step_down: bool) -> Array:
    """Return the maximum that each contrast is compared with, under each of B sign patterns.

    flipped [B, K]: absolute sums, with the contrasts in falling order of the observed statistic.
    The maxima are [B, K], or [B, 1] (the same for all contrasts) without step_down.
    """
    if not step_down:
        return np.asarray(flipped.max(axis=1, keepdims=True))
    return np.asarray(np.maximum.accumulate(flipped[:, ::-1], axis=1)[:, ::-1])


def _canonical_units(d: Array, codes: npt.NDArray[np.intp]) -> Array:
    """Return the sums of each cluster's differences, in an order that their values alone decide.

    d [Q, K]; codes [Q] from `cluster_codes`. Both signs have the same probability, so a cluster's
    row is multiplied by −1 where its first sum other than 0 is below 0; then rows are sorted. The
    result depends neither on the order of the queries nor on which system is A. Rows of zeros have
    no sign and are left out: the result is [at most C, K].
    """
    in_order = np.lexsort(d.T[::-1])  # the sum of a cluster must not depend on the row order either
    units = unit_sums(d[in_order].T, codes[in_order]).T
    largest = np.bincount(codes, weights=np.abs(d).max(axis=1)).max()
    units = np.where(np.abs(units) <= ROUNDING * largest, 0.0, units)
    units = units[units.any(axis=1)]
    if not len(units):
        return units
    first = np.take_along_axis(units, (units != 0).argmax(axis=1)[:, None], axis=1)
    positive = units * np.sign(first)
    return positive[np.lexsort(positive.T[::-1])]


def _patterns(n_units: int, *, resamples: int) -> tuple[bool, int]:
    """Return whether all sign patterns are counted, and the number of patterns that are used.

    ValueError for resamples below 1.
    """
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}; a randomisation test needs at least 1")
    exact = n_units <= MOST_EXACT_UNITS and 2**n_units <= resamples + 1
    return exact, 2**n_units if exact else resamples


def _pvalue(n_as_extreme: Array | int, *, exact: bool, n_patterns: int) -> Array:
    """Return p, the share of sign patterns that are at least as extreme as the observed one.

    All patterns (exact) contain the observed one; to random patterns it is added, once.
    """
    counts = np.asarray(n_as_extreme, dtype=np.float64)
    return counts / n_patterns if exact else (counts + 1) / (n_patterns + 1)


def _flipped_sums(units: Array, *, seed: int, contrast: str, resamples: int) -> Iterator[Array]:
    """Yield the sums over all units, [n, K], under the next n sign patterns. units [C, K]."""
    C, K = units.shape
    exact, n_patterns = _patterns(C, resamples=resamples)
    generator = contrast_generator(seed, contrast=contrast)
    sums_of = _octet_sums(units)
    n_words = -(-max(1, C) // WORD_BITS)
    # as many patterns as memory allows: each chunk looks up every octet, so small chunks are slow
    size = max(1, CHUNK_CELLS // max(n_words, K))
    for start in range(0, n_patterns, size):
        n = min(size, n_patterns - start)
        if exact:
            words = np.arange(start, start + n, dtype=np.uint64)[:, None]
        else:  # whole words, so that the stream does not depend on the size of a chunk
            words = generator.integers(0, 2**WORD_BITS, size=(n, n_words), dtype=np.uint64)
        octets = words.astype("<u8").view(np.uint8)
        sums = np.zeros((n, K))
        for table, octet in zip(sums_of, octets.T, strict=False):
            sums += table[octet]
        yield sums


def _octet_sums(units: Array) -> Array:
    """Return the sums of each group of eight units under its 256 sign patterns, [⌈C/8⌉, 256, K].

    units [C, K]; the last group is filled up with zeros. Bit i of the pattern's number is 1 where
    unit i of the group has the sign +.
    """
    C, K = units.shape
    n_octets = -(-C // OCTET)
    padded = np.zeros((n_octets * OCTET, K))
    padded[:C] = units
    patterns = np.arange(2**OCTET, dtype=np.uint8)[:, None]
    signs = 2.0 * np.unpackbits(patterns, axis=1, bitorder="little") - 1
    sums: Array = np.einsum("pi,oik->opk", signs, padded.reshape(n_octets, OCTET, K))
    return sums


def contrast_generator(seed: int, *, contrast: str) -> np.random.Generator:
    """Return the random generator that belongs to `seed` and to a name, in most cases a contrast's.

    contrast: the name; generators with different names are independent.
    """
    key = tuple(contrast.encode()) or (0,)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
