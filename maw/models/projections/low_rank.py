"""`projection: {kind: low_rank, rank: 8}`: W + U_d V_d, cheap and near the pretrained pattern.

One product with W serves all depths; a depth adds two thin ones. D·4Er parameters.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """rank: r, of the queries' and of the keys' own addition."""

    rank: int = Field(8, ge=1)


def learn(
    config: Config, weight: "Tensor", bias: "Tensor", *, depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """weight [2E, E] and bias [2E] of queries and keys -> what is learned, by name.

    U_0 = 0, so that depth 0 is exact and yet learns; the entries of the other U_d V_d have the
    standard deviation `noise`, relative to that of W.
    """
    import torch

    E, r = weight.shape[1], config.rank
    spread = noise * float(weight.std()) * (E / r) ** 0.5
    down = [torch.randn(2 * r, E) / E**0.5 for _ in range(depths)]  # V
    up = [torch.zeros(2, E, r)] + [spread * torch.randn(2, E, r) for _ in range(depths - 1)]  # U
    return {
        "base": [weight],
        "base_bias": [bias],
        "down": [one.to(weight) for one in down],
        "up_query": [one[0].to(weight) for one in up],
        "up_key": [one[1].to(weight) for one in up],
    }


def share(learned: "Learned", x: "Tensor") -> "tuple[Tensor, Tensor, Tensor]":
    """What all depths of the texts x [B, L, E] have in common: the texts, W's queries and keys."""
    from maw.models.projections.shared import pair

    return x, *pair(x, learned["base"][0], learned["base_bias"][0])


def one(learned: "Learned", shared: "tuple[Tensor, Tensor, Tensor]", depth: int) -> "Pair":
    """Queries and keys of every text under one depth."""
    from torch.nn.functional import linear

    x, q, k = shared
    for_q, for_k = linear(x, learned["down"][depth]).chunk(2, dim=-1)  # [B, L, r] each
    return (
        q + linear(for_q, learned["up_query"][depth]),
        k + linear(for_k, learned["up_key"][depth]),
    )


def each(learned: "Learned", shared: "tuple[Tensor, Tensor, Tensor]", depth: "Tensor") -> "Pair":
    """Queries and keys of each text under its own depth [B]."""
    from maw.models.attention.grouped import grouped_linear

    x, q, k = shared
    for_q, for_k = grouped_linear(x, depth, weights=learned["down"]).chunk(2, dim=-1)
    return (
        q + grouped_linear(for_q, depth, weights=learned["up_query"]),
        k + grouped_linear(for_k, depth, weights=learned["up_key"]),
    )


def standard(learned: "Learned", shared: "tuple[Tensor, Tensor, Tensor]") -> "Pair":
    """Queries and keys of the attention that the depths are blended with: W's own."""
    _, q, k = shared
    return q, k
