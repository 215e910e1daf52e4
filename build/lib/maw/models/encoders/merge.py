"""Trained layers with standard attention are put back among the tensors of the backbone's file.

The result is a plain encoder that other libraries load.
"""

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
    """Return a backbone's tensors, with its last layers replaced by the model's.

    Floating-point tensors are float32. checkpoint: the backbone's tensors by the names in its file.
    InputError where a name or a shape is not the one that the architecture has in transformers.
    """
    tensors = {
        name: (tensor.float() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in checkpoint.items()
    }
    root, n_layers = _layers_in(tensors, architecture.LAYERS)
    first = n_layers - len(model.blocks)
    trained: dict[str, Tensor] = {}
    for number, layer in enumerate(model.blocks, start=first):
        own = architecture.own(canonical_weights(layer))
        trained |= {f"{root}{architecture.LAYERS}.{number}.{name}": t for name, t in own.items()}
        if isinstance(layer.final_norm, nn.LayerNorm):
            norm = layer.final_norm.state_dict()
            trained |= {f"{root}{architecture.FINAL}.{name}": t.clone() for name, t in norm.items()}
    for key, tensor in trained.items():
        if key not in tensors or tensors[key].shape != tensor.shape:
            raise InputError(
                f"backbone: its file has no tensor {key!r} of shape {tuple(tensor.shape)} that a "
                "trained layer could replace; use a file that transformers wrote"
            )
        tensors[key] = tensor
    return tensors


@torch.no_grad()
def canonical_weights(layer: TransformerLayer) -> dict[str, Tensor]:
    """Return the tensors of a layer with standard attention by BERT's names.

    They have the names and shapes of the tensors that `TransformerLayer` was made from. Tensors
    that are not of one layer are left out: the embeddings of distances, which all layers share, and
    the norm after the last layer.
    """
    attention = layer.attention
    query, key = attention.learned["query_key"][0].chunk(2)
    parts = {"query": query, "key": key, "value": attention.value}
    tensors = {f"{LINEAR[name]}.weight": weight for name, weight in parts.items()}
    if attention.value_bias.requires_grad:  # otherwise zeros: the backbone has none
        query_bias, key_bias = attention.learned["query_key_bias"][0].chunk(2)
        biases = {"query": query_bias, "key": key_bias, "value": attention.value_bias}
        tensors |= {f"{LINEAR[name]}.bias": bias for name, bias in biases.items()}
    modules = {name: getattr(layer, part) for name, part in PARTS.items()}
    modules["attention.output.LayerNorm"] = attention.read if layer.pre_norm else layer.norm
    for name, module in modules.items():
        tensors |= {f"{name}.{part}": tensor for part, tensor in module.named_parameters()}
    if attention.positions is not None:
        for name, tensor in attention.positions.named_parameters():
            tensors[f"{POSITION}{name.replace('_', '.')}"] = tensor
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def _layers_in(checkpoint: Mapping[str, Tensor], layers: str) -> tuple[str, int]:
    """Return the prefix of the layers' names and the number of layers, such as `("bert.", 6)`.

    layers: the name of the list of layers in the architecture. InputError where no name has it.
    """
    pattern = re.compile(rf"((?:\w+\.)*?){re.escape(layers)}\.(\d+)\.")
    matches = [match for name in checkpoint if (match := pattern.match(name))]
    if not matches:
        raise InputError(
            f"backbone: no tensor of its file is called {layers}.…; "
            "use a file that transformers wrote"
        )
    return matches[0][1], 1 + max(int(match[2]) for match in matches)
