"""What projections have in common: one product for queries and keys, and how they are told."""

from collections.abc import Mapping, Sequence

from torch import Tensor
from torch.nn.functional import linear

Learned = Mapping[str, Sequence[Tensor]]  # name -> a tensor per depth, or one for all
Pair = tuple[Tensor, Tensor]  # queries and keys, [B, L, E] each


def pair(x: Tensor, weight: Tensor, bias: Tensor) -> Pair:
    """x [B, L, E], weight [2E, E], bias [2E]."""
    q, k = linear(x, weight, bias).chunk(2, dim=-1)
    return q, k
