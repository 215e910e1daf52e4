"""BERT, and what was distilled from it: MiniLM. Its names are everybody's names here."""

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
    """A layer's tensors by BERT's names."""
    return dict(tensors)


def own(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse."""
    return dict(tensors)


def positions(model: Any, layer: int) -> tuple[dict[str, Any] | None, dict[str, Tensor]]:
    """In the embeddings: the layers know nothing of them."""
    return None, {}


def tie(scheme: Any, model: Any) -> None:
    """Nothing is shared with the frozen part."""


def head(config: Any) -> HeadParts:
    """The pooler, then a linear layer."""
    return HeadParts(dense="bert.pooler.dense", out="classifier")
