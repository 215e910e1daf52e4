"""Functions that several architectures share: renaming of tensors, and cutting off of layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class HeadParts:
    """The submodules of transformers' classifier that make up its classification head.

    dense, norm, out: names of the submodules; norm is None where the head has no norm. activation:
    a name in `maw.models.encoders.form`. mean: True if the head reads the mean over tokens, not the
    first token.
    """

    dense: str
    out: str
    activation: str = "tanh"
    norm: str | None = None
    mean: bool = False


def rename(tensors: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Return the tensors under new names, which `names` maps from old ones.

    {"query": "q"} renames `query.weight` to `q.weight`. Other tensors keep their names.
    """
    renamed = {}
    for name, tensor in tensors.items():
        stem, _, part = name.rpartition(".")
        renamed[f"{names.get(stem, stem)}.{part}"] = tensor
    return renamed


def inverse(names: Mapping[str, str]) -> dict[str, str]:
    """Return the inverse map: new name -> old name."""
    return {second: first for first, second in names.items()}


def cut_encoder(model: Any, n_frozen: int) -> None:
    """Keep the lowest n_frozen layers of `model.encoder.layer`."""
    model.encoder.layer = nn.ModuleList(model.encoder.layer[:n_frozen])
