"""Texts of different lengths: the vectors of their tokens are kept in one tensor.

They are padded to one length only when a batch is made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FEW_TOKENS = 512  # below this, a batch takes about the same time with one text as with more


@dataclass(frozen=True)
class Chunk:
    """A padded batch of texts: hidden states x [B, L, E]; mask [B, L], True = token.

    positions [B]: where the texts of this chunk stand in the list of rows given to `chunks`.
    """

    positions: Tensor
    x: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Ragged:
    """The vectors of all T tokens of N texts, one text after another.

    hidden [T, E]; offsets [N + 1]: the tokens of text i are hidden[offsets[i] : offsets[i + 1]].
    """

    hidden: Tensor
    offsets: Tensor

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the texts `rows` [B], padded to one length: x [B, L, E] and mask [B, L].

        x is 0 at padding; mask is True at tokens.
        """
        start, length = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        token = torch.arange(int(length.max()))
        mask = token < length[:, None]
        index = (start[:, None] + token).clamp(max=len(self.hidden) - 1)
        return self.hidden[index] * mask[..., None], mask

    def chunks(self, rows: Tensor, size: int) -> Iterator[Chunk]:
        """Yield the texts `rows` in batches of `size` texts of similar length.

        A batch has more texts where they are so short that it stays within FEW_TOKENS tokens,
        padding included.
        """
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        order = torch.argsort(lengths, stable=True)
        for positions in order.split(_sizes(lengths[order].tolist(), size)):
            yield Chunk(positions, *self.padded(rows[positions]))


def _sizes(lengths: Sequence[int], size: int) -> list[int]:
    """Return the number of texts of each batch, for texts in the order of their lengths."""
    sizes, start = [], 0
    while start < len(lengths):
        end = min(start + size, len(lengths))
        while end < len(lengths) and (end + 1 - start) * lengths[end] <= FEW_TOKENS:
            end += 1
        sizes.append(end - start)
        start = end
    return sizes


Placeable = TypeVar("Placeable", bound="DataclassInstance")


def placed(batch: Placeable, device: torch.device) -> Placeable:
    """Return a copy of the batch, a dataclass, with all its tensors on the device.

    Fields that are lists hold chunks, whose tensors are moved too. On the processor, the batch
    itself is returned.
    """
    if device.type == "cpu":
        return batch
    values = {item.name: _placed(getattr(batch, item.name), device) for item in fields(batch)}
    return replace(batch, **values)


def _placed(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    return [placed(chunk, device) for chunk in value] if isinstance(value, list) else value


def restore(parts: Sequence[Tensor], chunks: Sequence[Chunk]) -> Tensor:
    """Return the results of all chunks joined, in the order of the rows given to `Ragged.chunks`.

    parts: the result of each chunk, [B, ...].
    """
    order = torch.cat([chunk.positions for chunk in chunks])
    return torch.cat(list(parts))[torch.argsort(order)]
