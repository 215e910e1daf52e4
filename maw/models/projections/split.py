"""`projection: {kind: split}`: each head is cut into D slices, and each slice has its own softmax.

The values are cut too, weighted by depth and put side by side again, as in the source's
cross-encoder. It adds no parameters. It equals the backbone only at D = 1 and at strength 0, since
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
    """Take over the backbone's [W_q; W_k] [2E, E] and bias [2E]; there is nothing else."""
    return {"base": [weight], "base_bias": [bias]}


def share(learned: "Learned", x: "Tensor") -> "Pair":
    """Compute what all depths of the texts x [B, L, E] share: the backbone's queries and keys."""
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
