"""`objective: {kind: ranking}`: temperature-scaled cross-entropy, in-batch and hard negatives."""

from functools import partial
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    import torch

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch

ROUTER = None


class Config(BaseModel, extra="forbid", frozen=True):
    """The ranking loss alone, for the control and for depths that no trained router chooses."""


def begin(config: Config, model: "RoutedLayers") -> "LossesOfBatch":
    """Return the function that yields the losses of (batch, generator)."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "RoutedLayers", batch: "Batch | PairBatch", generator: "torch.Generator"
) -> "Losses":
    """Yield the one loss of a batch. Nothing is drawn from the generator."""
    from maw.training.objectives.batch import contrastive_loss, scores_decided

    loss = contrastive_loss(scores_decided(model, batch), batch)
    yield loss, {"loss": loss.item()}
