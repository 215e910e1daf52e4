"""`projection: {kind: full}`: free query and key weights for each depth, D·2E² in all.

`maw.models.projections.shared` says what each function of a projection does.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """W^(d) is a free matrix; depth 0 starts as the backbone's, the others as noisy copies."""


def initialise(
    config: Config, weight: "Tensor", bias: "Tensor", *, n_depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """Copy the backbone's [W_q; W_k] for each depth, with noise for all depths but 0.

    blended: True if the depths are blended with a standard attention, which gets its own copy.
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
    """Nothing but the texts x [B, L, E] is shared between depths."""
    return (x,)


def at_depth(learned: "Learned", shared: "tuple[Tensor]", depth: int) -> "Pair":
    """Compute queries and keys of all texts under one depth."""
    from maw.models.projections.shared import query_key

    return query_key(*shared, learned["query_key"][depth], learned["query_key_bias"][depth])


def by_text(learned: "Learned", shared: "tuple[Tensor]", depth: "Tensor") -> "Pair":
    """Compute queries and keys of each text under its own depth [B]."""
    from maw.models.grouped import grouped_linear

    weights, biases = learned["query_key"], learned["query_key_bias"]
    q, k = grouped_linear(*shared, depth, weights=weights, biases=biases).chunk(2, dim=-1)
    return q, k


def standard(learned: "Learned", shared: "tuple[Tensor]") -> "Pair":
    """Compute queries and keys of the standard attention that the depths are blended with."""
    from maw.models.projections.shared import query_key

    return query_key(*shared, learned["standard"][0], learned["standard_bias"][0])
