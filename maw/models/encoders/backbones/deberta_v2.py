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
    """A layer's tensors by BERT's names."""
    return rename(tensors, NAMES)


def own(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse."""
    return rename(tensors, inverse(NAMES))


class _Through(nn.Module):
    """An encoder without layers: transformers' own has no output then."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.layer = nn.ModuleList()
        if encoder.relative_attention:  # what the trained layers share, where all are trained
            self.rel_embeddings = encoder.rel_embeddings
        if hasattr(encoder, "LayerNorm"):
            self.LayerNorm = encoder.LayerNorm

    def forward(self, hidden: Tensor, mask: Tensor, **options: Any) -> Any:
        from transformers.modeling_outputs import BaseModelOutput

        return BaseModelOutput(last_hidden_state=hidden, hidden_states=(hidden,))


def cut(model: Any, n_frozen: int) -> None:
    """Leaves the lowest layers. InputError where the convolution beside the first would be cut."""
    if n_frozen:
        cut_encoder(model, n_frozen)
    elif model.encoder.conv is not None:
        raise InputError(
            "backbone.trained_layers: this backbone has a convolution beside its first layer, "
            "which stays frozen; train fewer layers"
        )
    else:
        model.encoder = _Through(model.encoder)


def positions(model: Any, layer: int) -> tuple[dict[str, Any] | None, dict[str, Tensor]]:
    """The embeddings of distances, normalised, and which of them belongs to a distance."""
    import torch
    from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

    encoder, attention = model.encoder, model.encoder.layer[layer].attention.self
    terms = [term for term in ("c2p", "p2c") if term in attention.pos_att_type]
    about = {"kind": "disentangled", "terms": terms}
    if not attention.relative_attention:
        return (about, {}) if terms else (None, {})
    span, most = attention.pos_ebd_size, attention.max_relative_positions
    distance = torch.arange(-2 * most, 2 * most + 1)
    if attention.position_buckets > 0:
        distance = make_log_bucket_position(distance, attention.position_buckets, most).long()
    with torch.no_grad():
        table = encoder.get_rel_embedding()[: 2 * span].clone()
    return about, {"buckets": (distance + span).clamp(0, 2 * span - 1), "table": table}


def tie(scheme: Any, model: Any) -> None:
    """The frozen layers' own embeddings of distances and their norm, so that both learn them."""
    if scheme is not None and scheme.table is not None:
        scheme.table = model.encoder.rel_embeddings.weight
        scheme.norm = getattr(model.encoder, "LayerNorm", scheme.norm)


def head(config: Any) -> HeadParts:
    """The pooler, then a linear layer."""
    return HeadParts(dense="pooler.dense", out="classifier", activation=config.pooler_hidden_act)
