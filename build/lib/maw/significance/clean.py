"""Checks of the input arrays, and the intervals and clusters of queries that the tests share.

The functions that users call check their arrays first, so that all later code can trust its data.
Letters in shapes: Q queries, S seeds, C clusters, K contrasts or other columns.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Labels = npt.ArrayLike

# The mean of five equal scores and the mean of four may differ in the last bit. A difference below
# this share of the largest score is therefore a rounding error and not an effect.
ROUNDING = 1e-12


class Interval(NamedTuple):
    """The lower and the upper end of one interval, in the unit of the estimate."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """The lower and the upper ends of n intervals, [n] each, in the unit of the estimates."""

    low: Array
    high: Array

    def contain(self, truth: Array | float) -> npt.NDArray[np.bool_]:
        """Return [n], True where the interval contains `truth`, its ends included.

        truth: one number for all intervals, or one number for each, [n].
        """
        inside: npt.NDArray[np.bool_] = (self.low <= truth) & (truth <= self.high)
        return inside


def score_table(scores: npt.ArrayLike, *, name: str) -> Array:
    """Return the scores of one system as finite float64 [Q, S], with Q at least 2, S at least 1.

    ValueError for another shape or a score that is not finite. name: the name of the array in the
    error message.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"{name} has {table.ndim} axes; give scores as [queries, seeds]")
    if table.shape[0] < 2:
        raise ValueError(f"{name} has {table.shape[0]} queries; a test needs at least 2")
    if table.shape[1] < 1:
        raise ValueError(f"{name} has no column; scores need at least 1 seed")
    _require_finite(table, name=name)
    return table


def difference_vector(differences: npt.ArrayLike) -> Array:
    """Return `differences`, one for each query, as finite float64 [Q], with Q at least 2.

    ValueError for another shape or a difference that is not finite.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1:
        raise ValueError(f"d has {d.ndim} axes; give one number for each query")
    if len(d) < 2:
        raise ValueError(f"d has {len(d)} queries; a test needs at least 2")
    _require_finite(d, name="d")
    return d


def difference_columns(differences: npt.ArrayLike) -> Array:
    """Return `differences`, of Q queries in K contrasts, as finite float64 [Q, K]; Q is at least 2.

    ValueError for another shape or a difference that is not finite.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 2:
        raise ValueError(f"d has {d.ndim} axes; give differences as [queries, contrasts]")
    if len(d) < 2:
        raise ValueError(f"d has {len(d)} queries; a test needs at least 2")
    _require_finite(d, name="d")
    return d


def _require_finite(values: Array, *, name: str) -> None:
    not_finite = np.argwhere(~np.isfinite(values))
    if len(not_finite):
        index = tuple(int(i) for i in not_finite[0])
        position = ", ".join(map(str, index))
        raise ValueError(f"{name}[{position}] is {values[index]}; it must be finite")


def cluster_codes(clusters: Labels | None, *, n_queries: int) -> npt.NDArray[np.intp]:
    """Return for each query the index of its cluster, from 0 to C − 1, [Q].

    clusters [Q]: labels; queries with equal labels are in the same cluster. Without labels (None)
    each query is a cluster of its own. ValueError for a wrong number of labels, or fewer than two
    clusters.
    """
    if clusters is None:
        return np.arange(n_queries)
    labels = np.asarray(clusters)
    if labels.shape != (n_queries,):
        raise ValueError(
            f"clusters has shape {labels.shape}; expected one label for each of the "
            f"{n_queries} queries"
        )
    names, codes = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"all {n_queries} queries are in cluster {names.tolist()[0]!r}; "
            "a test needs at least 2 clusters"
        )
    return codes


def cluster_means(d: Array, codes: npt.NDArray[np.intp]) -> Array:
    """Return the mean difference of each cluster, [C].

    d [Q]: differences; codes [Q]: index of each query's cluster, from `cluster_codes`.
    """
    return np.bincount(codes, weights=d) / np.bincount(codes)
