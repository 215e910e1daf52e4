"""Are the numbers fit to be tested? Checked once here, so that no test has to ask again."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Labels = npt.ArrayLike

# Means of five equal scores and of four may differ in their last bit: below this share of the
# largest score a difference is rounding, not an effect.
ROUNDING = 1e-12


class Interval(NamedTuple):
    """Both ends, in the unit of the estimate."""

    low: float
    high: float


def score_table(scores: npt.ArrayLike, *, name: str) -> Array:
    """Finite float64 [Q, S] with at least two queries and one seed. ValueError names the index."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"{name} has {table.ndim} axes; scores are [queries, seeds]")
    if table.shape[0] < 2:
        raise ValueError(f"{name} has {table.shape[0]} queries; a test needs at least 2")
    if table.shape[1] < 1:
        raise ValueError(f"{name} has no column; scores need at least 1 seed")
    _require_finite(table, name=name)
    return table


def difference_vector(differences: npt.ArrayLike) -> Array:
    """Finite float64 [Q] with at least two queries. ValueError names the index."""
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1:
        raise ValueError(f"d has {d.ndim} axes; differences are [queries]")
    if len(d) < 2:
        raise ValueError(f"d has {len(d)} queries; a test needs at least 2")
    _require_finite(d, name="d")
    return d


def difference_columns(differences: npt.ArrayLike) -> Array:
    """Finite float64 [Q, K]: one column a contrast, at least two queries. ValueError names it."""
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 2:
        raise ValueError(f"d has {d.ndim} axes; differences are [queries, contrasts]")
    if len(d) < 2:
        raise ValueError(f"d has {len(d)} queries; a test needs at least 2")
    _require_finite(d, name="d")
    return d


def _require_finite(values: Array, *, name: str) -> None:
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        index = tuple(int(i) for i in wrong[0])
        place = ", ".join(map(str, index))
        raise ValueError(f"{name}[{place}] is {values[index]}; scores must be finite")


def cluster_codes(clusters: Labels | None, *, n_queries: int) -> npt.NDArray[np.intp]:
    """[Q] codes 0 to C−1; each query is a cluster of its own where None is given.

    ValueError for a wrong length or fewer than two clusters.
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
            f"all {n_queries} queries are in cluster {names[0]!r}; a test needs at least 2 clusters"
        )
    return codes


def cluster_means(d: Array, codes: npt.NDArray[np.intp]) -> Array:
    """[C] mean difference of each cluster's queries; the differences themselves if C = Q."""
    return np.bincount(codes, weights=d) / np.bincount(codes)
