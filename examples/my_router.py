"""A linear router: it chooses a depth by a linear map of the mean of the tokens' hidden states.

It is chosen by `router: {kind: examples/my_router.py}`, beside an attention with several depths and
any objective that trains a router that chooses: `grpo`, `mixture` or `supervised`.
"""

from typing import Any

from pydantic import BaseModel, Field

READS = "hidden"  # features [B, E]; `read` and `n_features` would give others
LEARNS = True  # an objective has to train it
MIXES = False  # one depth is chosen; True would mix all depths by the softmax of the logits


class Config(BaseModel, extra="forbid", frozen=True):
    """The options of this router."""

    spread: float = Field(0.02, ge=0)
    """Standard deviation of the weights at the start; 0 makes all depths equally likely."""


def build(config: Config, *, n_features: int, n_depths: int) -> Any:
    """Return the module that maps features [B, F] to logits [B, D]."""
    from torch import nn

    router = nn.Linear(n_features, n_depths)
    nn.init.normal_(router.weight, std=config.spread)
    nn.init.zeros_(router.bias)
    return router
