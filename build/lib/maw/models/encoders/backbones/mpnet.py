"""MPNet: BERT's layers under other names, and a bias by distance, one table for all layers."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from maw.models.encoders.backbones.shared import HeadParts, cut_encoder, inverse, rename

MODEL = "MPNetModel"
OPTIONS = {"add_pooling_layer": False}
LAYERS = "encoder.layer"
ACTIVATION, EPS = "hidden_act", "layer_norm_eps"
FORM: Mapping[str, Any] = {}
NAMES = {
    "attention.attn.q": "attention.self.query",
    "attention.attn.k": "attention.self.key",
    "attention.attn.v": "attention.self.value",
    "attention.attn.o": "attention.output.dense",
    "attention.LayerNorm": "attention.output.LayerNorm",
}
FAR = 128  # all distances beyond this are in the last bucket
cut = cut_encoder


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a layer's tensors under BERT's names."""
    return rename(tensors, NAMES)


def own(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors with BERT's names under MPNet's names: the inverse of `canonical`."""
    return rename(tensors, inverse(NAMES))


def positions(model: Any, layer: int) -> tuple[dict[str, Any] | None, dict[str, Tensor]]:
    """Return the settings of the position scheme, and its tensors: bias table and buckets.

    The bucket of each distance is computed as transformers does.
    """
    import torch

    encoder = model.encoder
    buckets = encoder.relative_position_bucket(torch.arange(-FAR, FAR + 1), num_buckets=32)
    table = encoder.relative_attention_bias.weight.detach().clone()
    return {"kind": "relative"}, {"buckets": buckets, "table": table}


def tie(scheme: Any, model: Any) -> None:
    """Make the scheme use the bias table of the layers below, so that all train one tensor."""
    scheme.table = model.encoder.relative_attention_bias.weight


def head(config: Any) -> HeadParts:
    """Return the parts of the classification head: two linear layers on the first token."""
    return HeadParts(dense="classifier.dense", out="classifier.out_proj")
