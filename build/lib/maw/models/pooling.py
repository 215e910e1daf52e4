"""One vector, or a few, from the hidden states of a text's tokens, without its padding."""

from collections.abc import Callable

import torch
from torch import Tensor


def mean_of_tokens(x: Tensor, mask: Tensor) -> Tensor:
    """Return the mean hidden state [B, E] of each text's tokens.

    x [B, L, E]; mask [B, L], True = token.
    """
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def first_token(x: Tensor, mask: Tensor) -> Tensor:
    """Return the hidden state [B, E] of each text's first token: [CLS] in BERT.

    x [B, L, E]; mask [B, L], True = token; padding comes after the tokens.
    """
    return x[:, 0]


def largest_of_tokens(x: Tensor, mask: Tensor) -> Tensor:
    """Return the largest value [B, E] of each component over each text's tokens.

    x [B, L, E]; mask [B, L], True = token.
    """
    return x.masked_fill(~mask[..., None], -torch.inf).amax(1)


POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {  # by sentence-transformers' names
    "mean": mean_of_tokens,
    "cls": first_token,
    "max": largest_of_tokens,
}


def pooling_matrix(mask: Tensor, n_bins: int, *, dtype: torch.dtype) -> Tensor:
    """Return the matrix [B, n_bins, L] whose product averages a text's tokens in n_bins bins.

    Bin i of a text of n tokens covers floor(i·n / n_bins) to ceil((i + 1)·n / n_bins), as in
    torch's AdaptiveAvgPool1d. mask [B, L], True = token; padding comes after the tokens.
    """
    n_tokens = mask.sum(1)[:, None]  # [B, 1]
    bins = torch.arange(n_bins, device=mask.device)
    start = bins * n_tokens // n_bins  # [B, n_bins]
    stop = -(-(bins + 1) * n_tokens // n_bins)
    token = torch.arange(mask.shape[1], device=mask.device)
    inside = (token >= start[..., None]) & (token < stop[..., None])
    return inside.to(dtype) / (stop - start)[..., None]
