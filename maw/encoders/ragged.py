"""Token sequences of different lengths in one tensor: no padding until a batch is made."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


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
