"""Could the signs alone have done it? Sign-flip randomisation of d̄, and max-T over contrasts.

Tests E1: these checkpoints, with new queries. Under it a query's differences are as likely the
other way round, and a cluster's flip together. Few units: all sign patterns are counted; else
p = (b + 1) / (B + 1), never 0. Eight units have 256 sign patterns, whose sums are looked up (one
column: five times as fast as a matrix product), in chunks of bounded memory.
Units are put into an order of their own first, so that p does not depend on that of the rows, nor
on the chunk.
Phipson & Smyth (2010) for the + 1; Westfall & Young (1993), algorithm 2.8, for max-T.
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
CHUNK_CELLS = 2_000_000  # signs or sums in memory at once; the result does not depend on it
OCTET = 8


@dataclass(frozen=True, slots=True)
class SignFlip:
    """Two-sided randomisation test of one contrast, E1."""

    pvalue: float
    n_as_extreme: int  # sign patterns with |Σd| at least as large as seen
    n_patterns: int  # drawn, or all of them where exact
    exact: bool
    n_units: int  # queries or clusters whose sum is not 0: the others have no sign


@dataclass(frozen=True, slots=True, eq=False)
class MaxT:
    """E1 of several contrasts on the same queries, adjusted for their number; each [K].

    statistic: t of the unit sums, 0 for a column without any difference.
    """

    statistic: Array
    pvalue: Array  # of each alone
    adjusted: Array
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
    """Randomisation test of mean(d) = 0. d [Q]; clusters [Q] labels. No difference at all: p = 1.

    The generator is spawned from `seed` for the contrast's name alone: neither the number nor the
    order of the other contrasts changes p. Swapping the systems keeps p.
    """
    d = difference_vector(differences)
    units = _canonical_units(d[:, None], cluster_codes(clusters, n_queries=len(d)))
    limit = np.abs(d.sum()) - ROUNDING * np.abs(units).sum()  # sums in another order: a tie
    as_extreme = 0
    for sums in _flipped_sums(units, seed=seed, contrast=contrast, resamples=resamples):
        as_extreme += int(np.sum(np.abs(sums) >= limit))
    exact, n_patterns = _patterns(len(units), resamples=resamples)
    return SignFlip(
        pvalue=float(_share(as_extreme, exact=exact, n_patterns=n_patterns)),
        n_as_extreme=as_extreme,
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
    """Query-blocked max-T of d [Q, K]: a query's sign is the same in all K contrasts.

    Controls the chance of any false claim at E1 under their own dependence. step_down: contrasts
    already rejected leave the maximum; without it every contrast meets the maximum over all.
    """
    d = difference_columns(differences)
    codes = cluster_codes(clusters, n_queries=len(d))
    units = _canonical_units(d, codes)
    length = np.sqrt(np.sum(units**2, axis=0))  # does not change when signs do
    used = np.flatnonzero(length > 0)
    r = np.divide(d.sum(axis=0), length, out=np.zeros_like(length), where=length > 0)
    order = used[np.argsort(-np.abs(r[used]), kind="stable")]  # |r| rises with |t|
    units = units[:, order] / length[order]
    limit = np.abs(r[order]) - ROUNDING * np.sqrt(max(1, len(units)))
    alone, joint = np.zeros(len(order)), np.zeros(len(order))
    for sums in _flipped_sums(units, seed=seed, contrast=contrast, resamples=resamples):
        drawn = np.abs(sums)
        alone += np.sum(drawn >= limit, axis=0)
        joint += np.sum(_maxima(drawn, step_down=step_down) >= limit, axis=0)
    exact, n_patterns = _patterns(len(units), resamples=resamples)
    pvalue, adjusted = np.ones((2, d.shape[1]))
    pvalue[order] = _share(alone, exact=exact, n_patterns=n_patterns)
    adjusted[order] = np.maximum.accumulate(_share(joint, exact=exact, n_patterns=n_patterns))
    return MaxT(_t(r, n_units=int(codes.max()) + 1), pvalue, adjusted, n_patterns, exact, step_down)


def _t(r: Array, *, n_units: int) -> Array:
    """t of r = Σu/√Σu²; infinite where all units are the same."""
    left = np.maximum(n_units - r**2, 0.0)
    with np.errstate(divide="ignore"):
        return np.where(r == 0, 0.0, np.sign(r) * np.sqrt((n_units - 1) * r**2 / left))


def _maxima(drawn: Array, *, step_down: bool) -> Array:
    """[B, K] or [B, 1]: the maximum that each column competes with, columns in falling order."""
    if not step_down:
        return np.asarray(drawn.max(axis=1, keepdims=True))
    return np.asarray(np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1])


def _canonical_units(d: Array, codes: npt.NDArray[np.intp]) -> Array:
    """[C, K] sums of each cluster's differences, in an order and direction of their own.

    Signs are drawn evenly, so a row may be turned until its first difference is above 0; then rows
    are sorted. What is left does not depend on the order of queries nor on which side is A. Rows
    of zeros have no sign and are left out.
    """
    in_order = np.lexsort(d.T[::-1])  # within a cluster, sums must not depend on row order either
    units = unit_sums(d[in_order].T, codes[in_order]).T
    largest = np.bincount(codes, weights=np.abs(d).max(axis=1)).max()
    units = np.where(np.abs(units) <= ROUNDING * largest, 0.0, units)
    units = units[units.any(axis=1)]
    if not len(units):
        return units
    first = np.take_along_axis(units, (units != 0).argmax(axis=1)[:, None], axis=1)
    turned = units * np.sign(first)
    return turned[np.lexsort(turned.T[::-1])]


def _patterns(n_units: int, *, resamples: int) -> tuple[bool, int]:
    """Whether all sign patterns are counted, and how many are looked at."""
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}; expected at least 1")
    exact = n_units < 62 and 2**n_units <= resamples + 1
    return exact, 2**n_units if exact else resamples


def _share(as_extreme: Array | int, *, exact: bool, n_patterns: int) -> Array:
    """All patterns hold the one seen; drawn ones do not, so it is added."""
    counted = np.asarray(as_extreme, dtype=np.float64)
    return counted / n_patterns if exact else (counted + 1) / (n_patterns + 1)


def _flipped_sums(units: Array, *, seed: int, contrast: str, resamples: int) -> Iterator[Array]:
    """[n, K] sums of the units under n sign patterns at a time."""
    C, K = units.shape
    exact, n_patterns = _patterns(C, resamples=resamples)
    generator = contrast_generator(seed, contrast=contrast)
    sums_of = _octet_sums(units)
    size = max(1, CHUNK_CELLS // max(1, C, K))
    n_words = -(-max(1, C) // 64)
    for start in range(0, n_patterns, size):
        n = min(size, n_patterns - start)
        if exact:
            words = np.arange(start, start + n, dtype=np.uint64)[:, None]
        else:  # whole words: the stream is the same however it is cut into chunks
            words = generator.integers(0, 2**64, size=(n, n_words), dtype=np.uint64)
        octets = words.astype("<u8").view(np.uint8)
        sums = np.zeros((n, K))
        for table, octet in zip(sums_of, octets.T, strict=False):
            sums += table[octet]
        yield sums


def _octet_sums(units: Array) -> Array:
    """[C/8, 256, K]: the sum of each eight units under each of their sign patterns; bit 1 is +."""
    C, K = units.shape
    n_octets = -(-C // OCTET)
    padded = np.zeros((n_octets * OCTET, K))
    padded[:C] = units
    patterns = np.arange(2**OCTET, dtype=np.uint8)[:, None]
    signs = 2.0 * np.unpackbits(patterns, axis=1, bitorder="little") - 1
    sums: Array = np.einsum("pi,oik->opk", signs, padded.reshape(n_octets, OCTET, K))
    return sums


def contrast_generator(seed: int, *, contrast: str) -> np.random.Generator:
    """A stream of its own for every contrast, spawned by its name."""
    key = tuple(contrast.encode()) or (0,)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
