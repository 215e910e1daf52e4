"""A router reads a text by one of the functions below, which its module names in READS.

Each maps the first trained layer's attention, x [B, L, E] and mask [B, L] to features [B, F].
Readers run without gradient: the router's loss must not change the layers that it reads.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, int64

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.pooling import mean_of_tokens

N_BINS = 8  # on each side of the pooled attention


@dataclass(frozen=True)
class Reading:
    """The router's input, and what was computed on the way to it.

    features [B, F]. depth_outputs: the attention's output under each depth, where computing the
    features gave it; the layer need not compute it again.
    """

    features: Tensor
    depth_outputs: tuple[Tensor, ...] | None = None


def hidden(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Read the mean of the tokens' hidden states [B, E]."""
    return Reading(mean_of_tokens(x, mask))


def attention(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Read the attention, averaged over depths and pooled to 8 × 8 [B, H·64]."""
    return Reading(attention.pooled(x, mask, N_BINS).flatten(1))


def statistics(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Read statistics of each depth's attention, as logits [B, D]."""
    depths = attention.statistics(x, mask)
    return Reading(depths.logits, depths.depth_outputs)


def content(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Read a number that identifies the text [B, 1], int64, whatever batch it is in.

    It hashes a sum of coarse integers, which is exact in any order. On another processor it is the
    same, but for the rare value that its last bits push over a step.
    """
    coarse = (x[..., :N_BINS] * 16).round().to(int64)
    total = (coarse * mask[..., None]).sum(1)  # [B, 8]
    number = mask.sum(1)
    for part in total.unbind(1):
        number = scramble(number ^ part)
    return Reading(number[:, None])


def nothing(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Read nothing: [B, 0]."""
    return Reading(x.new_zeros(len(x), 0))


Reader = Callable[[DepthwiseAttention, Tensor, Tensor], Reading]
READERS: dict[str, Reader] = {
    reader.__name__: reader for reader in (hidden, attention, statistics, content, nothing)
}


def n_features(reads: str, attention: DepthwiseAttention) -> int:
    """Return the number of features F per text that the reader of this name returns."""
    sizes = {
        "hidden": len(attention.value),
        "attention": attention.n_heads * N_BINS**2,
        "statistics": attention.n_depths,
        "content": 1,
    }
    return sizes.get(reads, 0)


def scramble(number: Tensor) -> Tensor:
    """Mix the bits of int64 by SplitMix64's finaliser (Steele, Lea & Flood 2014)."""
    number = number + -7046029254386353131
    number = (number ^ _shift_right(number, 30)) * -4658895280553007687
    number = (number ^ _shift_right(number, 27)) * -7723592293110705685
    return number ^ _shift_right(number, 31)


def _shift_right(number: Tensor, n_bits: int) -> Tensor:
    """Shift to the right and fill with zeros; torch's own shift fills with the sign."""
    return (number >> n_bits) & ((1 << (64 - n_bits)) - 1)
