"""Readers: functions that compute a router's input.

A router's module names its reader in READS, or has a function `read` of its own.

A reader takes the attention of the first trained layer, the texts x [B, L, E] and their mask
[B, L], True = token, and returns a `Reading` with features [B, F]. Readers run without gradient:
the router's loss must not change the layers that it reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from torch import Tensor, int64

from maw.errors import InputError
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.plain import require_matrices
from maw.models.pooling import mean_of_tokens

N_BINS = 8  # on each side of the pooled attention


@dataclass(frozen=True)
class Reading:
    """The router's input for a batch of texts, and the depths' outputs where computed too.

    features [B, F]. depth_outputs: the attention's output [B, L, E] under each depth, which the
    layer then need not compute again; None where the reader did not compute it.
    """

    features: Tensor
    depth_outputs: tuple[Tensor, ...] | None = None


def hidden(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Return the mean of the tokens' hidden states as features [B, E]."""
    return Reading(mean_of_tokens(x, mask))


def attention(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Return attention weights averaged over depths, as features [B, H·64].

    For each of H heads they are averaged over 8 × 8 groups of neighbouring queries and keys.
    """
    require_matrices(attention, reader="a router with READS = 'attention'")
    return Reading(attention.pooled(x, mask, N_BINS).flatten(1))


def statistics(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Return the `stat` logits of the depths, from statistics of attention, as features [B, D]."""
    require_matrices(attention, reader="a router with READS = 'statistics'")
    depths = attention.statistics(x, mask)
    return Reading(depths.logits, depths.depth_outputs)


def content(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Return a number [B, 1], int64, that identifies each text, whatever batch the text is in.

    The number is a hash of the number of tokens and of sums of coarsely rounded hidden states; sums
    of integers are exact in any order. Another processor gives the same number, unless a hidden
    state that differs in its last bits is rounded to another integer, which is rare.
    """
    coarse = (x[..., :N_BINS] * 16).round().to(int64)
    total = (coarse * mask[..., None]).sum(1)  # [B, 8]
    number = mask.sum(1)
    for part in total.unbind(1):
        number = scramble(number ^ part)
    return Reading(number[:, None])


def nothing(attention: DepthwiseAttention, x: Tensor, mask: Tensor) -> Reading:
    """Return no features, [B, 0], for routers that do not depend on the text."""
    return Reading(x.new_zeros(len(x), 0))


Reader = Callable[[DepthwiseAttention, Tensor, Tensor], Reading]
READERS: dict[str, Reader] = {
    reader.__name__: reader for reader in (hidden, attention, statistics, content, nothing)
}


def reader_of(router: ModuleType) -> Reader:
    """Return the function that computes the input of a router, given as its module.

    It is the module's own function `read`, or without one the reader here that READS names.
    InputError where the module has neither.
    """
    own: Reader | None = getattr(router, "read", None)
    if own is not None:
        return own
    name = getattr(router, "READS", None)
    if name not in READERS:
        raise InputError(
            f"router {router.__name__}: READS is {name!r}; name one of {', '.join(READERS)}, or "
            "define `read` and `n_features` in the module"
        )
    return READERS[name]


def n_features(router: ModuleType, attention: DepthwiseAttention) -> int:
    """Return F, the number of features of a text that the reader of a router's module computes.

    A module with a function `read` of its own has a function `n_features(attention)` beside it.
    """
    if hasattr(router, "read"):
        return int(router.n_features(attention))
    sizes = {
        "hidden": len(attention.value),
        "attention": attention.n_heads * N_BINS**2,
        "statistics": attention.n_depths,
        "content": 1,
    }
    return sizes.get(router.READS, 0)


def scramble(number: Tensor) -> Tensor:
    """Return a hash of each int64 number in a tensor, of the same shape.

    It is the last step of the random generator SplitMix64 (Steele, Lea & Flood 2014).
    """
    number = number + -7046029254386353131
    number = (number ^ _shift_right(number, 30)) * -4658895280553007687
    number = (number ^ _shift_right(number, 27)) * -7723592293110705685
    return number ^ _shift_right(number, 31)


def _shift_right(number: Tensor, n_bits: int) -> Tensor:
    """Return the bits shifted right, filled with zeros; torch's own shift fills with the sign."""
    return (number >> n_bits) & ((1 << (64 - n_bits)) - 1)
