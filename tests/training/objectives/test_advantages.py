"""Advantages of sampled depths against numbers worked by hand, and groups that tie."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from maw.training.objectives.advantages import ROUNDING, advantages, tied
from maw.training.objectives.policy import EPSILON, group_advantage

ALL = {"relevance": 0.4, "attention_entropy": 0.3, "focus": 0.3}


def double(*rows: list[float]) -> Tensor:
    """The rows in float64."""
    return torch.tensor(rows, dtype=torch.float64)


def test_dense_rewards_are_standardised_over_the_batch_before_they_are_weighed() -> None:
    # relevance: centred (1, -1), (3, -3): std sqrt((1 + 1 + 9 + 9) / 4) = sqrt 5
    # focus: centred (-.01, .01), (0, 0): std sqrt(.0002 / 4)
    relevance, focus = double([-2, -4], [-1, -7]), double([0.31, 0.33], [0.5, 0.5])
    rewards = {"relevance": relevance, "focus": focus}
    result = advantages("dense", rewards, {"relevance": 2.0, "focus": 0.5})
    relevance_part = 2 * double([1, -1], [3, -3]) / (math.sqrt(5) + EPSILON)
    focus_part = 0.5 * double([-0.01, 0.01], [0, 0]) / (math.sqrt(0.0002 / 4) + EPSILON)
    torch.testing.assert_close(result.parts["relevance"], relevance_part, rtol=0, atol=1e-9)
    torch.testing.assert_close(result.parts["focus"], focus_part, rtol=0, atol=1e-9)
    torch.testing.assert_close(result.total, relevance_part + focus_part, rtol=0, atol=1e-9)
    torch.testing.assert_close(result.rewards, 2 * relevance + 0.5 * focus)
    assert result.tied.tolist() == [False, False]


def test_the_mass_of_a_reward_is_its_share_of_the_squared_parts() -> None:
    # standardised parts have a mean square of 1 (less the epsilon): shares as squared weights
    rewards = {"relevance": double([0, 2], [1, 5]), "focus": double([3, 0], [0, 9])}
    result = advantages("dense", rewards, {"relevance": 2.0, "focus": 1.0})
    assert result.mass("relevance") == pytest.approx(4 / 5, abs=1e-4)
    assert result.mass("focus") == pytest.approx(1 / 5, abs=1e-4)
    assert result.mass("attention_entropy") == 0


def test_the_sources_sum_is_standardised_within_its_group() -> None:
    # group 0: ranks tie, so focus alone makes an advantage of full size; group 1: both count
    #   sums .3 · (.50, .51) and (.4 + .15, .2 + .12): parts of group 1 relevance ±.1, focus ±.015,
    #   over the sum's std .115
    rewards = {"relevance": double([1, 1], [1, 0.5]), "focus": double([0.50, 0.51], [0.5, 0.4])}
    result = advantages("source", rewards, {**ALL, "attention_entropy": 0.0})
    total = 0.4 * rewards["relevance"] + 0.3 * rewards["focus"]
    torch.testing.assert_close(result.total, group_advantage(total), rtol=0, atol=1e-12)
    torch.testing.assert_close(result.predicted, total)
    spread = 0.115 + EPSILON
    expected = double([0, 0], [0.1 / spread, -0.1 / spread])
    torch.testing.assert_close(result.parts["relevance"], expected, rtol=0, atol=1e-12)
    # focus: ±.0015 over .0015 + epsilon in group 0, ±.015 over the spread in group 1
    squares = 2 * (0.0015 / (0.0015 + EPSILON)) ** 2 + 2 * (0.015 / spread) ** 2
    assert result.mass("focus") == pytest.approx(squares / (squares + 2 * (0.1 / spread) ** 2))
    assert result.tied_share == 0


@given(
    reward=st.floats(-30, 0, width=32),
    errors=st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4),
    seed=st.integers(0, 1000),
)
def test_a_tied_group_has_no_advantage_whatever_the_other_groups_are_and_the_rounding_is(
    reward: float, errors: list[float], seed: int
) -> None:
    others = 3 * torch.randn(2, 4, generator=torch.Generator().manual_seed(seed))
    tie = reward * (1 + 2e-7 * torch.tensor(errors))  # two last bits of float32
    rewards = {"relevance": torch.cat([others[:1], tie[None], others[1:]])}
    result = advantages("dense", rewards, {"relevance": 1.0})
    assert result.total[1].tolist() == [0.0] * 4
    assert result.tied.tolist() == [False, True, False]
    assert result.tied_share == pytest.approx(1 / 3)
    assert (result.total[[0, 2]] != 0).any(-1).all()


@pytest.mark.parametrize("kind", ["dense", "source"])
def test_groups_that_are_all_equal_have_no_advantage_and_no_mass(kind: str) -> None:
    rewards = {name: torch.full((3, 4), 0.3) for name in ALL}
    result = advantages(kind, rewards, ALL)
    assert result.total.tolist() == [[0.0] * 4] * 3
    assert (result.tied_share, result.mass("relevance")) == (1, 0)


def test_a_group_is_tied_only_if_all_its_counted_rewards_are() -> None:
    rewards = {"relevance": double([1, 1], [1, 1]), "focus": double([0, 1], [1, 1])}
    assert advantages("dense", rewards, ALL).tied.tolist() == [False, True]
    assert advantages("dense", rewards, {"relevance": 1.0}).tied.tolist() == [True, True]


def test_differences_up_to_rounding_are_ties_in_units_of_the_largest_reward() -> None:
    assert tied(double([0, 0.9 * ROUNDING], [0, 1.1 * ROUNDING])).tolist() == [True, False]
    assert tied(double([-20, -20 + 19 * ROUNDING], [0, 21 * ROUNDING])).tolist() == [True, False]


def test_a_value_head_predicts_dense_rewards_standardised_over_the_batch() -> None:
    # mean -3.5, deviations 1.5, -.5, 2.5, -3.5: variance 21 / 4
    result = advantages("dense", {"relevance": double([-2, -4], [-1, -7])}, {"relevance": 2.0})
    expected = 2 * double([1.5, -0.5], [2.5, -3.5]) / (math.sqrt(21 / 4) + EPSILON)
    torch.testing.assert_close(result.predicted, expected, rtol=0, atol=1e-12)


def test_without_a_weight_nothing_counts() -> None:
    with pytest.raises(ValueError, match="no reward has a weight; give one of focus one"):
        advantages("dense", {"focus": double([1, 2])}, {"relevance": 1.0})
