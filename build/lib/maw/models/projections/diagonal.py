"""`projection: {kind: diagonal}`: each depth scales the backbone's queries and keys by feature.

With scales s of the queries and t of the keys, (Q∘s)(K∘t)ᵀ = (Q∘s∘t)Kᵀ: all depths share the
backbone's products and its keys. Where positions act on queries and keys separately, each depth has
scaled keys instead. The projection adds D·2E parameters.
`maw.models.projections.shared` says what each function of a projection does.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = False


class Config(BaseModel, extra="forbid", frozen=True):
    """Each depth scales the features of the backbone's queries and keys: W^(d) = W·diag(g_d).

    Biases are scaled alike. The scales g_0 of depth 0 start as 1, those of other depths as 1 plus
    noise.
    """


def initialise(
    config: Config, weight: "Tensor", bias: "Tensor", *, n_depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """Return the backbone's [W_q; W_k], and scales of 1, with noise for every depth but 0."""
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
    """Return the backbone's queries and keys of the texts x [B, L, E], which all depths share."""
    from maw.models.projections.shared import query_key

    return query_key(x, learned["base"][0], learned["base_bias"][0])


def at_depth(learned: "Learned", shared: "Pair", depth: int) -> "Pair":
    """Return queries and keys of all texts under one depth; the queries get both scales."""
    q, k = shared
    return q * (learned["scale_query"][depth] * learned["scale_key"][depth]), k


def by_text(learned: "Learned", shared: "Pair", depth: "Tensor") -> "Pair":
    """Return queries and keys of each text under its own depth [B]; queries get both scales."""
    from maw.models.grouped import select_by_depth

    q, k = shared
    q_scale = select_by_depth(depth, learned["scale_query"])
    scale = q_scale * select_by_depth(depth, learned["scale_key"])
    return q * scale[:, None], k


def separate(learned: "Learned", shared: "Pair", depth: "Tensor | int") -> "Pair":
    """Return what `at_depth` or `by_text` returns, but with the scale of the keys on the keys."""
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
