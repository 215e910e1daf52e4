"""A classification head turns the hidden states of a pair into its score.

BERT's pooler and classifier, RoBERTa's and MPNet's classifier, DeBERTa's context pooler and
ModernBERT's prediction head are the same module with other activations, one of them with a norm.
"""

from collections.abc import Mapping

from torch import Tensor, nn

from maw.models.encoders.form import ACTIVATIONS
from maw.models.encoders.layer import linear_of, norm_of
from maw.models.pooling import mean_of_tokens


class Head(nn.Module):
    """The head is a dense layer, an activation, an optional norm, and an output layer.

    tensors: `dense.weight` [E, E], `out.weight` [n, E], `norm.weight` [E], their biases where they
    have any. activation: a name in `maw.models.encoders.form`. mean: True reads the mean over
    tokens, False the first token.
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
        """Score texts x [B, L, E] with mask [B, L]: [B, n]. Padding never counts."""
        pooled = mean_of_tokens(x, mask) if self.mean else x[:, 0]
        scores: Tensor = self.out(self.norm(ACTIVATIONS[self.activation](self.dense(pooled))))
        return scores
