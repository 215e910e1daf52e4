"""A form says how the layers of an architecture differ from BERT's; it is kept with their tensors.

The tensors of layers to train have BERT's names in every architecture. One more tensor, `about`,
holds the form as JSON in bytes; a BERT with the activation gelu has no differences and no `about`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
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
    """The differences between an architecture's layers and BERT's.

    activation: a name in ACTIVATIONS. gated: True if the first half of the feed-forward's hidden
    layer, after the activation, is multiplied by the second half. pre_norm: True if norms come
    before attention and before the feed-forward. positions: for each trained layer, the settings
    from which `maw.models.attention.positions` builds its scheme; empty without schemes. pooling: a
    name in `maw.models.pooling.POOLINGS`, by which a bi-encoder makes a text's vector.
    """

    architecture: str = "bert"
    activation: str = "gelu"
    gated: bool = False
    pre_norm: bool = False
    positions: tuple[Mapping[str, Any] | None, ...] = ()
    pooling: str = "mean"

    def positions_of(self, layer: int) -> Mapping[str, Any] | None:
        """Return the settings of a trained layer's position scheme.

        None where positions are part of the input. layer: 0 for the lowest trained layer.
        """
        return self.positions[layer] if self.positions else None

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensor `about` by its name; an empty dict for a plain BERT."""
        if self == Form():
            return {}
        fields = asdict(self)
        if self.pooling == "mean":
            del fields["pooling"]  # as it was written before there were other poolings
        return {ABOUT: torch.tensor(list(json.dumps(fields).encode()), dtype=torch.uint8)}


def form_of(top: Mapping[str, Tensor]) -> Form:
    """Return the form that the tensor `about` holds, or BERT's where there is no such tensor.

    top: the tensors of the layers to train. This is the inverse of `Form.tensors`.
    """
    if ABOUT not in top:
        return Form()
    fields = json.loads(bytes(top[ABOUT].tolist()))
    return Form(**{**fields, "positions": tuple(fields["positions"])})


def pooled_by(top: Mapping[str, Tensor], pooling: str) -> dict[str, Tensor]:
    """Return the tensors of the layers to train, with this pooling in their form."""
    others = {name: tensor for name, tensor in top.items() if name != ABOUT}
    return others | replace(form_of(top), pooling=pooling).tensors()
