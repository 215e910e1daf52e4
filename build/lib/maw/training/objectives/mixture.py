"""`objective: {kind: mixture}`: maximise the likelihood of positives under a mixture of depths.

Every depth of a query is scored, and nothing is sampled. The loss of a query is -log Σ_d g_d · p_d:
g_d is the router's probability of depth d, and p_d is the likelihood of the query's positives among
its negatives at depth d. The gradient of the router's logits is then the prior g minus the
posterior over depths, and the posterior also weighs the gradients of the depths' weights. Source:
Jacobs, Jordan, Nowlan & Hinton 1991, "Adaptive mixtures of local experts", Neural Computation 3,
equation 1.3 with the likelihood of a ranking in place of a normal density.

In a bi-encoder, the queries are mixed, and a document uses its likeliest depth; the likelihood
teaches the router nothing about documents, but the load balance does. In a cross-encoder, depth d
ranks a query's list with all its pairs at depth d, and g is the softmax of the mean logits of the
query's pairs.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    import torch

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch

TRAINS = ("choosing", "mixing")
NEEDS_ROUTER = True


class Config(BaseModel, extra="forbid", frozen=True):
    """The negative log-likelihood of a mixture over depths, with load balance."""

    balance: float = Field(0.5, ge=0)
    """Weight of the load balance: the divergence of the batch's mean policy from a uniform one,
    added for queries and for documents, or for the lists of a cross-encoder."""
    harden: int = Field(0, ge=0)
    """From this step on, the router stays as it is, and each text is trained under its likeliest
    depth alone, as in ranking. Steps are counted from 1; 0 never does this."""


def begin(config: Config, model: "RoutedLayers") -> "LossesOfBatch":
    """Return a function of (batch, generator) that yields the one loss of the batch.

    The function counts its calls as steps, for `harden`. ValueError for a model without a router.
    """
    from itertools import count

    from maw.training.objectives import mixture_losses

    if model.router is None:
        raise ValueError(
            "the mixture objective needs a router, and the model has none; give it one"
        )
    steps = count(1)

    def losses(batch: "Batch | PairBatch", generator: "torch.Generator") -> "Losses":
        if next(steps) >= config.harden > 0:
            yield mixture_losses.hardened(model, batch)
        else:
            yield mixture_losses.mixed(model, batch, balance=config.balance)

    return losses
