"""A form says how the layers of an architecture differ from BERT's; it lies beside their tensors.

A trunk's `top` tensors have BERT's names in every architecture. The tensor `about`, JSON in bytes,
describes the differences; a BERT with gelu has none and no such tensor.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu, relu, silu

ABOUT = "about"  # name of the tensor
tanh_gelu = partial(gelu, approximate="tanh")
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": gelu,
    "gelu_python": gelu,
    "gelu_new": tanh_gelu,
    "gelu_pytorch_tanh": tanh_gelu,
    "relu": relu,
    "silu": silu,
    "swish": silu,
    "tanh": torch.tanh,
}


@dataclass(frozen=True)
class Form:
    """The differences from BERT's layer.

    gated: the first half of the feed-forward's hidden layer is multiplied by the second.
    pre_norm: norms come before attention and feed-forward. positions: for each trained layer, the
    settings from which `maw.models.attention.positions` builds its scheme; empty without schemes.
    """

    architecture: str = "bert"
    activation: str = "gelu"
    gated: bool = False
    pre_norm: bool = False
    positions: tuple[Mapping[str, Any] | None, ...] = ()

    def positions_of(self, layer: int) -> Mapping[str, Any] | None:
        """Settings of a trained layer's position scheme; None where its input has the positions."""
        return self.positions[layer] if self.positions else None

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensor to keep beside the weights; none for a plain BERT."""
        if self == Form():
            return {}
        return {ABOUT: torch.tensor(list(json.dumps(asdict(self)).encode()), dtype=torch.uint8)}


def form_of(top: Mapping[str, Tensor]) -> Form:
    """Read the form beside the weights: the inverse of `Form.tensors`."""
    if ABOUT not in top:
        return Form()
    fields = json.loads(bytes(top[ABOUT].tolist()))
    return Form(**{**fields, "positions": tuple(fields["positions"])})
