"""The fast form equals the five-axis form: outputs, gradients, maps, what routers get."""

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, one_hot

from maw.attention.depthwise import DepthwiseAttention, straight_through
from maw.attention.literal import attend_literally

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


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


def case(
    lengths: list[int], depths: list[int], *, H: int, h: int, D: int, dtype: torch.dtype, seed: int
) -> Case:
    torch.manual_seed(seed)
    B, L, E = len(lengths), max(lengths), H * h
    weights = {name: torch.randn(E, E) / (2 * E**0.5) for name in ("query", "key", "value")}
    weights |= {f"{name}_bias": torch.randn(E) / 4 for name in ("query", "key", "value")}
    attention = DepthwiseAttention(weights, heads=H, depths=D, noise=1.0).to(dtype)
    return Case(
        attention,
        x=torch.randn(B, L, E, dtype=dtype).requires_grad_(),
        mask=torch.arange(L) < torch.tensor(lengths)[:, None],
        depth=torch.tensor(depths),
        lengths=lengths,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    D = draw(st.integers(1, 5))
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
    depths = [draw(st.integers(0, D - 1)) for _ in lengths]
    H, h = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    return case(lengths, depths, H=H, h=h, D=D, dtype=dtype, seed=draw(st.integers(0, 999)))


def literally(made: Case, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The mixture [B, L, E] and A [B, H, Lq, Lk, D], from the same parameters."""
    attention, (B, L, E) = made.attention, made.x.shape
    H = attention.heads
    pairs = zip(attention.query_key, attention.query_key_bias, strict=True)
    both = torch.stack([made.x @ weight.T + bias for weight, bias in pairs], -1)  # [B, L, 2E, D]
    q, k = (
        part.reshape(B, L, H, E // H, len(attention.query_key)).transpose(1, 2)
        for part in (both[:, :, :E], both[:, :, E:])
    )
    v = made.x @ attention.value.T + attention.value_bias
    v = v.view(B, L, H, E // H).transpose(1, 2)
    y, A = attend_literally(q, k, v, weights=weights, mask=made.mask)
    return y.transpose(1, 2).reshape(B, L, E), A


def chosen(made: Case) -> Tensor:
    return one_hot(made.depth, made.attention.depths).to(made.x)


def assert_near(a: Tensor, b: Tensor) -> None:
    """To the tolerance of its type, of the largest value where that is above 1."""
    scale = max(1.0, b.abs().max().item())
    torch.testing.assert_close(a, b, rtol=0, atol=TOLERANCE[a.dtype] * scale)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_outputs_and_gradients_are_those_of_the_literal_form(made: Case) -> None:
    fast = made.attention(made.x, made.mask, made.depth)
    slow, _ = literally(made, chosen(made))
    assert_near(fast, slow)
    probe = torch.randn_like(fast)
    leaves = made.parameters
    quick = torch.autograd.grad((fast * probe).sum(), leaves.values(), allow_unused=True)
    known = torch.autograd.grad((slow * probe).sum(), leaves.values())
    for a, b in zip(quick, known, strict=True):
        assert_near(torch.zeros_like(b) if a is None else a, b)


@given(cases())
@settings(max_examples=30, deadline=None)
def test_maps_are_the_chosen_depths_of_the_literal_tensor(made: Case) -> None:
    _, A = literally(made, chosen(made))
    known = A[torch.arange(len(A)), ..., made.depth]
    assert_near(made.attention.maps(made.x, made.mask, made.depth), known)


@given(cases(), st.sampled_from([1, 3, 8]))
@settings(max_examples=40, deadline=None)
def test_pooled_is_torchs_adaptive_pooling_of_the_mean_over_depths(made: Case, bins: int) -> None:
    _, A = literally(made, chosen(made))
    known = torch.stack(
        [
            adaptive_avg_pool2d(A[b, :, :n, :n].mean(-1), (bins, bins))
            for b, n in enumerate(made.lengths)
        ]
    )
    assert_near(made.attention.pooled(made.x, made.mask, bins), known)


@given(cases())
@settings(max_examples=30, deadline=None)
def test_padding_changes_nothing_in_the_real_tokens(made: Case) -> None:
    whole = made.attention(made.x, made.mask, made.depth)
    pooled = made.attention.pooled(made.x, made.mask)
    for b, n in enumerate(made.lengths):
        x, mask = made.x[b : b + 1, :n], made.mask[b : b + 1, :n]
        assert_near(whole[b : b + 1, :n], made.attention(x, mask, made.depth[b : b + 1]))
        assert_near(pooled[b : b + 1], made.attention.pooled(x, mask))


def example(dtype: torch.dtype = torch.float64) -> Case:
    return case([4, 6, 3, 6], [2, 0, 2, 3], H=2, h=3, D=5, dtype=dtype, seed=7)


def test_a_depth_that_no_text_chose_gets_no_gradient_at_all() -> None:
    made = example()
    made.attention(made.x, made.mask, made.depth).sum().backward()
    for parameters in (made.attention.query_key, made.attention.query_key_bias):
        unchosen = [d for d, parameter in enumerate(parameters) if parameter.grad is None]
        assert unchosen == [1, 4]


def test_depth_0_is_the_backbones_own_and_the_noise_of_the_others_is_relative() -> None:
    torch.manual_seed(0)
    E = 64
    weights = {name: 0.3 * torch.randn(E, E) for name in ("query", "key", "value")}
    weights |= {f"{name}_bias": torch.randn(E) for name in ("query", "key", "value")}
    attention = DepthwiseAttention(weights, heads=4, depths=3, noise=0.05)
    own = torch.cat([weights["query"], weights["key"]])
    assert torch.equal(attention.query_key[0], own)
    for d in (1, 2):
        spread = (attention.query_key[d] - own).std().item()
        assert spread == pytest.approx(0.05 * own.std().item(), rel=0.05)
    for bias in attention.query_key_bias:
        assert torch.equal(bias, torch.cat([weights["query_bias"], weights["key_bias"]]))
    assert not torch.equal(attention.query_key[1], attention.query_key[2])


def test_a_depth_beyond_the_last_is_an_error() -> None:
    made = example()
    with pytest.raises(IndexError):
        made.attention(made.x, made.mask, made.depth + 2)


def loss_of(y: Tensor) -> Tensor:
    """Not linear, so that its gradient depends on the output."""
    return (y.sin() * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum()


def router_gradients(made: Case, *, other: Tensor | None, logits: Tensor) -> Tensor:
    """Of the logits [B, D], through the two-depth form; `other` None: through the chosen alone."""
    soft = logits.softmax(-1)
    gate = soft.gather(1, made.depth[:, None])[:, 0]
    mine = made.attention(made.x, made.mask, made.depth)
    if other is None:
        y = straight_through(mine, mine, gate=gate, gate_other=torch.zeros_like(gate))
    else:
        theirs = made.attention(made.x, made.mask, other)
        lifted = (made.attention.depths - 1) * soft.gather(1, other[:, None])[:, 0]
        y = straight_through(mine, theirs, gate=gate, gate_other=lifted)
    assert torch.equal(y, mine)  # the gates' values do not matter
    return torch.autograd.grad(loss_of(y), logits)[0]


def exact_gradients(made: Case, *, logits: Tensor) -> Tensor:
    """One-hot weights whose gradient is the softmax's: the literal mixture, every depth in it."""
    soft = logits.softmax(-1)
    y, _ = literally(made, chosen(made) + soft - soft.detach())
    return torch.autograd.grad(loss_of(y), logits)[0]


def test_the_two_depth_gradient_is_unbiased_for_the_exact_straight_through_gradient() -> None:
    made = example()
    D = made.attention.depths
    logits = torch.randn(4, D, dtype=torch.float64, requires_grad=True)
    # every text's other depths, each once: uniform, so their plain mean is the expectation
    steps = [router_gradients(made, other=(made.depth + s) % D, logits=logits) for s in range(1, D)]
    exact = exact_gradients(made, logits=logits)
    torch.testing.assert_close(torch.stack(steps).mean(0), exact, rtol=0, atol=1e-12)


def test_the_chosen_depth_alone_would_give_a_biased_gradient() -> None:
    made = example()
    logits = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    alone = router_gradients(made, other=None, logits=logits)
    exact = exact_gradients(made, logits=logits)
    cosine = torch.cosine_similarity(alone.flatten(), exact.flatten(), dim=0)
    assert cosine < 0.9
    assert (alone - exact).norm() > 0.5 * exact.norm()


def test_the_estimator_leaves_the_gradient_of_the_weights_alone() -> None:
    made = example()
    leaves = list(made.parameters.values())
    gate = torch.rand(4, dtype=torch.float64)
    mine = made.attention(made.x, made.mask, made.depth)
    theirs = made.attention(made.x, made.mask, (made.depth + 1) % 5)
    lifted = straight_through(mine, theirs, gate=gate, gate_other=4 * gate)
    for a, b in zip(
        torch.autograd.grad(loss_of(lifted), leaves, allow_unused=True, retain_graph=True),
        torch.autograd.grad(loss_of(mine), leaves, allow_unused=True),
        strict=True,
    ):
        assert (a is None and b is None) or torch.equal(a, b)
