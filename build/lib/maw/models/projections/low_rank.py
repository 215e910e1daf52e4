"""`projection: {kind: low_rank, rank: 8}`: W^(d) = W + U_d V_d, near the pretrained weights.

One product with W serves all depths, and each depth adds two products with thin matrices. The
projection adds D·4Er parameters.
`maw.models.projections.shared` says what each function of a projection does.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """Each depth adds a matrix of low rank to the backbone's, separately for queries and keys."""

    rank: int = Field(8, ge=1)
    """Rank r of the matrix that a depth adds."""


def initialise(
    config: Config, weight: "Tensor", bias: "Tensor", *, n_depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """Return the backbone's [W_q; W_k] and, for each depth, U_d and V_d; U_0 is 0.

    Depth 0 thus starts exactly as the backbone and can still learn. The entries of the other
    products U_d V_d are random, with the standard deviation `noise`, relative to that of W.
    """
    import torch

    E, r = weight.shape[1], config.rank
    spread = noise * float(weight.std()) * (E / r) ** 0.5
    down = [torch.randn(2 * r, E) / E**0.5 for _ in range(n_depths)]  # V
    up = [torch.zeros(2, E, r)] + [spread * torch.randn(2, E, r) for _ in range(n_depths - 1)]  # U
    return {
        "base": [weight],
        "base_bias": [bias],
        "down": [matrix.to(weight) for matrix in down],
        "up_query": [matrix[0].to(weight) for matrix in up],
        "up_key": [matrix[1].to(weight) for matrix in up],
    }


def share(learned: "Learned", x: "Tensor") -> "tuple[Tensor, Tensor, Tensor]":
    """Return what depths share: the texts x [B, L, E], and their queries and keys under W."""
    from maw.models.projections.shared import query_key

    return x, *query_key(x, learned["base"][0], learned["base_bias"][0])


def at_depth(learned: "Learned", shared: "tuple[Tensor, Tensor, Tensor]", depth: int) -> "Pair":
    """Return the queries and the keys of all texts under one depth."""
    from maw.models.products import linear

    x, q, k = shared
    for_q, for_k = linear(x, learned["down"][depth]).chunk(2, dim=-1)  # [B, L, r] each
    return (
        q + linear(for_q, learned["up_query"][depth]),
        k + linear(for_k, learned["up_key"][depth]),
    )


def by_text(learned: "Learned", shared: "tuple[Tensor, Tensor, Tensor]", depth: "Tensor") -> "Pair":
    """Return the queries and the keys of each text under its own depth [B]."""
    from maw.models.grouped import grouped_linear

    x, q, k = shared
    for_q, for_k = grouped_linear(x, depth, weights=learned["down"]).chunk(2, dim=-1)
    return (
        q + grouped_linear(for_q, depth, weights=learned["up_query"]),
        k + grouped_linear(for_k, depth, weights=learned["up_key"]),
    )


def standard(learned: "Learned", shared: "tuple[Tensor, Tensor, Tensor]") -> "Pair":
    """Return the queries and the keys of the standard attention in the blend with the depths."""
    _, q, k = shared
    return q, k
