"""These averages over the tokens of a text leave its padding out."""

import torch
from torch import Tensor


def mean_of_tokens(x: Tensor, mask: Tensor) -> Tensor:
    """Average the hidden states of each text's tokens: x [B, L, E], mask [B, L] -> [B, E]."""
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def pooling_matrix(mask: Tensor, n_bins: int, *, dtype: torch.dtype) -> Tensor:
    """Write adaptive average pooling over a text's tokens as a matrix [B, n_bins, L].

    Bin i of n tokens covers floor(i·n / n_bins) to ceil((i + 1)·n / n_bins), as in torch's
    AdaptiveAvgPool1d. mask [B, L], True = token.
    """
    n_tokens = mask.sum(1)[:, None]  # [B, 1]
    bins = torch.arange(n_bins, device=mask.device)
    start = bins * n_tokens // n_bins  # [B, n_bins]
    stop = -(-(bins + 1) * n_tokens // n_bins)
    token = torch.arange(mask.shape[1], device=mask.device)
    inside = (token >= start[..., None]) & (token < stop[..., None])
    return inside.to(dtype) / (stop - start)[..., None]
