"""Routing as an environment of one step."""

import pytest
import torch
from torch import Tensor

from maw.training.objectives import rewards
from maw.training.objectives.environment import GRPOEnvironment

B, H, L, D = 3, 2, 9, 4
MASK = torch.arange(L) < torch.tensor([9, 2, 5])[:, None]
RANKS = torch.tensor([[1, 2, 4, 5], [10, 1, 2, 2], [3, 3, 3, 3]])


def attention() -> Tensor:
    """Attention of all depths [B, H, L, L, D], each row summing to 1 over real keys."""
    scores = 2 * torch.randn(B, H, L, L, D, generator=torch.Generator().manual_seed(0))
    return scores.masked_fill(~MASK[:, None, None, :, None], float("-inf")).softmax(3)


def test_the_state_is_what_the_supervised_router_reads() -> None:
    state = GRPOEnvironment().reset(attention(), RANKS, MASK)
    assert state.shape == (B, H * 64)
    expected = torch.nn.functional.adaptive_avg_pool2d(attention()[1, :, :2, :2].mean(-1), (8, 8))
    torch.testing.assert_close(state[1], expected.flatten())


def test_each_depth_is_rewarded_by_what_it_did() -> None:
    environment = GRPOEnvironment()
    state = environment.reset(attention(), RANKS, MASK)
    action = torch.tensor([[0, 3], [1, 1], [2, 0]])
    after, reward, done = environment.step(action)
    assert done
    assert torch.equal(after, state)
    for g in range(2):
        maps = torch.stack([attention()[b, ..., action[b, g]] for b in range(B)])[None]
        ranks = RANKS.gather(1, action[:, g : g + 1]).T
        weights = {"relevance": 0.4, "attention_entropy": 0.3, "focus": 0.3}
        expected = rewards.total(weights, maps, ranks, MASK)
        torch.testing.assert_close(reward[:, g], expected[:, 0])


def test_relevance_alone_is_the_reciprocal_rank_under_the_depth() -> None:
    environment = GRPOEnvironment({"relevance": 1.0})
    environment.reset(attention(), RANKS)
    _, reward, _ = environment.step(torch.tensor([[2], [0], [1]]))
    assert reward.flatten().tolist() == pytest.approx([1 / 4, 1 / 10, 1 / 3])


def test_an_episode_has_one_step() -> None:
    environment = GRPOEnvironment()
    with pytest.raises(RuntimeError, match="no episode is running; call reset first"):
        environment.step(torch.zeros(B, 1, dtype=torch.int64))
    environment.reset(attention(), RANKS)
    environment.step(torch.zeros(B, 1, dtype=torch.int64))
    with pytest.raises(RuntimeError, match="call reset first"):
        environment.step(torch.zeros(B, 1, dtype=torch.int64))


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(
        ValueError, match="weights: unknown reward 'speed'; known: relevance, attention_entropy"
    ):
        GRPOEnvironment({"speed": 1.0})
    with pytest.raises(ValueError, match=r"relevance has shape \(3,\); give \(3, 4\)"):
        GRPOEnvironment().reset(attention(), RANKS[:, 0])


def test_one_depth_a_text_gets_one_reward_a_text() -> None:
    environment = GRPOEnvironment({"relevance": 1.0})
    environment.reset(attention(), RANKS, MASK)
    _, reward, done = environment.step(torch.tensor([3, 0, 1]))
    assert done
    assert reward.tolist() == pytest.approx([1 / 5, 1 / 10, 1 / 3])
