"""How alike a model's depths are: the cosine between their query and key weights."""

import torch
from torch import Tensor

from maw.models.attention.depth_weights import DepthWeights
from maw.models.encoders.routed_layers import RoutedLayers


@torch.no_grad()
def depth_cosine(model: RoutedLayers) -> float:
    """Return the mean cosine between two depths' weights, over pairs, queries, keys and layers.

    It is 1 where all depths are copies, as at the start without noise. The weights of a depth are
    the matrices W_q and W_k that it applies to a text, without their biases. nan for one depth, and
    where depths have no such matrices: in the projection `split`, whose depths are slices of heads,
    and in an attention of the user's own that is not built on `DepthWeights`.
    """
    attentions = [block.attention for block in model.blocks]
    if model.n_depths < 2 or not all(map(_has_matrices, attentions)):
        return float("nan")
    cosines = [_mean_cosine(torch.stack(side)) for one in attentions for side in _weights(one)]
    return float(torch.stack(cosines).mean())


def _has_matrices(attention: object) -> bool:
    return isinstance(attention, DepthWeights) and not attention.kind.CUTS


def _weights(attention: DepthWeights) -> tuple[list[Tensor], list[Tensor]]:
    """Return the query and the key matrices of each depth, [E·E] each.

    Every kind of projection is asked for the queries and keys of unit vectors, which are the
    columns of its matrices; those of the vector 0 are the biases.
    """
    kind, E = attention.kind, len(attention.value)
    texts = torch.cat([torch.zeros(1, E), torch.eye(E)]).to(attention.value)[None]
    shared = kind.share(attention.learned, texts)
    # a projection with `separate` moves the factors of keys to queries elsewhere
    project = getattr(kind, "separate", kind.at_depth)
    queries: list[Tensor] = []
    keys: list[Tensor] = []
    for depth in range(attention.n_depths):
        for found, projected in zip(
            (queries, keys), project(attention.learned, shared, depth), strict=True
        ):
            found.append((projected[0, 1:] - projected[0, :1]).flatten())
    return queries, keys


def _mean_cosine(weights: Tensor) -> Tensor:
    """Return the mean cosine between two rows of weights [D, N], over all pairs of rows."""
    unit = torch.nn.functional.normalize(weights.double(), dim=-1)
    cosines = unit @ unit.T
    D = len(unit)
    return (cosines.sum() - cosines.trace()) / (D * (D - 1))
