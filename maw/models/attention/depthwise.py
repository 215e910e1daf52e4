"""Each text attends under one chosen depth here, at the price of standard attention.

Each run of texts of equal depth takes one matrix product with its packed [W_q; W_k], and attention
itself is one fused call. The five-axis tensor is never made: a mixture adds up depth by depth.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from maw.models.attention.depth_weights import DepthWeights
from maw.models.attention.layer_pass import LayerPass
from maw.models.attention.statistics import DepthStatistics, stat_logits
from maw.models.pooling import pooling_matrix


class DepthwiseAttention(DepthWeights):
    """This attention has D pairs of query and key projections and shared values.

    With D = 1 it is standard attention. strength s: the output is (1 - s) of the standard attention
    and s of the depths. dropout: probability with which an entry of the values is dropped in
    training. A backbone without biases of queries, keys and values gets none that learn.
    """

    def begin(self, x: Tensor, mask: Tensor) -> LayerPass:
        """Compute what all depths share for texts x [B, L, E] with mask [B, L], True = token."""
        x = self.read(x)
        return LayerPass(self, x, mask, self.kind.share(self.learned, x))

    def project(self, x: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Compute queries and keys [B, H, L, h] of one depth, of size h / D where heads are cut."""
        return self.begin(x, x.new_ones(x.shape[:2], dtype=torch.bool)).project(depth)

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Attend in each text under its own depth or under a mixture of depths: [B, L, E].

        x [B, L, E]; mask [B, L], True = token; depth [B], 0 to D-1, or weights [B, at most D].
        """
        texts = self.begin(x, mask)
        if self.strength == 0:
            return texts.standard()
        return texts.blend(texts.output(depth) if depth.ndim == 1 else texts.mixture(depth))

    def mix(self, x: Tensor, mask: Tensor, weights: Tensor, outputs: tuple[Tensor, ...]) -> Tensor:
        """Compute `forward` of a mixture whose depths' outputs are known: [B, L, E].

        outputs: what `statistics` returned for the same x and mask. weights [B, at most D].
        """
        texts = self.begin(x, mask)
        if self.strength == 0:
            return texts.standard()
        return texts.blend(texts.mixture(weights, outputs))

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Compute each text's attention under its chosen depth [B, H, L, L], for inspection."""
        texts = self.begin(x, mask)
        return texts.scores(*texts.project(depth), depth).softmax(-1)

    def pooled(self, x: Tensor, mask: Tensor, n_bins: int = 8) -> Tensor:
        """Average attention over depths and pool it to n_bins × n_bins: [B, H, n_bins, n_bins].

        Pooling is linear, so the pooled attention is attention with the pooling matrix as values.
        """
        matrix = pooling_matrix(mask, n_bins, dtype=x.dtype)  # [B, n_bins, L]
        texts = self.begin(x, mask)
        total = x.new_zeros(len(x), self.n_heads, x.shape[1], n_bins)
        for depth in range(self.n_depths):
            q, k = texts.project(depth)
            # torch's fused attention takes values of the keys' width only
            columns = pad(matrix.transpose(1, 2), (0, max(0, q.shape[-1] - n_bins)))
            columns = columns[:, None].expand(-1, self.n_heads, -1, -1)  # [B, H, L, >= n_bins]
            total += texts.attend(q, k, columns, depth)[..., :n_bins]
        return matrix[:, None] @ total / self.n_depths

    @torch.no_grad()
    def statistics(self, x: Tensor, mask: Tensor) -> DepthStatistics:
        """Compute the logits of the `stat` router from each depth's attention.

        Outside training the output of each depth is a by-product. `mix` takes it, so that a depth
        is not projected and attended twice.
        """
        texts = self.begin(x, mask)
        measured = [texts.statistics(depth) for depth in range(self.n_depths)]
        logits = stat_logits(
            torch.stack([statistics for statistics, _ in measured], 1), strength=self.strength
        )
        outputs = tuple(output for _, output in measured if output is not None)
        # `mix` would bypass the `forward` of a subclass that has its own
        reusable = len(outputs) == self.n_depths and (
            type(self).forward is DepthwiseAttention.forward
        )
        return DepthStatistics(logits, outputs if reusable else None)
