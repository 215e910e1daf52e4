"""A classification head turns the hidden states of a pair into its score.

The heads of all supported architectures are this one module: BERT's pooler and classifier,
RoBERTa's and MPNet's classifier, DeBERTa's context pooler, and ModernBERT's prediction head. They
differ in the activation; ModernBERT's also has a norm, and reads the mean over tokens where its
config.json says so, while the others read the first token.
"""

from collections.abc import Mapping

from torch import Tensor, nn

from maw.models.encoders.form import ACTIVATIONS
from maw.models.encoders.layer import linear_of, norm_of
from maw.models.pooling import mean_of_tokens


class Head(nn.Module):
    """A classification head: a dense layer, an activation, a norm or none, and an output layer.

    tensors: `dense.weight` [E, E], `out.weight` [n, E], n scores of a text, `norm.weight` [E] if
    there is a norm, and their biases where they have any. activation: a name in ACTIVATIONS of
    `maw.models.encoders.form`. mean: True reads the mean over tokens, False the first token.
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
        """Return the scores [B, n] of texts x [B, L, E]; mask [B, L], True = token."""
        pooled = mean_of_tokens(x, mask) if self.mean else x[:, 0]
        scores: Tensor = self.out(self.norm(ACTIVATIONS[self.activation](self.dense(pooled))))
        return scores
