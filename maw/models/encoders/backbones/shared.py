"""Functions that several architectures share: renaming tensors, and cutting post-norm layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class HeadParts:
    """The submodules of transformers' classifier that make up its classification head.

    dense, norm, out: their names; norm is None where there is none. activation: a name in
    `maw.models.encoders.form`. mean: True if it reads the mean over tokens, not the first token.
    """

    dense: str
    out: str
    activation: str = "tanh"
    norm: str | None = None
    mean: bool = False


def rename(tensors: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Rename tensors: {"query": "q"} makes `query.weight` `q.weight`; others keep their names."""
    renamed = {}
    for name, tensor in tensors.items():
        stem, _, part = name.rpartition(".")
        renamed[f"{names.get(stem, stem)}.{part}"] = tensor
    return renamed


def inverse(names: Mapping[str, str]) -> dict[str, str]:
    """Exchange old and new names."""
    return {second: first for first, second in names.items()}


def cut_encoder(model: Any, n_frozen: int) -> None:
    """Keep the lowest layers of `model.encoder.layer`."""
    model.encoder.layer = nn.ModuleList(model.encoder.layer[:n_frozen])
