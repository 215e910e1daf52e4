"""Which of the trunk's tensors does a system start from?

The trunk holds what the frozen layers made of every text below the backbone's `trained_layers`, and
for each other number k that a system asks for the same again under `last<k>.`
"""

from collections.abc import Mapping

from torch import Tensor

from maw.models.encoders.ragged import Ragged


def level(trunk: Mapping[str, Tensor], trained_layers: int | None) -> Mapping[str, Tensor]:
    """The tensors of a system that trains so many layers; None: as many as the backbone says."""
    if trained_layers is None:
        return trunk
    prefix = prefix_of(trained_layers)
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in trunk.items()
        if name.startswith(prefix)
    }


def prefix_of(trained_layers: int) -> str:
    """`last2.`"""
    return f"last{trained_layers}."


def top_of(trunk: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The pretrained tensors of the layers to train."""
    return {name[4:]: tensor for name, tensor in trunk.items() if name.startswith("top.")}


def texts_of(trunk: Mapping[str, Tensor], side: str) -> Ragged:
    """Hidden states below the trained layers of all `query` or `document` texts."""
    return Ragged(trunk[f"{side}.hidden"], trunk[f"{side}.offsets"])
