"""How differently the D depths of a layer project, measured by the effective rank.

The method's source claims that D depths have D times the capacity. Effective rank: the exponential
of the entropy of the normalised singular values (Roy & Vetterli, EUSIPCO 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
ROUNDING = 1e-12  # a smaller share is the rounding of float64


@dataclass(frozen=True, slots=True)
class DepthRank:
    """The effective rank of D depths and the size of their differences.

    effective_rank: of the depths' deviations from their mean, from 0 (all depths equal) to D−1.
    relative_size: root mean square over depths of the deviation's Frobenius norm, divided by the
    norm of the mean. Deviations that are only noise have nearly the rank D−1, so a rank means
    something only together with the size.
    """

    n_depths: int
    effective_rank: float
    relative_size: float


def effective_rank(matrix: npt.ArrayLike) -> float:
    """Return exp(−Σ p log p), where p are the singular values divided by their sum.

    The result is 0 for a zero matrix.
    """
    return _exp_entropy(np.linalg.svd(np.asarray(matrix, dtype=np.float64), compute_uv=False))


def depth_rank(projections: Sequence[npt.ArrayLike]) -> DepthRank:
    """Return the effective rank and the relative size of the differences between depths.

    projections: an array for each depth, all of one shape, such as weights or the vectors of a
    text.
    """
    rows = np.stack([np.asarray(p, dtype=np.float64).ravel() for p in projections])  # [D, N]
    mean = rows.mean(0)
    deviations = rows - mean
    # the eigenvalues of D × D: N may be millions
    squared_singular = np.clip(np.linalg.eigvalsh(deviations @ deviations.T), 0, None)
    size = np.linalg.norm(mean)
    spread = float(np.sqrt((deviations**2).sum() / len(rows)))
    if spread <= ROUNDING * size:  # rounding, not learning
        return DepthRank(len(rows), 0.0, 0.0)
    return DepthRank(len(rows), _exp_entropy(np.sqrt(squared_singular)), float(spread / size))


def _exp_entropy(singular: Array) -> float:
    if singular.sum() == 0:
        return 0.0
    p = singular / singular.sum()
    p = p[p > ROUNDING]
    return float(np.exp(-(p * np.log(p)).sum()))
