"""Token sequences of different lengths in one tensor: no padding until a batch is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Chunk:
    """A padded batch. positions [B]: where its texts stood in what was asked for."""

    positions: Tensor
    x: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Ragged:
    """hidden [T, E], all tokens of all texts; offsets [N + 1]: text i has offsets[i] to [i + 1]."""

    hidden: Tensor
    offsets: Tensor

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Texts `rows` [B] as x [B, L, E], zero where padded, and mask [B, L], True = token."""
        start, length = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        token = torch.arange(int(length.max()))
        mask = token < length[:, None]
        place = (start[:, None] + token).clamp(max=len(self.hidden) - 1)
        return self.hidden[place] * mask[..., None], mask

    def chunks(self, rows: Tensor, size: int) -> Iterator[Chunk]:
        """The texts in batches of similar length, so that little is padded."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        for positions in torch.argsort(lengths, stable=True).split(size):
            yield Chunk(positions, *self.padded(rows[positions]))


Placed = TypeVar("Placed", bound="DataclassInstance")


def placed(batch: Placed, device: torch.device) -> Placed:
    """The same on a device."""
    if device.type == "cpu":
        return batch
    return replace(
        batch, **{one.name: _placed(getattr(batch, one.name), device) for one in fields(batch)}
    )


def _placed(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    return [placed(chunk, device) for chunk in value] if isinstance(value, list) else value


def restore(parts: Sequence[Tensor], chunks: Sequence[Chunk]) -> Tensor:
    """Per-chunk results [.., ...] in the order in which the texts were asked for."""
    order = torch.cat([chunk.positions for chunk in chunks])
    return torch.cat(list(parts))[torch.argsort(order)]
