"""What is Multi-Attention-Weight attention? The five-axis tensor, written out.

A[B, H, Lq, Lk, D] holds one softmax over keys per depth; the values are shared; weights g[B, D]
say how much each depth counts. Every fast form is tested against this page, which is never fast.
"""

import torch
from torch import Tensor, nn


def attend_literally(
    q: Tensor, k: Tensor, v: Tensor, *, weights: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Attention of every depth, and their weighted sum.

    q, k [B, H, L, h, D]; v [B, H, L, h]; weights [B, D]; mask [B, L], True = token.
    Returns the mixture [B, H, L, h] and A [B, H, Lq, Lk, D], each A[b, h, i, :, d] summing to 1.
    """
    scores = torch.einsum("bhixd,bhjxd->bhijd", q, k) / q.shape[3] ** 0.5  # [B, H, Lq, Lk, D]
    scores = scores.masked_fill(~mask[:, None, None, :, None], float("-inf"))
    A = scores.softmax(dim=3)
    selected = torch.einsum("bhijd,bd->bhij", A, weights)
    return selected @ v, A


class MAWAttention(nn.Module):
    """The source's layer: D free query and key projections, a router, one chosen depth per text.

    depth_dim is hidden_dim // num_heads unless given. Dropout acts on the values.
    """

    def __init__(
        self, hidden_dim: int, num_heads: int, depth_dim: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if hidden_dim % num_heads:
            raise ValueError(f"hidden_dim {hidden_dim} is not a multiple of num_heads {num_heads}")
        self.num_heads = num_heads
        self.depth_dim = depth_dim or hidden_dim // num_heads
        self.Q_depth = nn.Linear(hidden_dim, hidden_dim * self.depth_dim)
        self.K_depth = nn.Linear(hidden_dim, hidden_dim * self.depth_dim)
        self.value = nn.Linear(hidden_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, hidden_dim)
        self.router = nn.Linear(hidden_dim, self.depth_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x [B, L, E]; mask [B, L], True = token (all, unless given). Returns [B, L, E]."""
        B, L, E = x.shape
        H, D = self.num_heads, self.depth_dim
        mask = x.new_ones(B, L, dtype=torch.bool) if mask is None else mask.bool()
        q = self.Q_depth(x).view(B, L, H, E // H, D).transpose(1, 2)  # [B, H, L, h, D]
        k = self.K_depth(x).view(B, L, H, E // H, D).transpose(1, 2)
        v = self.value(x).view(B, L, H, E // H).transpose(1, 2)  # [B, H, L, h]
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)  # [B, E]
        logits = self.router(pooled)
        if self.training:  # straight-through: the router learns although one depth is chosen
            weights = nn.functional.gumbel_softmax(logits, tau=0.5, hard=True)
        else:
            weights = nn.functional.one_hot(logits.argmax(-1), D).to(x)
        y, _ = attend_literally(q, k, self.dropout(v), weights=weights, mask=mask)
        y = y.transpose(1, 2).reshape(B, L, E)
        output: Tensor = self.output(y)
        return output
