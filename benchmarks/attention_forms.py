"""Each form of depth-wise attention with its router and output projection, as it is benchmarked.

All take x [B, L, E] and return [B, L, E]; the first, `sdpa`, is what the others are measured by.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.literal import attend_literally
from maw.models.attention.straight_through import ExactGates, Gates
from maw.models.routers.layers import perceptron
from maw.models.routers.reading import hidden as mean_hidden
from maw.settings import registry
from maw.theory.attentions import AttentionConfig, build

BATCH, HEAD, RANK, KV_HEADS = 8, 32, 8, 4
LITERAL_BYTES = 9e8  # of one five-axis tensor: beyond it the literal form takes minutes and 5 GB
AGAIN = "sdpa_again"  # the baseline a second time: how far its ratio is from 1 is noise


@dataclass(frozen=True)
class Setting:
    """One cell of the grid. mode: inference or training."""

    hidden: int
    L: int
    D: int
    mode: str

    @property
    def heads(self) -> int:
        """Of 32 features each, as in MiniLM."""
        return self.hidden // HEAD

    @property
    def kv_heads(self) -> int:
        """Of grouped-query attention."""
        return next(n for n in range(KV_HEADS, 0, -1) if self.heads % n == 0)


@dataclass(frozen=True)
class Form:
    """A way to compute it. module: whose gradients a training step makes."""

    name: str
    module: nn.Module
    call: Callable[[Tensor], Tensor]


class Layer(nn.Module):
    """Attention of one kind with its output projection and routers."""

    def __init__(self, setting: Setting, projection: str) -> None:
        super().__init__()
        E, D = setting.hidden, setting.D
        weights = {name: torch.randn(E, E) / E**0.5 for name in ("query", "key", "value")}
        weights |= {f"{name}_bias": torch.randn(E) for name in ("query", "key", "value")}
        kind = registry.parse("projections", {"kind": projection})
        self.attention = DepthwiseAttention(
            weights, heads=setting.heads, depths=D, noise=0.05, projection=kind
        )
        self.fused = nn.Parameter(torch.randn(3 * E, E) / E**0.5)
        self.fused_bias = nn.Parameter(torch.randn(3 * E))
        self.output = nn.Linear(E, E)
        self.by_hidden = perceptron([E, 64, 32, D])
        self.by_attention = perceptron([setting.heads * 64, 64, D])
        self.register_buffer("mask", torch.ones(BATCH, setting.L, dtype=torch.bool))
        # texts choose differently: the dearest case
        self.register_buffer("depth", torch.arange(BATCH) % D)

    def sdpa(self, x: Tensor) -> Tensor:
        """The baseline: one product for queries, keys and values, torch's fused attention."""
        return self.output(self.fused_attention(x).transpose(1, 2).reshape(x.shape))

    def fused_attention(self, x: Tensor) -> Tensor:
        """[B, H, L, h]. Apart, so that queries and keys are gone before the output projection."""
        q, k, v = (
            self.attention.split(part)
            for part in linear(x, self.fused, self.fused_bias).chunk(3, -1)
        )
        return scaled_dot_product_attention(q, k, v, attn_mask=self.mask[:, None, None])

    def lazy(self, x: Tensor) -> Tensor:
        """The depth that a hidden-state router chose, alone. The router runs, its choice is set."""
        self.gates(x).argmax(-1)
        return self.output(self.attention(x, self.mask, self.depth))

    def policy_gradient(self, x: Tensor) -> Tensor:
        """One sampled depth: ordinary gradients through it."""
        return self.output(self.attention(x, self.mask, self.depth))

    def pooled(self, x: Tensor) -> Tensor:
        """A router that reads the attention of all depths, then the chosen depth."""
        with torch.no_grad():
            features = self.attention.pooled(x, self.mask).flatten(1)
        self.by_attention(features).argmax(-1)
        return self.output(self.attention(x, self.mask, self.depth))

    def gates(self, x: Tensor) -> Tensor:
        """A hidden-state router's probabilities [B, D]."""
        return self.by_hidden(mean_hidden(self.attention, x.detach(), self.mask)).softmax(-1)

    def two_depths(self, x: Tensor) -> Tensor:
        """Straight-through over the chosen depth and one other."""
        soft, other = self.gates(x), (self.depth + 1) % self.attention.depths
        gates = Gates(soft[:, 0], other, soft[:, -1])
        return self.output(gates.attend(self.attention, x, self.mask, self.depth))

    def exact(self, x: Tensor) -> Tensor:
        """Straight-through over all depths."""
        gates = ExactGates(self.gates(x))
        return self.output(gates.attend(self.attention, x, self.mask, self.depth))

    def uniform(self, x: Tensor) -> Tensor:
        """The mean over depths."""
        weights = x.new_full((BATCH, self.attention.depths), 1 / self.attention.depths)
        return self.output(self.attention(x, self.mask, weights))

    def stat(self, x: Tensor) -> Tensor:
        """A mixture by what each depth's attention is like."""
        weights = self.attention.stat_logits(x.detach(), self.mask).softmax(-1)
        return self.output(self.attention(x, self.mask, weights))

    def literal(self, x: Tensor) -> Tensor:
        """The five-axis tensor, all depths, one-hot weights with a softmax's gradient."""
        attention, soft = self.attention, self.gates(x)
        begun = attention.begin(x, self.mask)
        pairs = [begun.project(depth) for depth in range(attention.depths)]
        q, k = (torch.stack(part, -1) for part in zip(*pairs, strict=True))
        weights = torch.zeros_like(soft).scatter(1, self.depth[:, None], 1) + soft - soft.detach()
        y, _ = attend_literally(q, k, begun.v, weights=weights, mask=self.mask)
        return self.output(y.transpose(1, 2).reshape(x.shape))


def forms(
    setting: Setting, *, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> list[Form]:
    """The baseline first. The same weights on every device and in every precision."""
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
    found = [Form(name, full, getattr(full, name.removesuffix("_again"))) for name in names]
    chosen = "lazy" if inference else "policy_gradient"
    found += [
        Form(name, layer, getattr(layer, chosen))
        for name, layer in (("diagonal", diagonal), ("low_rank", low_rank))
    ]
    return found + [
        _other(setting, kind, placed) for kind in ("multi_query", "grouped_query", "linear")
    ]


def _other(setting: Setting, kind: str, placed: Callable[[nn.Module], nn.Module]) -> Form:
    """An attention without depths, as the theory page has it."""
    config = AttentionConfig(
        kind,  # type: ignore[arg-type]
        hidden=setting.hidden,
        heads=setting.heads,
        kv_heads=setting.kv_heads,
    )
    module = placed(build(config))
    mask = torch.ones(BATCH, setting.L, dtype=torch.bool, device=next(module.parameters()).device)
    return Form(kind, module, lambda x: module(x, mask))
