"""`objective: {kind: ranking}`: temperature-scaled cross-entropy, in-batch and hard negatives."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    import torch

    from maw.models.encoders.bi_encoder import RoutedLayers
    from maw.training.objectives.batch import Batch, PairBatch

ROUTER = None


class Config(BaseModel, extra="forbid", frozen=True):
    """Rank, and nothing else: of the control, and of depths that no router learns to choose."""


def begin(
    config: Config, model: "RoutedLayers"
) -> "Callable[..., Iterator[tuple[torch.Tensor, dict[str, float]]]]":
    """The function that gives the losses of (batch, generator)."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "RoutedLayers", batch: "Batch | PairBatch", generator: "torch.Generator"
) -> "Iterator[tuple[torch.Tensor, dict[str, float]]]":
    """One loss a batch, and what to note of it."""
    from maw.training.objectives.batch import contrastive_loss, scores_decided

    loss = contrastive_loss(scores_decided(model, batch), batch)
    yield loss, {"loss": loss.item()}
