"""Averages over tokens leave the padding out."""

import torch
from torch.nn.functional import adaptive_avg_pool1d

from maw.models.pooling import mean_of_tokens, pooling_matrix

LENGTHS = [5, 1, 3]
MASK = torch.arange(5) < torch.tensor(LENGTHS)[:, None]
X = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))


def test_the_mean_is_that_of_the_real_tokens() -> None:
    expected = torch.stack([x[:n].mean(0) for x, n in zip(X, LENGTHS, strict=True)])
    torch.testing.assert_close(mean_of_tokens(X, MASK), expected)


def test_the_pooling_matrix_is_torchs_adaptive_pooling() -> None:
    for n_bins in (1, 2, 3, 8):
        pooled = pooling_matrix(MASK, n_bins, dtype=X.dtype) @ X  # [B, n_bins, E]
        for b, n in enumerate(LENGTHS):
            expected = adaptive_avg_pool1d(X[b, :n].T, n_bins).T
            torch.testing.assert_close(pooled[b], expected)
