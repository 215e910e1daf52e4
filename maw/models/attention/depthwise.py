"""How does attention run when each text has chosen one depth? At the price of standard attention.

Each run of texts of equal depth does one matrix product with its packed [W_q; W_k]; attention
itself is one fused call. The five-axis tensor is never made: a mixture streams depth by depth.
"""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from maw.models.attention.depth_weights import DepthWeights
from maw.models.attention.layer_pass import Pass
from maw.models.attention.statistics import stat_logits


class DepthwiseAttention(DepthWeights):
    """D pairs of query and key projections, shared values. D = 1 is standard attention.

    strength s: (1 - s) of the standard attention and s of the depths. dropout acts on the values,
    in training. Weights are kept per depth: one that no text of a batch chose gets no gradient.
    A backbone without biases of queries, keys and values gets none that learn. `settle` says where
    in a backbone the attention is.
    """

    looked_at: tuple[Tensor, list[Tensor]] | None = None

    def begin(self, x: Tensor, mask: Tensor) -> "Pass":
        """What all depths share, computed once."""
        x = self.read(x)
        return Pass(self, x, mask, self.kind.share(self.learned, x))

    def project(self, x: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Queries and keys [B, H, L, h] of one depth; h / D of them where heads are split."""
        return self.begin(x, x.new_ones(x.shape[:2], dtype=torch.bool)).project(depth)

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Each text under its own depth, or a mixture of depths. Returns [B, L, E].

        x [B, L, E]; mask [B, L], True = token; depth [B], 0 to D-1, or weights [B, at most D].
        """
        begun = self.begin(x, mask)
        looked_at, self.looked_at = self.looked_at, None
        if self.strength == 0:
            return begun.standard()
        if looked_at is not None and looked_at[0] is x and not torch.is_grad_enabled():
            begun = replace(begun, known=looked_at[1])
        return begun.blend(begun.each(depth) if depth.ndim == 1 else begun.mixture(depth))

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """The chosen depth's attention [B, H, Lq, Lk]: for rewards and for looking at."""
        begun = self.begin(x, mask)
        return begun.scores(*begun.project(depth), depth).softmax(-1)

    def pooled(self, x: Tensor, mask: Tensor, bins: int = 8) -> Tensor:
        """Attention, mean over depths, average-pooled to bins × bins: [B, H, bins, bins].

        Pooling is linear, so the pooled attention is attention with the pooling matrix as values,
        as wide as a head: torch's fused attention takes values of no other width than the keys'.
        """
        pool = pooling(mask, bins, dtype=x.dtype)  # [B, bins, L]
        begun = self.begin(x, mask)
        total = x.new_zeros(len(x), self.heads, x.shape[1], bins)
        for depth in range(self.depths):
            q, k = begun.project(depth)
            wide = pad(pool.transpose(1, 2), (0, max(0, q.shape[-1] - bins)))
            columns = wide[:, None].expand(-1, self.heads, -1, -1)  # [B, H, L, at least bins]
            total += begun.attend(q, k, columns, depth)[..., :bins]
        return pool[:, None] @ total / self.depths

    @torch.no_grad()
    def stat_logits(self, x: Tensor, mask: Tensor) -> Tensor:
        """How much each depth should count by its attention's statistics: logits [B, D].

        Outside training the depths' outputs are kept for the mixture of the same x, if it is next:
        else each depth would be projected and attended twice.
        """
        begun = self.begin(x, mask)
        found, outputs = zip(
            *(begun.statistics(depth) for depth in range(self.depths)), strict=True
        )
        self.looked_at = None if any(y is None for y in outputs) else (x, list(outputs))
        return stat_logits(torch.stack(found, 1), strength=self.strength)


def pooling(mask: Tensor, bins: int, *, dtype: torch.dtype) -> Tensor:
    """Adaptive average pooling over a text's real tokens, as a matrix [B, bins, L].

    Bin i of n tokens covers floor(i·n/bins) to ceil((i+1)·n/bins), as torch's AdaptiveAvgPool1d.
    """
    n = mask.sum(1)[:, None]  # [B, 1]
    edge = torch.arange(bins, device=mask.device)
    start, stop = edge * n // bins, -(-(edge + 1) * n // bins)  # [B, bins]
    token = torch.arange(mask.shape[1], device=mask.device)
    inside = (token >= start[..., None]) & (token < stop[..., None])
    return inside.to(dtype) / (stop - start)[..., None]
