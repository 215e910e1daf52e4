"""How many different projections did D depths learn? What "D times the capacity" comes down to.

Effective rank: the exponential of the entropy of the normalised singular values
(Roy & Vetterli, EUSIPCO 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DepthRank:
    """effective_rank: of the depths' deviations from their mean, 0 (all equal) to D − 1.

    relative_size: Frobenius norm of the deviations over that of the mean, per depth: noise alone
    has full rank, so a rank means something only together with a size.
    """

    depths: int
    effective_rank: float
    relative_size: float


def effective_rank(matrix: npt.ArrayLike) -> float:
    """exp(−Σ p log p), p the singular values over their sum; 0 for a zero matrix."""
    return _rank_of(np.linalg.svd(np.asarray(matrix, dtype=np.float64), compute_uv=False))


def depth_rank(projections: Sequence[npt.ArrayLike]) -> DepthRank:
    """One array per depth, all of one shape: weights, or one text's vectors."""
    rows = np.stack([np.asarray(p, dtype=np.float64).ravel() for p in projections])  # [D, N]
    mean = rows.mean(0)
    moved = rows - mean
    gram = np.clip(np.linalg.eigvalsh(moved @ moved.T), 0, None)  # D × D, N may be millions
    size = np.linalg.norm(mean)
    spread = float(np.sqrt((moved**2).sum() / len(rows)))
    if spread <= 1e-12 * size:  # rounding, not learning
        return DepthRank(len(rows), 0.0, 0.0)
    return DepthRank(len(rows), _rank_of(np.sqrt(gram)), float(spread / size))


def _rank_of(singular: Array) -> float:
    if singular.sum() == 0:
        return 0.0
    p = singular / singular.sum()
    p = p[p > 1e-12]
    return float(np.exp(-(p * np.log(p)).sum()))
