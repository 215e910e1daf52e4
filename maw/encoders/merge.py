"""Trained standard layers go back into the backbone's own file: a plain encoder for everybody."""

from collections.abc import Mapping

import torch
from torch import Tensor

from maw.encoders.bi_encoder import BiEncoder
from maw.encoders.layer import LINEAR, TransformerLayer
from maw.errors import InputError

PARTS = {
    "attention.output.dense": "output",
    "attention.output.LayerNorm": "norm",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "last_norm",
}


def merged(checkpoint: Mapping[str, Tensor], model: BiEncoder) -> dict[str, Tensor]:
    """A BERT checkpoint with the model's layers in the place of its last ones, all float32.

    InputError where the checkpoint names its layers otherwise.
    """
    whole = {
        name: (tensor.float() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in checkpoint.items()
    }
    prefix, n_layers = _layers_in(whole)
    first = n_layers - len(model.blocks)
    for place, layer in enumerate(model.blocks, start=first):
        for name, tensor in bert_weights(layer).items():
            key = f"{prefix}{place}.{name}"
            if key not in whole or whole[key].shape != tensor.shape:
                raise InputError(f"backbone: its file has no {key!r} to put a trained layer into")
            whole[key] = tensor
    return whole


@torch.no_grad()
def bert_weights(layer: TransformerLayer) -> dict[str, Tensor]:
    """A layer with standard attention by BERT's names: what `TransformerLayer` was made from."""
    attention = layer.attention
    query, key = attention.learned["query_key"][0].chunk(2)
    query_bias, key_bias = attention.learned["query_key_bias"][0].chunk(2)
    parts = {
        "query": (query, query_bias),
        "key": (key, key_bias),
        "value": (attention.value, attention.value_bias),
    }
    found = {}
    for name, (weight, bias) in parts.items():
        found[f"{LINEAR[name]}.weight"], found[f"{LINEAR[name]}.bias"] = weight, bias
    for name, part in PARTS.items():
        module = getattr(layer, part)
        found[f"{name}.weight"], found[f"{name}.bias"] = module.weight, module.bias
    return {name: tensor.detach().clone().contiguous() for name, tensor in found.items()}


def _layers_in(checkpoint: Mapping[str, Tensor]) -> tuple[str, int]:
    """`("encoder.layer.", 6)`: what stands before a layer's number, and how many layers."""
    marker = "encoder.layer."
    names = [name.partition(marker) for name in checkpoint if marker in name]
    if not names:
        raise InputError(f"backbone: no tensor of its file is called {marker}…; use a BERT")
    return names[0][0] + marker, 1 + max(int(rest.split(".")[0]) for _, _, rest in names)
