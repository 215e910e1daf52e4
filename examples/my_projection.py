"""A projection that costs almost nothing: each depth adds a vector to the backbone's queries.

It is chosen by `attention: {kind: maw, depths: 4, projection: {kind: examples/my_projection.py}}`.
All depths share the products with the backbone's weights.
"""

from typing import Any

from pydantic import BaseModel


class Config(BaseModel, extra="forbid", frozen=True):
    """This projection has no options."""


def initialise(
    config: Config, weight: Any, bias: Any, *, n_depths: int, noise: float, blended: bool
) -> dict[str, list[Any]]:
    """Return the backbone's [W_q; W_k] [2E, E] and bias [2E], and a vector [E] for each depth.

    Depth 0 starts as the backbone; the vectors of the others are noise of the bias's size.
    """
    import torch

    E = weight.shape[1]
    shifts = [torch.zeros(E)] + [noise * torch.randn(E) for _ in range(n_depths - 1)]
    return {"base": [weight], "base_bias": [bias], "shift": [s.to(weight) for s in shifts]}


def share(learned: Any, x: Any) -> tuple[Any, Any]:
    """Return the backbone's queries and keys [B, L, E] of the texts x, which all depths share."""
    from torch.nn.functional import linear

    q, k = linear(x, learned["base"][0], learned["base_bias"][0]).chunk(2, dim=-1)
    return q, k


def at_depth(learned: Any, shared: Any, depth: int) -> tuple[Any, Any]:
    """Return queries and keys of all texts under one depth."""
    q, k = shared
    return q + learned["shift"][depth], k


def by_text(learned: Any, shared: Any, depth: Any) -> tuple[Any, Any]:
    """Return queries and keys of each text under its own depth [B]."""
    import torch

    q, k = shared
    return q + torch.stack(list(learned["shift"]))[depth][:, None], k


def standard(learned: Any, shared: Any) -> tuple[Any, Any]:
    """Return queries and keys of the standard attention that depths are blended with."""
    q, k = shared
    return q, k
