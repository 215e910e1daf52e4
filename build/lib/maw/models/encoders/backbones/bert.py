"""BERT and its distillations such as MiniLM.

Their tensors keep their names, which are also the names that the modules of the other architectures
give to their tensors.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from maw.models.encoders.backbones.shared import HeadParts, cut_encoder

MODEL = "BertModel"
OPTIONS = {"add_pooling_layer": False}
LAYERS = "encoder.layer"
ACTIVATION, EPS = "hidden_act", "layer_norm_eps"
FORM: Mapping[str, Any] = {}
cut = cut_encoder


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a layer's tensors, whose names are BERT's already."""
    return dict(tensors)


def own(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a layer's tensors unchanged: the inverse of `canonical`."""
    return dict(tensors)


def positions(model: Any, layer: int) -> tuple[dict[str, Any] | None, dict[str, Tensor]]:
    """Return None and no tensors: BERT adds positions to the embeddings, below all layers."""
    return None, {}


def tie(scheme: Any, model: Any) -> None:
    """Do nothing: the layers share no tensor with the layers below."""


def head(config: Any) -> HeadParts:
    """Return the parts of the classification head: BERT's pooler, then a linear layer."""
    return HeadParts(dense="bert.pooler.dense", out="classifier")
