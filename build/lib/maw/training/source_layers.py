"""The attention layers of the original MAW code, under its names and with its arguments.

They are for use from Python, through `maw.source`. The systems of a suite have the layers of
`maw.models.attention`, which start from the weights of a backbone.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from maw.models.attention import literal, plain
from maw.models.attention.straight_through import ExactGates
from maw.models.encoders.cross_encoder_with_maw import gating_router, seeded_generator
from maw.models.routers import reading
from maw.models.routers.choosing import argmax, gumbel
from maw.settings import registry
from maw.training.source_routers import GRPORouter


class MAWAttention(literal.MAWAttention):
    """The attention layer of the source: as many depths as a head has dimensions, GRPO router.

    hidden_dim: E. num_heads: H, a divisor of E. dropout: probability with which an entry of the
    values is set to 0 in training. depth_dim: D, the head size E / H unless given.
    The output is that of the depth that the router chooses by the mean hidden state of the text's
    tokens, without padding. The router learns in two ways: by the gradient of the layer's output,
    which passes through its hard Gumbel draw, and by `router.compute_grpo_loss`. ValueError where
    hidden_dim is no multiple of num_heads.
    """

    def __init__(
        self,
        hidden_dim: int = 768,
        num_heads: int = 12,
        dropout: float = 0.1,
        *,
        depth_dim: int | None = None,
    ) -> None:
        super().__init__(hidden_dim, num_heads, depth_dim, dropout)
        self.query = nn.Linear(hidden_dim, hidden_dim)
        self.key = nn.Linear(hidden_dim, hidden_dim)
        # in place of the literal layer's linear router, which is called in the same way
        self.router = GRPORouter(hidden_dim, self.depth_dim)  # type: ignore[assignment]

    def standard(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the layer's output [B, L, E] by standard attention, which no depth enters.

        It has the layer's own queries, keys, values and output projection. x, mask: as in
        `forward`.
        """
        B, L, E = x.shape
        mask = x.new_ones(B, L, dtype=torch.bool) if mask is None else mask.bool()
        q, k, v = (
            part(x).view(B, L, self.num_heads, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        y = scaled_dot_product_attention(q, k, self.dropout(v), attn_mask=mask[:, None, None, :])
        output: Tensor = self.output(y.transpose(1, 2).reshape(B, L, E))
        return output


class DepthwiseMAWSelfAttention(nn.Module):
    """Self-attention whose output is a blend of standard attention and of D depths.

    hidden_dim: E. num_heads: H, a divisor of E. depth_dim: D, a divisor of the head size E / H: a
    depth is one of D slices of each head. maw_strength: share s of the depths in the output, 1 − s
    is standard attention. gating_mode: which depths count for a text, as in `CrossEncoderWithMAW`:
    `stat`, `uniform`, `random`, `argmax` and others. The weights are new, as those of nn.Linear.
    There is no output projection, as in the self-attention of BERT. InputError for a number of
    depths that does not divide the head size, and for an unknown gating mode.
    """

    def __init__(
        self,
        hidden_dim: int,
        num_heads: int,
        depth_dim: int = 8,
        maw_strength: float = 0.15,
        gating_mode: str = "stat",
    ) -> None:
        super().__init__()
        config = registry.parse(
            "attention",
            {
                "kind": "maw",
                "depths": depth_dim,
                "strength": maw_strength,
                "projection": {"kind": "split"},
            },
        )
        weights = {}
        for name in ("query", "key", "value"):
            layer = nn.Linear(hidden_dim, hidden_dim)
            weights[name], weights[f"{name}_bias"] = layer.weight.detach(), layer.bias.detach()
        self.attention = plain.build(config, weights, n_heads=num_heads)
        router = gating_router(gating_mode)
        kind = registry.module_of(router)
        self.reader, self.mixes, self.learns = reading.reader_of(kind), kind.MIXES, kind.LEARNS
        n_features = reading.n_features(kind, self.attention)
        self.router: nn.Module = kind.build(router, n_features=n_features, n_depths=depth_dim)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the output [B, L, E] of each text under the depths that count for it.

        x [B, L, E]: hidden states. mask [B, L], 1 = token; without it every position is a token.
        In training, a router that learns draws its depth and gets the exact gradient.
        """
        mask = x.new_ones(x.shape[:2], dtype=torch.bool) if mask is None else mask.bool()
        with torch.no_grad():
            features = self.reader(self.attention, x, mask).features
        logits = self.router(features)
        if self.learns and self.training:
            choice = gumbel(logits, tau=literal.TEMPERATURE, generator=seeded_generator())
            return ExactGates(choice.soft).attend(self.attention, x, mask, choice.depth)
        depths = logits.softmax(-1) if self.mixes else argmax(logits)[0]
        output: Tensor = self.attention(x, mask, depths)
        return output
