"""What does a router see of a text? One of these, by the name in its module's READS.

Each maps the first trained layer's attention, x [B, L, E] and mask [B, L] to features [B, ...],
without gradient: a router learns to choose, not to be told more.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from maw.models.attention.depthwise import DepthwiseAttention

BINS = 8


def hidden(layer: DepthwiseAttention, x: Tensor, mask: Tensor) -> Tensor:
    """Mean of the real tokens' hidden states [B, E]."""
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def attention(layer: DepthwiseAttention, x: Tensor, mask: Tensor) -> Tensor:
    """Attention of all depths, averaged and pooled to 8 × 8 [B, H·64]."""
    return layer.pooled(x, mask, BINS).flatten(1)


def statistics(layer: DepthwiseAttention, x: Tensor, mask: Tensor) -> Tensor:
    """What each depth's attention looks like, as logits [B, D]."""
    return layer.stat_logits(x, mask)


def content(layer: DepthwiseAttention, x: Tensor, mask: Tensor) -> Tensor:
    """A number of the text's own [B, 1], int64, whatever batch it is in.

    A sum of coarse integers: exact in any order, and the same on another processor but for the
    rare value that its last bits push over a step.
    """
    coarse = (x[..., :BINS] * 16).round().to(torch.int64)
    total = (coarse * mask[..., None]).sum(1)  # [B, 8]
    mixed = mask.sum(1)
    for part in total.unbind(1):
        mixed = scramble(mixed ^ part)
    return mixed[:, None]


def nothing(layer: DepthwiseAttention, x: Tensor, mask: Tensor) -> Tensor:
    """[B, 0]."""
    return x.new_zeros(len(x), 0)


Reader = Callable[[DepthwiseAttention, Tensor, Tensor], Tensor]
READERS: dict[str, Reader] = {
    reader.__name__: reader for reader in (hidden, attention, statistics, content, nothing)
}


def n_features(reads: str, *, heads: int, hidden: int, depths: int) -> int:
    """Features per text."""
    sizes = {"hidden": hidden, "attention": heads * BINS**2, "statistics": depths, "content": 1}
    return sizes.get(reads, 0)


def scramble(number: Tensor) -> Tensor:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014) on int64 that wrap around."""
    number = number + -7046029254386353131
    number = (number ^ _shift(number, 30)) * -4658895280553007687
    number = (number ^ _shift(number, 27)) * -7723592293110705685
    return number ^ _shift(number, 31)


def _shift(number: Tensor, bits: int) -> Tensor:
    """Right, filled with zeros: torch's own fills with the sign."""
    return (number >> bits) & ((1 << (64 - bits)) - 1)
