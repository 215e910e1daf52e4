"""Code that several architectures share: renaming tensors, post-norm layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class HeadParts:
    """A classification head by where its tensors are: first token or mean, dense, norm, out.

    activation: by its name in `maw.models.encoders.form`; norm: None where there is none.
    """

    dense: str
    out: str
    activation: str = "tanh"
    norm: str | None = None
    mean: bool = False


def rename(tensors: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """`query.weight` -> `q.weight` by {"query": "q"}; others as they are."""
    found = {}
    for name, tensor in tensors.items():
        stem, _, part = name.rpartition(".")
        found[f"{names.get(stem, stem)}.{part}"] = tensor
    return found


def inverse(names: Mapping[str, str]) -> dict[str, str]:
    """From the second names to the first."""
    return {second: first for first, second in names.items()}


def cut_encoder(model: Any, n_frozen: int) -> None:
    """Leaves the lowest layers of `model.encoder.layer`."""
    model.encoder.layer = nn.ModuleList(model.encoder.layer[:n_frozen])
