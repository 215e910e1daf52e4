"""Fast attention with depths: a text under one depth costs about as much as standard attention.

With the projection `full`, neighbouring texts of equal depth take one matrix product with the
packed weights [W_q; W_k] of their depth; attention itself is one fused call. With a strength below
1, the standard attention is computed too. A mixture adds up the outputs of one depth after another,
so that the attention matrices of all depths are never in memory together.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from maw.models.attention.depth_weights import DepthWeights
from maw.models.attention.layer_pass import LayerPass
from maw.models.attention.statistics import DepthStatistics, stat_logits
from maw.models.pooling import pooling_matrix


class DepthwiseAttention(DepthWeights):
    """Attention with D depths: D pairs of query and key projections, and values that depths share.

    With D = 1 and strength 1 it is standard attention. weights: the backbone's `query`, `key`,
    `value` [E, E] and, where it has them, their `_bias` [E]; missing biases are 0 and are not
    trained. noise: relative size of the noise with which every depth but depth 0 starts; the
    projection `split` has none. projection: configuration of how depths get their weights, `full`
    unless given. strength s: the output is 1 - s of standard attention plus s of the depths.
    dropout: probability with which an entry of the values is set to 0 in training.
    """

    def begin(self, x: Tensor, mask: Tensor) -> LayerPass:
        """Return a `LayerPass` of the texts x [B, L, E] through this attention.

        It holds the tensors that all depths use, so that they are computed once.
        mask [B, L], True = token.
        """
        x = self.read(x)
        return LayerPass(self, x, mask, self.kind.share(self.learned, x))

    def project(self, x: Tensor, depth: int) -> tuple[Tensor, Tensor]:
        """Return the queries and the keys [B, H, L, h] of texts x [B, L, E] under one depth.

        Their last axis is h / D where the projection cuts heads into slices, as `split` does.
        """
        return self.begin(x, x.new_ones(x.shape[:2], dtype=torch.bool)).project(depth)

    def forward(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Return the output [B, L, E] of each text under its own depth or a mixture of depths.

        x [B, L, E]; mask [B, L], True = token. depth [B], 0 to D - 1, or the weights [B, at most D]
        of a mixture. The output is blended with standard attention as `strength` says.
        """
        texts = self.begin(x, mask)
        if self.strength == 0:
            return texts.standard()
        return texts.blend(texts.output(depth) if depth.ndim == 1 else texts.mixture(depth))

    def mix(self, x: Tensor, mask: Tensor, weights: Tensor, outputs: tuple[Tensor, ...]) -> Tensor:
        """Return what `forward` returns for a mixture, from depth outputs that are known already.

        weights [B, at most D]: the mixture's weights. outputs: the depth outputs that `statistics`
        returned for the same x and mask.
        """
        texts = self.begin(x, mask)
        if self.strength == 0:
            return texts.standard()
        return texts.blend(texts.mixture(weights, outputs))

    def maps(self, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """Return each text's attention matrices [B, H, L, L] under its own depth, depth [B].

        They are those of the depth alone, before any blend with standard attention.
        """
        texts = self.begin(x, mask)
        return texts.scores(*texts.project(depth), depth).softmax(-1)

    def pooled(self, x: Tensor, mask: Tensor, n_bins: int = 8) -> Tensor:
        """Return attention averaged over depths and groups of tokens: [B, H, n_bins, n_bins].

        The tokens of a text are averaged in n_bins groups of neighbours, both as queries and as
        keys. This average is linear, so it is computed by attention whose values are the averaging
        matrix, and no matrix [L, L] is kept.
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
        """Return the `stat` router's logits [B, D], and the depth outputs computed on the way.

        The logits come from each depth's attention matrices. The outputs are for `mix`, which then
        need not compute them again. They are None in training, for backbones with positions inside
        the attention, and in a subclass with a `forward` of its own.
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
