"""`router: {kind: told}`: each query's right depth, as one word of the made collection tells it.

It is a control: it is told the truth, and learns nothing, so that no claim about learning may rest
on it. It shows what perfect routing is worth on the collection `routing_control`.
"""

from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field, model_validator

from maw.datasets.routing_words import MODE_WORDS
from maw.models import routing_control

if TYPE_CHECKING:
    from torch import Tensor, nn

    from maw.models.attention.depthwise import DepthwiseAttention
    from maw.models.routers.reading import Reading

LEARNS = False
MIXES = False


class Config(BaseModel, extra="forbid", frozen=True):
    """A router that gives a text the depth of the mode word in it, and depth 0 without such a word.

    The word at position m of `words` stands for depth m, or for the last depth where m is beyond
    it. The router recognises a word by its embedding, which it knows.
    """

    backbone: str = routing_control.NAME
    """Name of the backbone whose words are recognised: that of the suite, `routing_control` or
    `routing_control:<seed>`."""
    words: tuple[str, ...] = Field(MODE_WORDS, min_length=1)
    """Words that stand for depths, the word for depth 0 first."""

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        """Raise InputError for another backbone, and for a word that it does not know."""
        routing_control.require_words(self.backbone, self.words)
        return self


def read(attention: "DepthwiseAttention", x: "Tensor", mask: "Tensor") -> "Reading":
    """Return the hidden states of the tokens of each text as features [B, L·E], 0 at padding."""
    from maw.models.routers.reading import Reading

    return Reading((x * mask[..., None]).flatten(1))


def n_features(attention: "DepthwiseAttention") -> int:
    """Return E, the number of features of each of a text's tokens."""
    return len(attention.value)


def build(config: Config, *, n_features: int, n_depths: int) -> "nn.Module":
    """Build the module that maps features [B, L·E] to logits [B, D] with one certain depth.

    InputError where the hidden states have another size than those of the backbone that it knows.
    """
    import torch

    from maw.errors import InputError
    from maw.models.routers.layers import WordSpotter

    states = torch.from_numpy(routing_control.hidden_states(config.backbone, config.words))
    if states.shape[-1] != n_features:
        raise InputError(
            f"router told: the hidden size is {n_features}, but {config.backbone!r} has "
            f"{states.shape[-1]}; give that backbone to the suite"
        )
    return WordSpotter(states, n_depths=n_depths)
