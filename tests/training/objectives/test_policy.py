"""Group-relative policy optimisation against numbers worked by hand."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from maw.training.objectives.policy import (
    LossWeights,
    clipped_objective,
    group_advantage,
    k3,
    policy_loss,
)


def double(*values: float) -> Tensor:
    """The values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def test_an_advantage_is_the_standard_score_within_its_group() -> None:
    # (1, 2, 3, 6): mean 3, deviations (-2, -1, 0, 3), variance 14 / 4, std sqrt(3.5)
    rewards = torch.stack([double(1, 2, 3, 6), double(10, 20, 30, 60)])
    expected = double(-2, -1, 0, 3) / math.sqrt(3.5)
    result = group_advantage(rewards, epsilon=0)
    torch.testing.assert_close(result, torch.stack([expected, expected]), rtol=0, atol=1e-12)


def test_epsilon_is_added_to_the_standard_deviation() -> None:
    # (0, 1): deviations ∓.5, std .5; over .5 + .5
    assert group_advantage(double(0, 1)[None], epsilon=0.5).tolist() == [[-0.5, 0.5]]


@given(st.floats(0, 1, width=32), st.integers(2, 16))
@settings(max_examples=100, deadline=None)
def test_equal_rewards_have_no_advantage_at_all(reward: float, G: int) -> None:
    # a mean of eight float32 may miss them by a last bit: 6e-8 over a std of 6e-8 is not nothing
    rewards = torch.full((3, G), reward, dtype=torch.float32)
    assert group_advantage(rewards).tolist() == [[0.0] * G] * 3


def test_rewards_that_differ_by_rounding_only_are_counted_as_equal() -> None:
    rewards = torch.tensor([[0.5, 0.5 + 6e-8, 0.5, 0.5]])
    assert rewards.unique().numel() == 2
    assert group_advantage(rewards).abs().max() < 1e-3  # the share that the run reports


def test_the_objective_is_clipped_where_it_would_reward_going_further() -> None:
    # clip .2: ratio and advantage -> min(r A, clip(r) A), Schulman et al. 2017, equation 7
    expected = {
        (1.0, 2.0): 2.0,
        (1.5, 2.0): 2.4,  # good and already likelier: capped at 1.2
        (0.5, 2.0): 1.0,  # good and less likely: not capped
        (1.5, -2.0): -3.0,  # bad and likelier: not capped
        (0.5, -2.0): -1.6,  # bad and already less likely: capped at .8
    }
    ratios, advantages = (double(*column) for column in zip(*expected, strict=True))
    result = clipped_objective(ratios, advantages, clip=0.2)
    assert result.tolist() == pytest.approx(list(expected.values()), abs=1e-12)


def test_k3_by_hand() -> None:
    # policy .5, reference .25: Δ = ln .5, .5 + ln 2 - 1 = .1931471806; equal: 0
    log_policy, log_reference = double(0.5, 0.3).log(), double(0.25, 0.3).log()
    result = k3(log_policy, log_reference)
    assert result.tolist() == pytest.approx([0.1931471806, 0.0], abs=5e-11)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_k3_is_never_negative_and_its_mean_under_the_policy_is_the_divergence(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    policy, reference = (
        (2 * torch.randn(5, generator=generator, dtype=torch.float64)).log_softmax(-1)
        for _ in range(2)
    )
    estimates = k3(policy, reference)
    assert estimates.min() >= 0
    divergence = (policy.exp() * (policy - reference)).sum()
    torch.testing.assert_close((policy.exp() * estimates).sum(), divergence, rtol=0, atol=1e-12)


OFF = LossWeights(clip=0.2, kl=0.0, entropy_bonus=0.0)
# logits (ln 3, 0): the policy is (.75, .25)
LOGITS = [[math.log(3), 0.0]]
ACTIONS, ADVANTAGE = torch.tensor([[0, 1]]), torch.tensor([[1.0, -1.0]], dtype=torch.float64)


def gradient(*, advantage: Tensor = ADVANTAGE, old: Tensor, **weights: float) -> list[float]:
    """The gradient of the loss with respect to LOGITS; terms without a weight are off."""
    logits = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    loss = policy_loss(
        logits,
        reference=torch.zeros(1, 2, dtype=torch.float64),
        actions=ACTIONS,
        advantage=advantage,
        old=old,
        weights=replace(OFF, **weights),
    )
    loss.backward()
    assert logits.grad is not None
    gradient: list[float] = logits.grad[0].tolist()
    return gradient


def test_the_loss_by_hand() -> None:
    # old policy (.5, .5): ratios 1.5 and .5, advantages 1 and -1
    #   gained: min(1.5, 1.2) = 1.2 and min(-.5, -.8) = -.8; mean .2
    # reference (.5, .5): Δ = ln(.5/.75) and ln(.5/.25)
    #   k3: 2/3 + ln 1.5 - 1 = .0721317748 and 2 - ln 2 - 1 = .3068528194; mean .1894922971
    # entropy of (.75, .25): .5623351446
    # -.2 + .1 · .1894922971 - .01 · .5623351446 = -.1866741217
    loss = policy_loss(
        torch.tensor(LOGITS, dtype=torch.float64),
        reference=torch.zeros(1, 2, dtype=torch.float64),
        actions=ACTIONS,
        advantage=ADVANTAGE,
        old=double(0.5, 0.5).log()[None],
        weights=LossWeights(clip=0.2, kl=0.1, entropy_bonus=0.01),
    )
    assert loss.item() == pytest.approx(-0.1866741217, abs=5e-11)


def test_the_gradient_before_an_update_is_that_of_reinforce() -> None:
    # ratio 1: d(ratio)/d(logits) = d(log π_a)/d(logits) = onehot(a) - π
    #   a = 0, A = 1: (.25, -.25); a = 1, A = -1: -(-.75, .75) = (.75, -.75)
    #   the loss is minus their mean: -(.5, -.5)
    result = gradient(old=double(0.75, 0.25).log()[None])
    assert result == pytest.approx([-0.5, 0.5], abs=1e-12)


def test_a_clipped_action_has_no_gradient_and_an_unclipped_one_keeps_its_ratio() -> None:
    # old (.5, .25): ratios 1.5, clipped since A = 1; and 1, not clipped: -(.75, -.75) / 2
    result = gradient(old=double(0.5, 0.25).log()[None])
    assert result == pytest.approx([-0.375, 0.375], abs=1e-12)
    # old (.75, .2): ratios 1 and 1.25 with A = -1, which clipping never helps
    #   -((.25, -.25) + 1.25 · (.75, -.75)) / 2 = -(1.1875, -1.1875) / 2
    result = gradient(old=double(0.75, 0.2).log()[None])
    assert result == pytest.approx([-0.59375, 0.59375], abs=1e-12)


def test_equal_rewards_move_nothing() -> None:
    nothing = group_advantage(double(0.3, 0.3)[None])
    assert gradient(advantage=nothing, old=double(0.75, 0.25).log()[None]) == [0.0, 0.0]


def test_the_divergence_pulls_towards_the_reference() -> None:
    # d k3 / d log π_a = 1 - exp(Δ_a): 1 - 2/3 and 1 - 2; times onehot - π: (.25, -.25), (-.75, .75)
    #   mean of (1/12, -1/12) and (.75, -.75): (5/12, -5/12), descending lowers the likelier action
    nothing = torch.zeros(1, 2, dtype=torch.float64)
    result = gradient(advantage=nothing, old=double(0.75, 0.25).log()[None], kl=1.0)
    assert result == pytest.approx([5 / 12, -5 / 12], abs=1e-12)


def test_the_entropy_bonus_pulls_towards_uniform() -> None:
    # dH / d logit_i = -π_i (ln π_i + H); H = .5623351446: -.75 (-.2876820724 + H) = -.2059898041
    nothing = torch.zeros(1, 2, dtype=torch.float64)
    result = gradient(advantage=nothing, old=double(0.75, 0.25).log()[None], entropy_bonus=1.0)
    assert result == pytest.approx([0.2059898041, -0.2059898041], abs=5e-11)
