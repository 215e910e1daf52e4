"""Trained standard layers go back into the backbone's own file: a plain encoder for everybody."""

import re
from collections.abc import Mapping
from types import ModuleType

import torch
from torch import Tensor, nn

from maw.errors import InputError
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.layer import LINEAR, POSITION, TransformerLayer

PARTS = {
    "attention.output.dense": "output",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "last_norm",
}


def merged(
    checkpoint: Mapping[str, Tensor], model: BiEncoder, architecture: ModuleType
) -> dict[str, Tensor]:
    """The checkpoint with the model's layers in the place of its last ones, all float32.

    InputError where the checkpoint names its layers otherwise.
    """
    whole = {
        name: (tensor.float() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in checkpoint.items()
    }
    root, n_layers = _layers_in(whole, architecture.LAYERS)
    first = n_layers - len(model.blocks)
    trained: dict[str, Tensor] = {}
    for place, layer in enumerate(model.blocks, start=first):
        own = architecture.own(canonical_weights(layer))
        trained |= {f"{root}{architecture.LAYERS}.{place}.{name}": t for name, t in own.items()}
        if isinstance(layer.final_norm, nn.LayerNorm):
            last = layer.final_norm.state_dict()
            trained |= {f"{root}{architecture.FINAL}.{name}": t.clone() for name, t in last.items()}
    for key, tensor in trained.items():
        if key not in whole or whole[key].shape != tensor.shape:
            raise InputError(f"backbone: its file has no {key!r} to put a trained layer into")
        whole[key] = tensor
    return whole


@torch.no_grad()
def canonical_weights(layer: TransformerLayer) -> dict[str, Tensor]:
    """A layer with standard attention by BERT's names: what `TransformerLayer` was made from.

    Without what belongs to all layers: embeddings of distances, the norm after the last.
    """
    attention = layer.attention
    query, key = attention.learned["query_key"][0].chunk(2)
    parts = {"query": query, "key": key, "value": attention.value}
    found = {f"{LINEAR[name]}.weight": weight for name, weight in parts.items()}
    if attention.value_bias.requires_grad:  # otherwise zeros: the backbone has none
        of_query, of_key = attention.learned["query_key_bias"][0].chunk(2)
        biases = {"query": of_query, "key": of_key, "value": attention.value_bias}
        found |= {f"{LINEAR[name]}.bias": bias for name, bias in biases.items()}
    modules = {name: getattr(layer, part) for name, part in PARTS.items()}
    modules["attention.output.LayerNorm"] = attention.read if layer.pre_norm else layer.norm
    for name, module in modules.items():
        found |= {f"{name}.{part}": tensor for part, tensor in module.named_parameters()}
    if attention.positions is not None:
        for name, tensor in attention.positions.named_parameters():
            found[f"{POSITION}{name.replace('_', '.')}"] = tensor
    return {name: tensor.detach().clone().contiguous() for name, tensor in found.items()}


def _layers_in(checkpoint: Mapping[str, Tensor], layers: str) -> tuple[str, int]:
    """`("bert.", 6)`: what stands before the layers' name, and how many layers there are."""
    pattern = re.compile(rf"((?:\w+\.)*?){re.escape(layers)}\.(\d+)\.")
    found = [match for name in checkpoint if (match := pattern.match(name))]
    if not found:
        raise InputError(
            f"backbone: no tensor of its file is called {layers}.…; use one that transformers wrote"
        )
    return found[0][1], 1 + max(int(match[2]) for match in found)
