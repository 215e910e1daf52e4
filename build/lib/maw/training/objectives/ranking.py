"""`objective: {kind: ranking}`: the only loss is the cross-entropy of positives against negatives.

Scores are divided by a temperature. The negatives of a query are its hard negatives and, for a
bi-encoder, the batch's other documents that are neither relevant to the query nor forbidden.
"""

from functools import partial
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    import torch

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch

TRAINS = ("mixing",)  # the ranking loss has a gradient for the weights of a mixture
NEEDS_ROUTER = False


class Config(BaseModel, extra="forbid", frozen=True):
    """The ranking loss alone, for standard attention and for depths without a trained router."""


def begin(config: Config, model: "RoutedLayers") -> "LossesOfBatch":
    """Return a function of (batch, generator) that yields the one loss of the batch."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "RoutedLayers", batch: "Batch | PairBatch", generator: "torch.Generator"
) -> "Losses":
    """Yield the one loss of a batch. Nothing is drawn from the generator."""
    from maw.training.objectives.batch import contrastive_loss, scores_decided

    loss = contrastive_loss(scores_decided(model, batch), batch)
    yield loss, {"loss": loss.item()}
