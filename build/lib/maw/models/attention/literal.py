"""Multi-Attention-Weight (MAW) attention, written out: this page defines what the package computes.

Standard attention has one attention matrix for each text and head. Its row i says how much each
token j contributes to the new vector of token i:

    A[i, j]    = softmax over j of (Q[i] · K[j]) / √h             Y = A V

MAW attention has D such matrices, called depths. Each depth d has query and key projections of its
own; all depths share the values:

    A[i, j, d] = softmax over j of (Q_d[i] · K_d[j]) / √h         Y = Σ_d g_d A[:, :, d] V

The weights g of a text come from a router. If g is one-hot, the router has chosen one depth; if
not, the output is a mixture of depths.

For all texts and heads together A has five axes, [B, H, L, L, D]. It is too large for long texts,
so this page is for reading and for tests: each fast form is tested against it.

Shape letters: B texts, L tokens, E hidden size, H heads, h = E / H head size, D depths.
"""

import torch
from torch import Tensor, nn

TEMPERATURE = (
    0.5  # of the Gumbel-softmax draw by which the router learns, as in the original MAW code
)


def attend_literally(
    q: Tensor, k: Tensor, v: Tensor, *, weights: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the output of attention with depths, and the attention matrices of every depth.

    q, k [B, H, L, h, D]: queries and keys of each depth. v [B, H, L, h]: values.
    weights [B, D]: how much each depth counts in each text. mask [B, L], True = token.
    Returns Y [B, H, L, h] and A [B, H, L, L, D], whose rows A[b, n, i, :, d] sum to 1.
    """
    # Einstein indices: b text, n head, i query token, j key token, x feature of the head, d depth
    scores = torch.einsum("bnixd,bnjxd->bnijd", q, k) / q.shape[3] ** 0.5
    scores = scores.masked_fill(~mask[:, None, None, :, None], float("-inf"))  # padding: weight 0
    A = scores.softmax(dim=3)
    mixed = torch.einsum("bnijd,bd->bnij", A, weights)
    return mixed @ v, A


class MAWAttention(nn.Module):
    """The attention layer of the original MAW code: D free query and key projections and a router.

    hidden_dim: E. num_heads: H, a divisor of E. depth_dim: D, the head size E / H unless given.
    dropout: probability with which an entry of the values is set to 0 in training.
    """

    def __init__(
        self, hidden_dim: int, num_heads: int, depth_dim: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if hidden_dim % num_heads:
            raise ValueError(
                f"hidden_dim {hidden_dim} is not a multiple of num_heads {num_heads}; "
                "give a number of heads that divides it"
            )
        self.num_heads = num_heads
        self.depth_dim = depth_dim or hidden_dim // num_heads
        self.Q_depth = nn.Linear(hidden_dim, hidden_dim * self.depth_dim)
        self.K_depth = nn.Linear(hidden_dim, hidden_dim * self.depth_dim)
        self.value = nn.Linear(hidden_dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, hidden_dim)
        self.router = nn.Linear(hidden_dim, self.depth_dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the layer's output [B, L, E], each text under the depth that the router chooses.

        x [B, L, E]: hidden states. mask [B, L], True = token; without it every position is a token.
        """
        B, L, E = x.shape
        H, D = self.num_heads, self.depth_dim
        mask = x.new_ones(B, L, dtype=torch.bool) if mask is None else mask.bool()
        q = self.Q_depth(x).view(B, L, H, E // H, D).transpose(1, 2)  # [B, H, L, h, D]
        k = self.K_depth(x).view(B, L, H, E // H, D).transpose(1, 2)  # [B, H, L, h, D]
        v = self.value(x).view(B, L, H, E // H).transpose(1, 2)  # [B, H, L, h]
        weights = self.choose(x, mask)
        y, _ = attend_literally(q, k, self.dropout(v), weights=weights, mask=mask)
        output: Tensor = self.output(y.transpose(1, 2).reshape(B, L, E))  # heads side by side
        return output

    def choose(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return one-hot weights [B, D]: 1 for the depth that the router chooses for each text.

        The router reads the mean hidden state of the text's tokens. In evaluation it chooses the
        likeliest depth. In training the depth is drawn by straight-through Gumbel-softmax: the
        weights are one-hot, but their gradient is that of the softmax, so that the router learns
        although one depth is chosen.
        """
        mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)  # [B, E], without padding
        logits = self.router(mean)
        if self.training:
            return nn.functional.gumbel_softmax(logits, tau=TEMPERATURE, hard=True)
        return nn.functional.one_hot(logits.argmax(-1), self.depth_dim).to(x)
