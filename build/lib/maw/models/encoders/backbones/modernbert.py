"""ModernBERT: norms first, gated feed-forward, rotary positions, a window in most layers."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from maw.errors import InputError
from maw.models.encoders.backbones.shared import HeadParts, inverse, rename

MODEL = "ModernBertModel"
OPTIONS: dict[str, Any] = {}
LAYERS, FINAL = "layers", "final_norm"
ACTIVATION, EPS = "hidden_activation", "norm_eps"
FORM: Mapping[str, Any] = {"gated": True, "pre_norm": True}
NAMES = {
    "attn.Wo": "attention.output.dense",
    "attn_norm": "attention.output.LayerNorm",
    "mlp.Wi": "intermediate.dense",
    "mlp.Wo": "output.dense",
    "mlp_norm": "output.LayerNorm",
}
PACKED = "attn.Wqkv"
PARTS = ("query", "key", "value")


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a layer's tensors under BERT's names, the packed queries, keys and values apart."""
    renamed = {}
    for name, tensor in tensors.items():
        if name.startswith(PACKED):
            for part, chunk in zip(PARTS, tensor.chunk(3), strict=True):
                renamed[f"attention.self.{part}{name.removeprefix(PACKED)}"] = chunk
        else:
            renamed[name] = tensor
    return rename(renamed, NAMES)


def own(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors with BERT's names under ModernBERT's names: the inverse of `canonical`."""
    import torch

    apart = {name: tensor for name, tensor in tensors.items() if "attention.self." in name}
    renamed = rename(
        {name: tensor for name, tensor in tensors.items() if name not in apart}, inverse(NAMES)
    )
    for kind in ("weight", "bias"):
        parts = [apart.get(f"attention.self.{part}.{kind}") for part in PARTS]
        if parts[0] is not None:
            renamed[f"{PACKED}.{kind}"] = torch.cat([part for part in parts if part is not None])
    return renamed


def cut(model: Any, n_frozen: int) -> None:
    """Keep the lowest n_frozen layers; the norm after the last layer is cut off too."""
    model.layers = nn.ModuleList(model.layers[:n_frozen])
    model.final_norm = nn.Identity()


def positions(model: Any, layer: int) -> tuple[dict[str, Any] | None, dict[str, Tensor]]:
    """Return the settings of a layer's rotary scheme (scaling, window), and its frequencies.

    InputError for rotary positions that change with the text's length.
    """
    kind, rotary = model.layers[layer].attention_type, model.rotary_emb
    if rotary.rope_type[kind] in ("dynamic", "longrope"):
        raise InputError(
            f"backbone: rotary positions of type {rotary.rope_type[kind]!r} change with the "
            "text's length and are not supported; use a backbone with the default type"
        )
    settings = {
        "kind": "rotary",
        "scaling": float(getattr(rotary, f"{kind}_attention_scaling")),
        "window": model.config.sliding_window if kind == "sliding_attention" else None,
    }
    return settings, {"frequencies": getattr(rotary, f"{kind}_inv_freq").detach().clone()}


def tie(scheme: Any, model: Any) -> None:
    """Do nothing: the trained layers share no tensor with the frozen ones."""


def head(config: Any) -> HeadParts:
    """Return the parts of the classification head: two linear layers with a norm between them.

    The head reads the first token or the mean over tokens, as config.json says.
    """
    return HeadParts(
        dense="head.dense",
        out="classifier",
        activation=config.classifier_activation,
        norm="head.norm",
        mean=config.classifier_pooling == "mean",
    )
