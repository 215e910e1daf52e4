"""`projection: {kind: full}`: free query and key weights for each depth, D·2E² in all."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """W^(d) is a matrix of its own; depth 0 starts as the backbone's, the others as copies."""


def learn(
    config: Config, weight: "Tensor", bias: "Tensor", *, depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """weight [2E, E] and bias [2E] of queries and keys -> what is learned, by name.

    blended: the standard attention beside the depths needs a pair of its own.
    """
    import torch

    copies = [weight] + [
        weight + noise * weight.std() * torch.randn_like(weight) for _ in range(depths - 1)
    ]
    learned = {"query_key": copies, "query_key_bias": [bias] * depths}
    if blended:
        learned |= {"standard": [weight], "standard_bias": [bias]}
    return learned


def share(learned: "Learned", x: "Tensor") -> "tuple[Tensor]":
    """What all depths of the texts x [B, L, E] have in common: the texts."""
    return (x,)


def one(learned: "Learned", shared: "tuple[Tensor]", depth: int) -> "Pair":
    """Queries and keys of every text under one depth."""
    from maw.models.projections.shared import pair

    return pair(*shared, learned["query_key"][depth], learned["query_key_bias"][depth])


def each(learned: "Learned", shared: "tuple[Tensor]", depth: "Tensor") -> "Pair":
    """Queries and keys of each text under its own depth [B]."""
    from maw.models.attention.grouped import grouped_linear

    weights, biases = learned["query_key"], learned["query_key_bias"]
    q, k = grouped_linear(*shared, depth, weights=weights, biases=biases).chunk(2, dim=-1)
    return q, k


def standard(learned: "Learned", shared: "tuple[Tensor]") -> "Pair":
    """Queries and keys of the attention that the depths are blended with."""
    from maw.models.projections.shared import pair

    return pair(*shared, learned["standard"][0], learned["standard_bias"][0])
