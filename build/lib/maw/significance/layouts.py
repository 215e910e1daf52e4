"""Mean squares of queries, seeds and error, for many Q × S score tables at once.

Tables are [..., Q, S]; their mean squares have only the leading axes, [...], so that one experiment
and ten thousand simulated ones use the same code. An effect that is a rounding error counts as 0.
Two-way layout without replication: Cornfield & Tukey, Annals of Mathematical Statistics 27 (1956)
907-949.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import ROUNDING, Array


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """The mean squares of one Q × S table: between queries, between seeds, and error."""

    query: float
    seed: float
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class StackedSquares:
    """The mean squares of many Q × S tables; every field is [...]."""

    query: Array
    seed: Array
    error: Array


def mean_squares(table: Array) -> MeanSquares:
    """Return the mean squares of one table [Q, S], with Q and S at least 2."""
    squares = stacked_mean_squares(table, rounding=table_rounding(table))
    return MeanSquares(float(squares.query), float(squares.seed), float(squares.error))


def stacked_mean_squares(tables: Array, *, rounding: Array) -> StackedSquares:
    """Return the mean squares of tables [..., Q, S], with Q and S at least 2.

    rounding [...]: effects up to this size count as 0.
    """
    Q, S = tables.shape[-2:]
    limit = rounding[..., None, None]
    query_means = tables.mean(axis=-1, keepdims=True)  # [..., Q, 1]
    grand = query_means.mean(axis=-2, keepdims=True)
    query = query_means - grand
    seed = tables.mean(axis=-2, keepdims=True) - grand  # [..., 1, S]
    error = tables - query_means
    error -= seed
    return StackedSquares(
        query=S * _sum_of_squares(query, limit=limit) / (Q - 1),
        seed=Q * _sum_of_squares(seed, limit=limit) / (S - 1),
        error=_sum_of_squares(error, limit=limit) / ((Q - 1) * (S - 1)),
    )


def table_rounding(*tables: Array) -> Array:
    """Return the size up to which an effect counts as a rounding error, [...].

    It is 1e-12 of the largest absolute score in the given tables, [..., Q, S] each.
    """
    largest = [np.maximum(t.max(axis=(-2, -1)), -t.min(axis=(-2, -1))) for t in tables]
    rounding: Array = ROUNDING * np.max(largest, axis=0)
    return rounding


def snapped(effects: Array, *, rounding: Array) -> Array:
    """Return the effects with 0 in place of those whose absolute value is at most `rounding`.

    Equal seeds then have the variance 0, and not 1e-34.
    """
    return np.where(np.abs(effects) <= rounding, 0.0, effects)


def unit_sums(values: Array, codes: npt.NDArray[np.intp]) -> Array:
    """Return the sum of the values over each cluster's queries, [..., C].

    values [..., Q]; codes [Q], 0 to C − 1, from `cluster_codes`.
    """
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    if len(starts) == len(codes):
        return values[..., order]
    sums: Array = np.add.reduceat(values[..., order], starts, axis=-1)
    return sums


def _sum_of_squares(effects: Array, *, limit: Array) -> Array:
    kept = snapped(effects, rounding=limit)
    total: Array = np.einsum("...qs,...qs->...", kept, kept)
    return total
