"""`projection: {kind: diagonal}`: each depth scales the backbone's queries and keys by feature.

Since (Q∘s)(K∘t)ᵀ = (Q∘s∘t)Kᵀ, all depths share the backbone's products and its keys. It adds D·2E
parameters. `maw.models.projections.shared` says what each function of a projection does.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """W^(d) = W·diag(g_d), the bias scaled alike; g_0 starts as 1, the others as 1 + noise."""


def initialise(
    config: Config, weight: "Tensor", bias: "Tensor", *, n_depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """Start from the backbone's [W_q; W_k] and scales of 1, noisy for all depths but 0."""
    import torch

    E = weight.shape[1]
    scales = [torch.ones(2, E)] + [1 + noise * torch.randn(2, E) for _ in range(n_depths - 1)]
    return {
        "base": [weight],
        "base_bias": [bias],
        "scale_query": [scale[0].to(weight) for scale in scales],
        "scale_key": [scale[1].to(weight) for scale in scales],
    }


def share(learned: "Learned", x: "Tensor") -> "Pair":
    """Compute what all depths of the texts x [B, L, E] share: the backbone's queries and keys."""
    from maw.models.projections.shared import query_key

    return query_key(x, learned["base"][0], learned["base_bias"][0])


def at_depth(learned: "Learned", shared: "Pair", depth: int) -> "Pair":
    """Compute queries and keys of all texts under one depth; the queries bear both scales."""
    q, k = shared
    return q * (learned["scale_query"][depth] * learned["scale_key"][depth]), k


def by_text(learned: "Learned", shared: "Pair", depth: "Tensor") -> "Pair":
    """Compute queries and keys of each text under its own depth [B]; queries bear both scales."""
    from maw.models.grouped import select_by_depth

    q, k = shared
    q_scale = select_by_depth(depth, learned["scale_query"])
    scale = q_scale * select_by_depth(depth, learned["scale_key"])
    return q * scale[:, None], k


def separate(learned: "Learned", shared: "Pair", depth: "Tensor | int") -> "Pair":
    """Compute `at_depth` or `by_text` with the keys' scale on the keys."""
    from maw.models.grouped import select_by_depth

    q, k = shared
    q_scale, k_scale = learned["scale_query"], learned["scale_key"]
    if isinstance(depth, int):
        return q * q_scale[depth], k * k_scale[depth]
    return (
        q * select_by_depth(depth, q_scale)[:, None],
        k * select_by_depth(depth, k_scale)[:, None],
    )


def standard(learned: "Learned", shared: "Pair") -> "Pair":
    """Return queries and keys of the standard attention that the depths are blended with."""
    return shared
