"""`projection: {kind: split}`: each head is cut into D slices, and each slice has its own softmax.

The values are cut too. The slices of the output are weighted by depth and put side by side again,
as in the cross-encoder of the original MAW code; under one chosen depth, the other slices are 0. No
parameters are added. The attention equals the backbone's only if D is 1 or the strength is 0, since
a slice is not a head. `maw.models.projections.shared` says what each function of a projection does.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.projections.shared import Learned, Pair

CUTS = True  # the layer takes depth d's slice of queries, keys and values


class Config(BaseModel, extra="forbid", frozen=True):
    """Depth d owns the d-th of D equal slices of each head; D must divide the head's size."""


def initialise(
    config: Config, weight: "Tensor", bias: "Tensor", *, n_depths: int, noise: float, blended: bool
) -> "dict[str, list[Tensor]]":
    """Return the backbone's [W_q; W_k] [2E, E] and bias [2E], the only parameters."""
    return {"base": [weight], "base_bias": [bias]}


def share(learned: "Learned", x: "Tensor") -> "Pair":
    """Return the backbone's queries and keys of the texts x [B, L, E], which all depths share."""
    from maw.models.projections.shared import query_key

    return query_key(x, learned["base"][0], learned["base_bias"][0])


def at_depth(learned: "Learned", shared: "Pair", depth: int) -> "Pair":
    """Return queries and keys of whole heads; the layer cuts them by depth."""
    return shared


def by_text(learned: "Learned", shared: "Pair", depth: "Tensor") -> "Pair":
    """Return queries and keys of whole heads; the layer cuts them by depth."""
    return shared


def standard(learned: "Learned", shared: "Pair") -> "Pair":
    """Return queries and keys of the standard attention that the depths are blended with."""
    return shared
