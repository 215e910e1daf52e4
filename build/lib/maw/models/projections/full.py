"""`projection: {kind: full}`: each depth has its own query and key weights, D·2E² in all.

Where the backbone has biases, each depth also has its own, D·2E in all.

`maw.models.projections.shared` says what each function of a projection does.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """Each depth has its own weights: depth 0 starts as the backbone's, others as noisy copies."""


def initialise(
    config: Config, weight: "Tensor", bias: "Tensor", *, n_depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """Return a copy of the backbone's [W_q; W_k] for each depth, noisy for every depth but 0.

    Biases are copied without noise. blended: True if the depths are blended with a standard
    attention, which gets its own copy.
    """
    import torch

    copies = [weight] + [
        weight + noise * weight.std() * torch.randn_like(weight) for _ in range(n_depths - 1)
    ]
    learned = {"query_key": copies, "query_key_bias": [bias] * n_depths}
    if blended:
        learned |= {"standard": [weight], "standard_bias": [bias]}
    return learned


def share(learned: "Learned", x: "Tensor") -> "tuple[Tensor]":
    """Return the texts x [B, L, E] alone, because the depths share no product."""
    return (x,)


def at_depth(learned: "Learned", shared: "tuple[Tensor]", depth: int) -> "Pair":
    """Return the queries and the keys of all texts under one depth."""
    from maw.models.projections.shared import query_key

    return query_key(*shared, learned["query_key"][depth], learned["query_key_bias"][depth])


def by_text(learned: "Learned", shared: "tuple[Tensor]", depth: "Tensor") -> "Pair":
    """Return the queries and the keys of each text under its own depth [B]."""
    from maw.models.grouped import grouped_linear

    weights, biases = learned["query_key"], learned["query_key_bias"]
    q, k = grouped_linear(*shared, depth, weights=weights, biases=biases).chunk(2, dim=-1)
    return q, k


def standard(learned: "Learned", shared: "tuple[Tensor]") -> "Pair":
    """Return the queries and the keys of the standard attention in the blend with the depths."""
    from maw.models.projections.shared import query_key

    return query_key(*shared, learned["standard"][0], learned["standard_bias"][0])
