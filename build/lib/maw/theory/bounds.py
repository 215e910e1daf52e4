"""Bounds on the distance between one depth's attention and standard attention; one bound fails.

For one head, q, k [L, h] give the standard attention A [L, L], and q_d, k_d [L, h] give the depth's
attention A_d [L, L], each a softmax over keys, of q kᵀ/√h for A. S and S_d are the scaled logits.
All distances are norms of A_d − A. If A_d is blended with A with strength s, every bound is
multiplied by s. The bound that fails is that of Theorem 1 of the method's source, the text that
proposed MAW attention.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadProjections:
    """The standard queries and keys of one head (q, k), and those of one depth (q_d, k_d).

    All are [L, h].
    """

    q: Array
    k: Array
    q_d: Array
    k_d: Array

    @property
    def scores(self) -> tuple[Array, Array]:
        """The scaled logits S and S_d [L, L] of the standard attention and of the depth."""
        root = self.q.shape[1] ** 0.5
        return self.q @ self.k.T / root, self.q_d @ self.k_d.T / root

    @property
    def distance(self) -> float:
        """The distance ‖A_d − A‖_F between the depth's and the standard attention."""
        standard, depth = (softmax(s) for s in self.scores)
        return float(np.linalg.norm(depth - standard))

    @property
    def row_distances(self) -> Array:
        """The distance ‖A_d[i] − A[i]‖₂ of each query token i [L]."""
        standard, depth = (softmax(s) for s in self.scores)
        rows: Array = np.linalg.norm(depth - standard, axis=1)
        return rows


def softmax(scores: Array) -> Array:
    """Return the softmax of `scores` over the last axis."""
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    rows: Array = raised / raised.sum(-1, keepdims=True)
    return rows


def trivial_bound(head: HeadProjections) -> float:
    """Return bound (1) on `distance`, √(2L): two probability vectors are at most √2 apart."""
    return float(np.sqrt(2 * len(head.q)))


def lipschitz_bound(head: HeadProjections) -> float:
    """Return bound (2a) on `distance`, ½ ‖S_d − S‖_F.

    Softmax is ½-Lipschitz, because its Jacobian diag(p) − ppᵀ has a norm of at most ½.
    """
    standard, depth = head.scores
    return float(np.linalg.norm(depth - standard) / 2)


def projection_bound(head: HeadProjections) -> float:
    """Return bound (2b) on `distance`, which needs the projections but not the logits.

    It is (‖Q_d−Q‖_F ‖K_d‖₂ + ‖Q‖₂ ‖K_d−K‖_F) / (2√h), never below bound (2a).
    """
    moved_q, moved_k = np.linalg.norm(head.q_d - head.q), np.linalg.norm(head.k_d - head.k)
    spectral = moved_q * np.linalg.norm(head.k_d, 2) + np.linalg.norm(head.q, 2) * moved_k
    return float(spectral / (2 * head.q.shape[1] ** 0.5))


def local_bounds(head: HeadProjections) -> Array:
    """Return bound (3) on each of `row_distances` [L].

    It is min(½, e^ρ/(e^ρ + L − 1)) · ‖S_d[i] − S[i]‖₂, where ρ is the larger logit range of row i
    in S and S_d. On the line from S[i] to S_d[i] no probability exceeds this fraction, so the
    fraction bounds the norm of the Jacobian of softmax.
    """
    standard, depth = head.scores
    rho = np.maximum(np.ptp(standard, axis=1), np.ptp(depth, axis=1))
    largest_probability = 1 / (1 + (len(head.q) - 1) * np.exp(-rho))
    bounds: Array = np.minimum(0.5, largest_probability) * np.linalg.norm(depth - standard, axis=1)
    return bounds


def local_bound(head: HeadProjections) -> float:
    """Return bound (3) on `distance`: the norm of the bounds on all rows."""
    return float(np.linalg.norm(local_bounds(head)))


def theorem_1(head: HeadProjections, *, n_depths: int, alpha: float = 1.0) -> float:
    """Return the right-hand side of Theorem 1 of the method's source, which is not a bound.

    It is (1/√D)(1 + α) ‖Q‖_F ‖K‖_F, with D = n_depths and α = alpha.
    """
    size = np.linalg.norm(head.q) * np.linalg.norm(head.k)
    return float((1 + alpha) * size / n_depths**0.5)


def counterexample() -> HeadProjections:
    """Return a head that violates Theorem 1: distance tanh 1 = .7616, right-hand side 0.

    L = 2, h = 1, Q = K = 0, Q_d = K_d = [1, −1]ᵀ.
    """
    zero, depth = np.zeros((2, 1)), np.array([[1.0], [-1.0]])
    return HeadProjections(zero, zero, depth, depth)


def random_head(
    generator: np.random.Generator,
    *,
    length: int,
    size: int,
    standard: float = 1.0,
    drift: float | None = None,
) -> HeadProjections:
    """Return a head with Gaussian entries, of `length` tokens and head size `size`.

    standard: standard deviation of the entries of Q and K. Without drift, the entries of Q_d and
    K_d are independent of them, with standard deviation 1. With drift, they are the entries of Q
    and K plus noise with standard deviation `drift`.
    """
    q, k = standard * generator.standard_normal((2, length, size))
    noise = generator.standard_normal((2, length, size))
    q_d, k_d = noise if drift is None else np.stack([q, k]) + drift * noise
    return HeadProjections(q, k, q_d, k_d)
