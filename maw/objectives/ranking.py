"""`objective: {kind: ranking}`: temperature-scaled cross-entropy, in-batch and hard negatives."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    import torch

    from maw.encoders.bi_encoder import BiEncoder
    from maw.objectives.batch import Batch

ROUTER = None


class Config(BaseModel, extra="forbid", frozen=True):
    """Rank, and nothing else: of the control, and of depths that no router learns to choose."""


def begin(
    config: Config, model: "BiEncoder"
) -> "Callable[[Batch, torch.Generator], Iterator[tuple[torch.Tensor, dict[str, float]]]]":
    """The function that gives a batch's losses."""
    return partial(losses, config, model)


def losses(
    config: Config, model: "BiEncoder", batch: "Batch", generator: "torch.Generator"
) -> "Iterator[tuple[torch.Tensor, dict[str, float]]]":
    """One loss a batch, and what to note of it."""
    from maw.objectives.batch import contrastive_loss, embed_decided

    queries, documents = embed_decided(model, batch)
    loss = contrastive_loss(queries @ documents.T, batch)
    yield loss, {"loss": loss.item()}
