"""From a pair's hidden states to its score: one token's or the mean, two linear layers.

BERT's pooler and classifier, RoBERTa's and MPNet's classifier, DeBERTa's context pooler,
ModernBERT's prediction head: the same module with other activations, one of them with a norm.
"""

from collections.abc import Mapping

from torch import Tensor, nn

from maw.models.encoders.form import ACTIVATIONS
from maw.models.encoders.layer import linear_of, norm_of


class Head(nn.Module):
    """dense, activation, norm where there is one, out.

    tensors: `dense.weight` [E, E], `out.weight` [n, E], `norm.weight` [E], their biases where they
    have any. activation: a name in `maw.models.encoders.form`. mean: over tokens, not the first.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        *,
        activation: str = "tanh",
        mean: bool = False,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.dense = linear_of(tensors, "dense")
        self.norm = norm_of(tensors, "norm", eps=eps)
        self.out = linear_of(tensors, "out")
        self.activation, self.mean = activation, mean

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B, L, E], mask [B, L] -> scores [B, n]; padding never counts."""
        pooled = x[:, 0]
        if self.mean:
            pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        scores: Tensor = self.out(self.norm(ACTIVATIONS[self.activation](self.dense(pooled))))
        return scores
