"""A projection says how depths get queries and keys; here are the types that all projections use.

A projection is a module with `Config`, CUTS and the functions below. CUTS is True where the layer
cuts each head into D slices and gives a depth its slice of queries, keys and values.

`initialise(config, weight, bias, ...)` returns the parameters by name from the backbone's packed
[W_q; W_k] [2E, E] and its bias [2E]; its argument `blended` is True where the depths are blended
with a standard attention. `share(learned, x)` computes what all depths of the texts x [B, L, E]
have in common. From that, `at_depth` computes queries and keys [B, L, E] of all texts under one
depth, `by_text` those of each text under its own depth [B], and `standard` those of the standard
attention that the depths are blended with. `separate` replaces `at_depth` and `by_text` for a
backbone that also uses queries or keys apart from their product; a projection needs `separate` only
if it moves factors from the keys to the queries.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor

from maw.models.products import linear

Learned = Mapping[str, Sequence[Tensor]]  # name -> one tensor per depth, or one for all depths
Pair = tuple[Tensor, Tensor]  # queries and keys, [B, L, E] each


def query_key(x: Tensor, weight: Tensor, bias: Tensor) -> Pair:
    """Return queries and keys of x [B, L, E] under packed weights: weight [2E, E], bias [2E]."""
    q, k = linear(x, weight, bias).chunk(2, dim=-1)
    return q, k
