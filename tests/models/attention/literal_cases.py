"""Small attentions of every kind, and the five-axis form computed from their parameters."""

from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import one_hot

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.literal import attend_literally
from maw.settings import registry

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
KINDS = ("full", "low_rank", "diagonal", "split")


@dataclass(frozen=True)
class Case:
    """x [B, L, E], mask [B, L], depth [B], and an attention whose depths differ much."""

    attention: DepthwiseAttention
    x: Tensor
    mask: Tensor
    depth: Tensor
    lengths: list[int]

    @property
    def parameters(self) -> dict[str, Tensor]:
        return {"x": self.x, **dict(self.attention.named_parameters())}

    @property
    def chosen(self) -> Tensor:
        return one_hot(self.depth, self.attention.n_depths).to(self.x)


def case(
    lengths: list[int],
    depths: list[int],
    *,
    H: int = 2,
    h: int = 4,
    D: int,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
    kind: str = "full",
    **options: Any,
) -> Case:
    torch.manual_seed(seed)
    B, L, E = len(lengths), max(lengths), H * h
    weights = {name: torch.randn(E, E) / (2 * E**0.5) for name in ("query", "key", "value")}
    weights |= {f"{name}_bias": torch.randn(E) / 4 for name in ("query", "key", "value")}
    projection = registry.parse("projections", {"kind": kind})
    options = {"noise": 1.0, **options}
    attention = DepthwiseAttention(weights, n_heads=H, n_depths=D, projection=projection, **options)
    return Case(
        attention.to(dtype),
        x=torch.randn(B, L, E, dtype=dtype).requires_grad_(),
        mask=torch.arange(L) < torch.tensor(lengths)[:, None],
        depth=torch.tensor(depths),
        lengths=lengths,
    )


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS, strengths: bool = False) -> Case:
    D = draw(st.integers(1, 5))
    kind = draw(st.sampled_from(kinds))
    longest = draw(st.sampled_from([9, 20]))  # short and long texts are projected differently
    lengths = draw(st.lists(st.integers(1, longest), min_size=1, max_size=5))
    depths = [draw(st.integers(0, D - 1)) for _ in lengths]
    H, h = draw(st.integers(1, 3)), draw(st.integers(1, 2 if kind == "split" else 4))
    return case(
        lengths,
        depths,
        H=H,
        h=h * D if kind == "split" else h,
        D=D,
        dtype=draw(st.sampled_from([torch.float32, torch.float64])),
        seed=draw(st.integers(0, 999)),
        kind=kind,
        strength=draw(st.sampled_from([0.0, 0.15, 1.0])) if strengths else 1.0,
    )


def weights_of(attention: DepthwiseAttention) -> tuple[Tensor, Tensor]:
    """Compute each depth's W [D, 2E, E] and bias [D, 2E] by the definition of its projection."""
    learned, kind = attention.learned, attention.kind.__name__.rpartition(".")[2]
    D = attention.n_depths
    if kind == "full":
        return torch.stack(list(learned["query_key"])), torch.stack(list(learned["query_key_bias"]))
    W, b = learned["base"][0], learned["base_bias"][0]
    if kind == "low_rank":
        added = []
        for d in range(D):
            for_q, for_k = learned["down"][d].chunk(2)
            added.append(torch.cat([learned["up_query"][d] @ for_q, learned["up_key"][d] @ for_k]))
        return W + torch.stack(added), b.expand(D, -1)
    if kind == "diagonal":
        pairs = zip(learned["scale_query"], learned["scale_key"], strict=True)
        scale = torch.stack([torch.cat(pair) for pair in pairs])  # [D, 2E]
        return scale[..., None] * W, scale * b
    return W.expand(D, -1, -1), b.expand(D, -1)


def literally(sample: Case, weights: Tensor, v: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Compute the depths' mixture [B, L, E] and A [B, H, L, L, D] from the same parameters."""
    attention, (B, L, E) = sample.attention, sample.x.shape
    H, D = attention.n_heads, attention.n_depths
    h = E // H
    W, b = weights_of(attention)
    both = torch.einsum("ble,dfe->blfd", sample.x, W) + b.T  # [B, L, 2E, D]
    q, k = (
        part.reshape(B, L, H, h, D).transpose(1, 2) for part in (both[:, :, :E], both[:, :, E:])
    )
    if v is None:
        v = sample.x @ attention.value.T + attention.value_bias
        v = v.view(B, L, H, h).transpose(1, 2)
    if attention.n_slices == 1:
        y, A = attend_literally(q, k, v, weights=weights, mask=sample.mask)
    else:  # a part has its own size under the root, and its own values
        owner = torch.arange(h) // (h // D)
        own = (owner[:, None] == torch.arange(D)).to(q)  # [h, D]
        parts = [
            attend_literally(
                q * own * D**0.5,
                k,
                v * own[:, d],
                weights=weights * own.new_tensor([float(d == other) for other in range(D)]),
                mask=sample.mask,
            )
            for d in range(D)
        ]
        y, A = torch.stack([y for y, _ in parts]).sum(0), parts[0][1]
    return y.transpose(1, 2).reshape(B, L, E), A


def blended(sample: Case, weights: Tensor) -> Tensor:
    """Blend (1 - s) of standard attention and s of the literal mixture [B, L, E]."""
    s = sample.attention.strength
    mixture, _ = literally(sample, weights)
    return mixture if s == 1 else (1 - s) * standard(sample) + s * mixture


def standard(sample: Case) -> Tensor:
    """Compute the backbone's own attention [B, L, E], with the queries and keys kept for it."""
    attention, (B, L, E) = sample.attention, sample.x.shape
    learned = attention.learned
    name = "standard" if "standard" in learned else "base"
    both = sample.x @ learned[name][0].T + learned[f"{name}_bias"][0]
    v = sample.x @ attention.value.T + attention.value_bias
    q, k, v = (t.view(B, L, attention.n_heads, -1).transpose(1, 2) for t in (*both.split(E, -1), v))
    one = sample.x.new_ones(B, 1)
    y, _ = attend_literally(q[..., None], k[..., None], v, weights=one, mask=sample.mask)
    return y.transpose(1, 2).reshape(B, L, E)


def backbone_tensors(attention: DepthwiseAttention) -> dict[str, Tensor]:
    """The backbone's tensors that `case` sample the attention from."""
    learned = attention.learned
    name = "base" if "base" in learned else "query_key"
    query, key = learned[name][0].detach().chunk(2)
    query_bias, key_bias = learned[f"{name}_bias"][0].detach().chunk(2)
    return {
        "query": query,
        "key": key,
        "query_bias": query_bias,
        "key_bias": key_bias,
        "value": attention.value.detach(),
        "value_bias": attention.value_bias.detach(),
    }


def example() -> Case:
    return case([4, 6, 3, 6], [2, 0, 2, 3], H=2, h=3, D=5, seed=7)


def assert_near(a: Tensor, b: Tensor) -> None:
    """Compare to the tolerance of the dtype, relative to the largest value if that is above 1."""
    scale = max(1.0, b.abs().max().item())
    torch.testing.assert_close(a, b, rtol=0, atol=TOLERANCE[a.dtype] * scale)


def assert_same_gradients(sample: Case, fast: Tensor, slow: Tensor, **more: Tensor) -> None:
    """Compare the gradients of all parameters, x and `more`, for a probe that is not uniform."""
    generator = torch.Generator().manual_seed(0)
    probe = torch.randn(fast.shape, generator=generator, dtype=fast.dtype)
    leaves = list({**sample.parameters, **more}.values())
    computed = torch.autograd.grad((fast * probe).sum(), leaves, allow_unused=True)
    expected = torch.autograd.grad((slow * probe).sum(), leaves, allow_unused=True)
    for a, b, leaf in zip(computed, expected, leaves, strict=True):
        zero = torch.zeros_like(leaf)
        assert_near(zero if a is None else a, zero if b is None else b)
