"""Token sequences of different lengths lie in one tensor and are padded when a batch is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class Chunk:
    """A padded batch: x [B, L, E]; mask [B, L], True = token.

    positions [B]: the positions of its texts among the rows that were asked for.
    """

    positions: Tensor
    x: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Ragged:
    """The vectors of all tokens of N texts stand one text after another.

    hidden [T, E]; offsets [N + 1]: the tokens of text i are hidden[offsets[i] : offsets[i + 1]].
    """

    hidden: Tensor
    offsets: Tensor

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Pad texts `rows` [B]: x [B, L, E], zero where padded, and mask [B, L], True = token."""
        start, length = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        token = torch.arange(int(length.max()))
        mask = token < length[:, None]
        index = (start[:, None] + token).clamp(max=len(self.hidden) - 1)
        return self.hidden[index] * mask[..., None], mask

    def chunks(self, rows: Tensor, size: int) -> Iterator[Chunk]:
        """Yield texts `rows` in batches of similar length, so that there is little padding."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        for positions in torch.argsort(lengths, stable=True).split(size):
            yield Chunk(positions, *self.padded(rows[positions]))


Placeable = TypeVar("Placeable", bound="DataclassInstance")


def placed(batch: Placeable, device: torch.device) -> Placeable:
    """Return the same batch with its tensors, and those of its chunks, on a device."""
    if device.type == "cpu":
        return batch
    values = {item.name: _placed(getattr(batch, item.name), device) for item in fields(batch)}
    return replace(batch, **values)


def _placed(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    return [placed(chunk, device) for chunk in value] if isinstance(value, list) else value


def restore(parts: Sequence[Tensor], chunks: Sequence[Chunk]) -> Tensor:
    """Join the results of chunks [B, ...] in the order in which the texts were asked for."""
    order = torch.cat([chunk.positions for chunk in chunks])
    return torch.cat(list(parts))[torch.argsort(order)]
