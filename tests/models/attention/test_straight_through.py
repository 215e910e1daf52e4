"""Straight-through gradients: exact for all depths, unbiased for two, biased for one alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from maw.models.attention.straight_through import ExactGates, Gates, straight_through
from tests.models.attention.literal_cases import (
    Case,
    assert_near,
    assert_same_gradients,
    blended,
    case,
    cases,
    example,
    literally,
)


@given(cases(strengths=True), st.sampled_from([0.0, 0.4]))
@settings(max_examples=60, deadline=None)
def test_exact_straight_through_has_the_literal_gradient_of_every_gate_dropout_included(
    sample: Case, share: float
) -> None:
    sample.attention.dropout = share
    generator = torch.Generator().manual_seed(1)
    soft = torch.rand(sample.chosen.shape, generator=generator).to(sample.x).requires_grad_()
    torch.manual_seed(5)
    fast = ExactGates(soft).attend(sample.attention, sample.x, sample.mask, sample.depth)
    torch.manual_seed(5)
    v = sample.attention.values(sample.x)  # what was dropped is dropped for every depth
    mixture, _ = literally(sample, sample.chosen + soft - soft.detach(), v)
    s = sample.attention.strength
    torch.manual_seed(5)
    slow = sample.attention.begin(sample.x, sample.mask).blend(mixture)
    assert_near(fast, slow)
    assert_same_gradients(sample, fast, slow, gates=soft)
    if s == 1 and not share:
        assert torch.equal(fast, sample.attention(sample.x, sample.mask, sample.depth))


def loss_of(y: Tensor) -> Tensor:
    """Not linear, so that its gradient depends on the output."""
    return (y.sin() * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum()


def router_gradients(sample: Case, *, other: Tensor | None, logits: Tensor) -> Tensor:
    """Of the logits [B, D], through the two-depth form; `other` None: through the chosen alone."""
    soft = logits.softmax(-1)
    gate = soft.gather(1, sample.depth[:, None])[:, 0]
    mine = sample.attention(sample.x, sample.mask, sample.depth)
    if other is None:
        y = straight_through(mine, mine, gate=gate, gate_other=torch.zeros_like(gate))
    else:
        lifted = (sample.attention.n_depths - 1) * soft.gather(1, other[:, None])[:, 0]
        gates = Gates(gate=gate, other=other, gate_other=lifted)
        y = gates.attend(sample.attention, sample.x, sample.mask, sample.depth)
    assert torch.equal(y, mine)  # the gates' values do not matter
    return torch.autograd.grad(loss_of(y), logits)[0]


def exact_gradients(sample: Case, *, logits: Tensor) -> Tensor:
    """One-hot weights whose gradient is the softmax's: the literal mixture, every depth in it."""
    soft = logits.softmax(-1)
    return torch.autograd.grad(
        loss_of(blended(sample, sample.chosen + soft - soft.detach())), logits
    )[0]


@pytest.mark.parametrize("strength", [0.15, 1.0])
def test_the_two_depth_gradient_is_unbiased_for_the_exact_one(strength: float) -> None:
    sample = case([4, 6, 3, 6], [2, 0, 2, 3], D=5, seed=7, strength=strength)
    D = sample.attention.n_depths
    logits = torch.randn(4, D, dtype=torch.float64, requires_grad=True)
    # every text's other depths, each once: uniform, so their plain mean is the expectation
    steps = [
        router_gradients(sample, other=(sample.depth + s) % D, logits=logits) for s in range(1, D)
    ]
    exact = exact_gradients(sample, logits=logits)
    torch.testing.assert_close(torch.stack(steps).mean(0), exact, rtol=0, atol=1e-12)


def test_the_chosen_depth_alone_would_give_a_biased_gradient() -> None:
    sample = example()
    logits = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    alone = router_gradients(sample, other=None, logits=logits)
    exact = exact_gradients(sample, logits=logits)
    cosine = torch.cosine_similarity(alone.flatten(), exact.flatten(), dim=0)
    assert cosine < 0.9
    assert (alone - exact).norm() > 0.5 * exact.norm()


def test_the_estimator_leaves_the_gradient_of_the_weights_alone() -> None:
    sample = example()
    leaves = list(sample.parameters.values())
    gate = torch.rand(4, dtype=torch.float64)
    mine = sample.attention(sample.x, sample.mask, sample.depth)
    theirs = sample.attention(sample.x, sample.mask, (sample.depth + 1) % 5)
    lifted = straight_through(mine, theirs, gate=gate, gate_other=4 * gate)
    for a, b in zip(
        torch.autograd.grad(loss_of(lifted), leaves, allow_unused=True, retain_graph=True),
        torch.autograd.grad(loss_of(mine), leaves, allow_unused=True),
        strict=True,
    ):
        assert (a is None and b is None) or torch.equal(a, b)
