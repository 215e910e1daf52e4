"""DeBERTa-v2 and -v3: BERT's layers with relative positions inside the attention's scores."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from maw.errors import InputError
from maw.models.encoders.backbones.shared import HeadParts, cut_encoder, inverse, rename

MODEL = "DebertaV2Model"
OPTIONS: dict[str, Any] = {}
LAYERS = "encoder.layer"
ACTIVATION, EPS = "hidden_act", "layer_norm_eps"
FORM: Mapping[str, Any] = {}
NAMES = {
    "attention.self.query_proj": "attention.self.query",
    "attention.self.key_proj": "attention.self.key",
    "attention.self.value_proj": "attention.self.value",
    "attention.self.pos_query_proj": "position.query",
    "attention.self.pos_key_proj": "position.key",
}


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a layer's tensors under BERT's names."""
    return rename(tensors, NAMES)


def own(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors with BERT's names under DeBERTa's names: the inverse of `canonical`."""
    return rename(tensors, inverse(NAMES))


class _EmptyEncoder(nn.Module):
    """An encoder without layers, whose output is its input.

    It replaces transformers' own encoder, which fails without layers.
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.layer = nn.ModuleList()
        if encoder.relative_attention:  # the trained layers share the embeddings of distances
            self.rel_embeddings = encoder.rel_embeddings
        if hasattr(encoder, "LayerNorm"):
            self.LayerNorm = encoder.LayerNorm

    def forward(self, hidden: Tensor, mask: Tensor, **options: Any) -> Any:
        from transformers.modeling_outputs import BaseModelOutput

        return BaseModelOutput(last_hidden_state=hidden, hidden_states=(hidden,))


def cut(model: Any, n_frozen: int) -> None:
    """Keep the lowest n_frozen layers of the model.

    InputError where none is kept and the backbone has a convolution beside its first layer.
    """
    if n_frozen:
        cut_encoder(model, n_frozen)
    elif model.encoder.conv is not None:
        raise InputError(
            "backbone.trained_layers: this backbone has a convolution beside its first layer, "
            "so that this layer must stay frozen; train fewer layers"
        )
    else:
        model.encoder = _EmptyEncoder(model.encoder)


def positions(model: Any, layer: int) -> tuple[dict[str, Any] | None, dict[str, Tensor]]:
    """Return the settings of a layer's position scheme, and its tensors.

    The tensors are the normalised embeddings of distances, and the embedding's row for each
    distance. There are none where the attention is not relative; the settings are then None unless
    config.json lists score terms, which change the scale of the scores.
    """
    import torch
    from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

    encoder, attention = model.encoder, model.encoder.layer[layer].attention.self
    terms = [term for term in ("c2p", "p2c") if term in attention.pos_att_type]
    settings = {"kind": "disentangled", "terms": terms}
    if not attention.relative_attention:
        return (settings, {}) if terms else (None, {})
    span, farthest = attention.pos_ebd_size, attention.max_relative_positions
    distance = torch.arange(-2 * farthest, 2 * farthest + 1)
    if attention.position_buckets > 0:
        distance = make_log_bucket_position(distance, attention.position_buckets, farthest)
        distance = distance.long()
    with torch.no_grad():
        table = encoder.get_rel_embedding()[: 2 * span].clone()
    return settings, {"buckets": (distance + span).clamp(0, 2 * span - 1), "table": table}


def tie(scheme: Any, model: Any) -> None:
    """Make a layer's position scheme share the embeddings of distances with the layers below.

    The layers also share the norm of these embeddings. All of them then read the same tensors, and
    training changes them for all. Nothing happens without a scheme, or where the scheme has no such
    embeddings.
    """
    if scheme is not None and scheme.table is not None:
        scheme.table = model.encoder.rel_embeddings.weight
        scheme.norm = getattr(model.encoder, "LayerNorm", scheme.norm)


def head(config: Any) -> HeadParts:
    """Return the parts of the classification head: the context pooler, then a linear layer."""
    return HeadParts(dense="pooler.dense", out="classifier", activation=config.pooler_hidden_act)
