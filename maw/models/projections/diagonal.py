"""`projection: {kind: diagonal}`: the backbone's queries and keys, each feature scaled by depth.

(Q∘s)(K∘t)ᵀ = (Q∘s∘t)Kᵀ: all depths share one product and the keys. D·2E parameters.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """W^(d) = W·diag(g_d), the bias scaled with it; g_0 = 1, the others 1 plus noise."""


def learn(
    config: Config, weight: "Tensor", bias: "Tensor", *, depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """weight [2E, E] and bias [2E] of queries and keys -> what is learned, by name."""
    import torch

    E = weight.shape[1]
    scales = [torch.ones(2, E)] + [1 + noise * torch.randn(2, E) for _ in range(depths - 1)]
    return {
        "base": [weight],
        "base_bias": [bias],
        "scale_query": [scale[0].to(weight) for scale in scales],
        "scale_key": [scale[1].to(weight) for scale in scales],
    }


def share(learned: "Learned", x: "Tensor") -> "Pair":
    """What all depths of the texts x [B, L, E] have in common: the backbone's queries and keys."""
    from maw.models.projections.shared import pair

    return pair(x, learned["base"][0], learned["base_bias"][0])


def one(learned: "Learned", shared: "Pair", depth: int) -> "Pair":
    """Queries and keys of every text under one depth, the queries bearing both scales."""
    q, k = shared
    return q * (learned["scale_query"][depth] * learned["scale_key"][depth]), k


def each(learned: "Learned", shared: "Pair", depth: "Tensor") -> "Pair":
    """Queries and keys of each text under its own depth [B], the queries bearing both scales."""
    from maw.models.attention.grouped import of_each

    q, k = shared
    scale = of_each(depth, learned["scale_query"]) * of_each(depth, learned["scale_key"])
    return q * scale[:, None], k


def apart(learned: "Learned", shared: "Pair", depth: "Tensor | int") -> "Pair":
    """As `one` and `each`, the keys bearing their own scale: for what does not commute with it."""
    from maw.models.attention.grouped import of_each

    q, k = shared
    of_query, of_key = learned["scale_query"], learned["scale_key"]
    if isinstance(depth, int):
        return q * of_query[depth], k * of_key[depth]
    return q * of_each(depth, of_query)[:, None], k * of_each(depth, of_key)[:, None]


def standard(learned: "Learned", shared: "Pair") -> "Pair":
    """Queries and keys of the attention that the depths are blended with: unscaled."""
    return shared
