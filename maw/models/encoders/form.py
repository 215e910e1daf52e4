"""In what do the layers of an encoder architecture differ from BERT's? Kept beside their tensors.

A trunk's `top` tensors have BERT's names in every architecture; `about`, JSON in bytes, says the
rest.
A BERT with gelu has none: it is what is meant where nothing is said.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu, relu, silu

ABOUT = "about"
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
    """gated: the feed-forward's first half is gated by its second. pre_norm: norms come first.

    positions: of each trained layer, what `maw.models.attention.positions` builds its scheme from.
    """

    architecture: str = "bert"
    activation: str = "gelu"
    gated: bool = False
    pre_norm: bool = False
    positions: tuple[Mapping[str, Any] | None, ...] = ()

    def positions_of(self, layer: int) -> Mapping[str, Any] | None:
        """Of the trained layer of this number; None: its input says where tokens are."""
        return self.positions[layer] if self.positions else None

    def tensors(self) -> dict[str, Tensor]:
        """What is kept of it: nothing of a plain BERT."""
        if self == Form():
            return {}
        return {ABOUT: torch.tensor(list(json.dumps(asdict(self)).encode()), dtype=torch.uint8)}


def form_of(top: Mapping[str, Tensor]) -> Form:
    """The inverse of `Form.tensors`."""
    if ABOUT not in top:
        return Form()
    about = json.loads(bytes(top[ABOUT].tolist()))
    return Form(**{**about, "positions": tuple(about["positions"])})
