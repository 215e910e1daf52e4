"""How far can one depth's attention be from the standard one? Bounds that hold, and one that fails.

Per head: q, k [L, h] and q_d, k_d [L, h] make A and A_d [L, L], softmax over keys of q kᵀ/√h.
All norms are of A_d − A; a blend of strength s multiplies every bound by s.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """One head's standard queries and keys, and those of one depth; all [L, h]."""

    q: Array
    k: Array
    q_d: Array
    k_d: Array

    @property
    def scores(self) -> tuple[Array, Array]:
        """S and S_d [L, L]: scaled logits."""
        root = self.q.shape[1] ** 0.5
        return self.q @ self.k.T / root, self.q_d @ self.k_d.T / root

    @property
    def distance(self) -> float:
        """‖A_d − A‖_F."""
        standard, depth = (softmax(s) for s in self.scores)
        return float(np.linalg.norm(depth - standard))

    @property
    def row_distances(self) -> Array:
        """‖A_d[i] − A[i]‖₂ of each query [L]."""
        standard, depth = (softmax(s) for s in self.scores)
        rows: Array = np.linalg.norm(depth - standard, axis=1)
        return rows


def softmax(scores: Array) -> Array:
    """Over the last axis."""
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    rows: Array = raised / raised.sum(-1, keepdims=True)
    return rows


def trivial_bound(head: Head) -> float:
    """(1) √(2L): two probability vectors are at most √2 apart."""
    return float(np.sqrt(2 * len(head.q)))


def lipschitz_bound(head: Head) -> float:
    """(2a) ½ ‖S_d − S‖_F: softmax is ½-Lipschitz, its Jacobian diag(p) − ppᵀ having norm ≤ ½."""
    standard, depth = head.scores
    return float(np.linalg.norm(depth - standard) / 2)


def projection_bound(head: Head) -> float:
    """(2b) (‖Q_d−Q‖_F ‖K_d‖₂ + ‖Q‖₂ ‖K_d−K‖_F) / (2√h): what (2a) is at most."""
    moved_q, moved_k = np.linalg.norm(head.q_d - head.q), np.linalg.norm(head.k_d - head.k)
    spectral = moved_q * np.linalg.norm(head.k_d, 2) + np.linalg.norm(head.q, 2) * moved_k
    return float(spectral / (2 * head.q.shape[1] ** 0.5))


def local_bounds(head: Head) -> Array:
    """(3) for each row: min(½, e^ρ/(e^ρ + L − 1)) · ‖S_d[i] − S[i]‖₂, ρ the larger logit range.

    No probability exceeds that fraction anywhere between the two rows, and it bounds the Jacobian.
    """
    standard, depth = head.scores
    rho = np.maximum(np.ptp(standard, axis=1), np.ptp(depth, axis=1))
    most = 1 / (1 + (len(head.q) - 1) * np.exp(-rho))
    moved: Array = np.minimum(0.5, most) * np.linalg.norm(depth - standard, axis=1)
    return moved


def local_bound(head: Head) -> float:
    """(3) for the whole matrix."""
    return float(np.linalg.norm(local_bounds(head)))


def theorem_1(head: Head, *, depths: int, alpha: float = 1.0) -> float:
    """The source's right-hand side (1/√D)(1 + α) ‖Q‖_F ‖K‖_F. It bounds nothing."""
    size = np.linalg.norm(head.q) * np.linalg.norm(head.k)
    return float((1 + alpha) * size / depths**0.5)


def counterexample() -> Head:
    """L = 2, h = 1, Q = K = 0, Q_d = K_d = [1, −1]ᵀ: distance tanh 1 = .7616, right side 0."""
    zero, depth = np.zeros((2, 1)), np.array([[1.0], [-1.0]])
    return Head(zero, zero, depth, depth)


def drawn(
    generator: np.random.Generator,
    *,
    length: int,
    size: int,
    standard: float = 1.0,
    drift: float | None = None,
) -> Head:
    """Gaussian entries of standard deviation `standard`; depths that of 1, drawn anew.

    drift: instead, depths are the standard entries plus noise of this standard deviation.
    """
    q, k = standard * generator.standard_normal((2, length, size))
    noise = generator.standard_normal((2, length, size))
    q_d, k_d = noise if drift is None else np.stack([q, k]) + drift * noise
    return Head(q, k, q_d, k_d)
