"""A policy becomes one depth per text: the likeliest, a relaxed draw, or samples."""

import pytest
import torch

from maw.models.routers.choosing import (
    Choice,
    all_depths,
    argmax,
    gumbel,
    gumbel_noise,
    sample,
    two_depths,
)


def test_argmax_tells_the_likeliest_depth_and_its_probability() -> None:
    depth, chance = argmax(torch.tensor([[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]]).log())
    assert depth.tolist() == [1, 0]
    assert chance.tolist() == pytest.approx([0.6, 0.5])


def test_samples_are_drawn_from_the_policy() -> None:
    shares = torch.tensor([[0.1, 0.6, 0.3], [0.0, 0.0, 1.0]])
    drawn = sample(shares.log(), 20_000, torch.Generator().manual_seed(0))
    assert (drawn[1] == 2).all()
    # five standard errors of a share of .5
    near = 5 * 0.5 / 20_000**0.5
    torch.testing.assert_close(drawn[0].bincount() / 20_000, shares[0], rtol=0, atol=near)


def test_the_largest_of_logits_with_gumbel_noise_is_a_draw_from_their_softmax() -> None:
    policy, n = torch.tensor([0.1, 0.6, 0.3]), 20_000
    noise = gumbel_noise((n, 3), torch.Generator().manual_seed(0))
    share = (policy.log() + noise).argmax(-1).bincount() / n
    # five standard errors of a share of .5
    torch.testing.assert_close(share, policy, rtol=0, atol=5 * 0.5 / n**0.5)
    assert noise.isfinite().all()


def test_a_gumbel_choice_is_the_largest_of_its_relaxation_at_the_temperature_given() -> None:
    logits = torch.randn(50, 4, generator=torch.Generator().manual_seed(1)).requires_grad_()
    hot, cold = (
        gumbel(logits, tau=tau, generator=torch.Generator().manual_seed(0)) for tau in (5.0, 0.5)
    )
    assert torch.equal(hot.depth, cold.depth)
    assert torch.equal(hot.depth, hot.soft.argmax(-1))
    # the same noise: log-ratios scale by 1 / tau
    torch.testing.assert_close(
        cold.soft.log().diff(dim=-1), 10 * hot.soft.log().diff(dim=-1), rtol=1e-3, atol=1e-3
    )
    assert hot.soft.requires_grad


def test_the_other_depth_is_never_the_chosen_one_and_all_gates_are_the_relaxation() -> None:
    soft = torch.rand(300, 4).softmax(-1)
    choice = Choice(soft.argmax(-1), soft)
    gates = two_depths(choice, torch.Generator().manual_seed(0))
    assert (gates.other != choice.depth).all()
    torch.testing.assert_close(gates.gate_other, 3 * soft[range(300), gates.other])
    assert all_depths(choice, torch.Generator()).gates is soft
