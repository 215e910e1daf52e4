"""A margin loss: a relevant document has to score higher than each other one by a margin.

It is chosen by `objective: {kind: examples/my_objective.py, margin: 0.2}`. It trains no router, so
it is for standard attention, or for depths with a router that does not learn. Source: Weston &
Watkins, Support Vector Machines for Multi-Class Pattern Recognition, ESANN 1999.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field

TRAINS = ()  # ("choosing", "mixing") would name the routers that it can train


class Config(BaseModel, extra="forbid", frozen=True):
    """The options of the margin loss."""

    margin: float = Field(0.2, gt=0)
    """How much higher a relevant document has to score."""


def begin(config: Config, model: Any) -> Any:
    """Return the function that the training loop calls with each batch."""
    from maw.training.objectives.batch import scores_decided

    def losses(batch: Any, generator: Any) -> Iterator[tuple[Any, dict[str, float]]]:
        """Yield the one loss of a batch, and the numbers that the report's curves show."""
        scores = scores_decided(model, batch)  # [Q, N]
        lead = scores[:, :, None] - scores[:, None, :]  # of column n over column m
        pairs = batch.positive[:, :, None] & batch.negative[:, None, :]
        loss = (config.margin - lead)[pairs].clamp(min=0).mean()
        violated = (lead[pairs] < config.margin).float().mean()
        yield loss, {"loss": loss.item(), "violated": violated.item()}

    return losses
