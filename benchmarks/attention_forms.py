"""The forms of depth-wise attention that are benchmarked, each with router and output projection.

Each form takes x [B, L, E] and returns [B, L, E]; the first, `sdpa`, is the baseline of the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.literal import attend_literally
from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.pooling import mean_of_tokens
from maw.models.routers.layers import perceptron
from maw.settings import registry
from maw.theory.attentions import AttentionConfig, build

BATCH, HEAD, RANK, KV_HEADS = 8, 32, 8, 4
LITERAL_BYTES = 9e8  # a larger five-axis tensor would take minutes and 5 GB in the literal form
AGAIN = "sdpa_again"  # the baseline a second time: the distance of its ratio from 1 is noise


@dataclass(frozen=True)
class Setting:
    """One point of the grid. mode: "inference" or "training"."""

    hidden: int
    L: int
    D: int
    mode: str

    @property
    def heads(self) -> int:
        """Number of heads, of 32 features each, as in MiniLM."""
        return self.hidden // HEAD

    @property
    def kv_heads(self) -> int:
        """Number of key-value heads of grouped-query attention."""
        return next(n for n in range(KV_HEADS, 0, -1) if self.heads % n == 0)


@dataclass(frozen=True)
class Form:
    """One way to compute the attention. module: holds the parameters of a training step."""

    name: str
    module: nn.Module
    call: Callable[[Tensor], Tensor]


class Layer(nn.Module):
    """Attention of one kind with its output projection and routers."""

    mask: Tensor
    depth: Tensor

    def __init__(self, setting: Setting, projection: str) -> None:
        super().__init__()
        E, D = setting.hidden, setting.D
        weights = {name: torch.randn(E, E) / E**0.5 for name in ("query", "key", "value")}
        weights |= {f"{name}_bias": torch.randn(E) for name in ("query", "key", "value")}
        kind = registry.parse("projections", {"kind": projection})
        self.attention = DepthwiseAttention(
            weights, n_heads=setting.heads, n_depths=D, noise=0.05, projection=kind
        )
        self.fused = nn.Parameter(torch.randn(3 * E, E) / E**0.5)
        self.fused_bias = nn.Parameter(torch.randn(3 * E))
        self.output = nn.Linear(E, E)
        self.by_hidden = perceptron([E, 64, 32, D])
        self.by_attention = perceptron([setting.heads * 64, 64, D])
        self.register_buffer("mask", torch.ones(BATCH, setting.L, dtype=torch.bool))
        # the texts of a batch choose different depths, which is the dearest case
        self.register_buffer("depth", torch.arange(BATCH) % D)

    def projected(self, attended: Tensor) -> Tensor:
        """Apply the output projection to attended values [B, L, E]."""
        y: Tensor = self.output(attended)
        return y

    def sdpa(self, x: Tensor) -> Tensor:
        """Compute the baseline: one product for Q, K and V, and torch's fused attention."""
        return self.projected(self.fused_attention(x).transpose(1, 2).reshape(x.shape))

    def fused_attention(self, x: Tensor) -> Tensor:
        """Return [B, H, L, h]; a method of its own frees queries and keys before the projection."""
        q, k, v = (
            self.attention.split(part)
            for part in linear(x, self.fused, self.fused_bias).chunk(3, -1)
        )
        return scaled_dot_product_attention(q, k, v, attn_mask=self.mask[:, None, None])

    def lazy(self, x: Tensor) -> Tensor:
        """Compute one depth of each text after a hidden-state router ran; the choice is fixed."""
        self.gates(x).argmax(-1)
        return self.projected(self.attention(x, self.mask, self.depth))

    def policy_gradient(self, x: Tensor) -> Tensor:
        """Compute one sampled depth with ordinary gradients."""
        return self.projected(self.attention(x, self.mask, self.depth))

    def pooled(self, x: Tensor) -> Tensor:
        """Let a router read the attention of all depths, then compute the chosen depth."""
        with torch.no_grad():
            features = self.attention.pooled(x, self.mask).flatten(1)
        self.by_attention(features).argmax(-1)
        return self.projected(self.attention(x, self.mask, self.depth))

    def gates(self, x: Tensor) -> Tensor:
        """Return a hidden-state router's probabilities [B, D]."""
        logits: Tensor = self.by_hidden(mean_of_tokens(x.detach(), self.mask))
        return logits.softmax(-1)

    def two_depths(self, x: Tensor) -> Tensor:
        """Compute straight-through gradients over the chosen depth and one other."""
        soft, other = self.gates(x), (self.depth + 1) % self.attention.n_depths
        gates = Gates(soft[:, 0], other, soft[:, -1])
        return self.projected(gates.attend(self.attention, x, self.mask, self.depth))

    def exact(self, x: Tensor) -> Tensor:
        """Compute straight-through gradients over all depths."""
        gates = ExactGates(self.gates(x))
        return self.projected(gates.attend(self.attention, x, self.mask, self.depth))

    def uniform(self, x: Tensor) -> Tensor:
        """Compute the mean over all depths."""
        weights = x.new_full((BATCH, self.attention.n_depths), 1 / self.attention.n_depths)
        return self.projected(self.attention(x, self.mask, weights))

    def stat(self, x: Tensor) -> Tensor:
        """Mix all depths with weights from the statistics of each depth's attention."""
        statistics = self.attention.statistics(x.detach(), self.mask)
        weights, outputs = statistics.logits.softmax(-1), statistics.depth_outputs
        if torch.is_grad_enabled() or outputs is None:
            return self.projected(self.attention(x, self.mask, weights))
        return self.projected(self.attention.mix(x, self.mask, weights, outputs))

    def literal(self, x: Tensor) -> Tensor:
        """Compute the five-axis tensor of all depths; one-hot weights, a softmax's gradient."""
        attention, soft = self.attention, self.gates(x)
        begun = attention.begin(x, self.mask)
        pairs = [begun.project(depth) for depth in range(attention.n_depths)]
        q, k = (torch.stack(part, -1) for part in zip(*pairs, strict=True))
        weights = torch.zeros_like(soft).scatter(1, self.depth[:, None], 1) + soft - soft.detach()
        y, _ = attend_literally(q, k, begun.v, weights=weights, mask=self.mask)
        return self.projected(y.transpose(1, 2).reshape(x.shape))


def forms(
    setting: Setting, *, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> list[Form]:
    """Return all forms of a setting, the baseline first.

    The weights are the same on every device and in every precision.
    """
    torch.manual_seed(0)

    def placed(module: nn.Module) -> nn.Module:
        return module.to(device=device, dtype=dtype)

    full, diagonal, low_rank = (
        placed(Layer(setting, kind)) for kind in ("full", "diagonal", "low_rank")
    )
    inference = setting.mode == "inference"
    names = ["sdpa", AGAIN]
    names += ["lazy", "pooled"] if inference else ["policy_gradient", "exact"]
    if not inference and setting.D > 1:
        names.append("two_depths")
    names += ["uniform", "stat"]
    if 4 * BATCH * setting.heads * setting.L**2 * setting.D <= LITERAL_BYTES:
        names.append("literal")
    all_forms = [Form(name, full, getattr(full, name.removesuffix("_again"))) for name in names]
    one_depth = "lazy" if inference else "policy_gradient"
    all_forms += [
        Form(name, layer, getattr(layer, one_depth))
        for name, layer in (("diagonal", diagonal), ("low_rank", low_rank))
    ]
    return all_forms + [
        _other(setting, kind, placed) for kind in ("multi_query", "grouped_query", "linear")
    ]


def _other(setting: Setting, kind: str, placed: Callable[[nn.Module], nn.Module]) -> Form:
    """Return an attention without depths, as on the theory page."""
    config = AttentionConfig(
        kind,  # type: ignore[arg-type]
        hidden=setting.hidden,
        heads=setting.heads,
        kv_heads=setting.kv_heads,
    )
    module = placed(build(config))
    mask = torch.ones(BATCH, setting.L, dtype=torch.bool, device=next(module.parameters()).device)
    return Form(kind, module, lambda x: module(x, mask))
