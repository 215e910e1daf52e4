"""Each reward against numbers worked by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from maw.training.objectives import rewards

# one sample, one text of four tokens, one head; every query attends alike
FOUR = torch.ones(1, 4, dtype=torch.bool)
RANKS = torch.ones(1, 1, dtype=torch.int64)


def attention(*row: float) -> Tensor:
    """[G = 1, B = 1, H = 1, Lq, Lk], every row the same."""
    return torch.tensor(row, dtype=torch.float64).expand(1, 1, 1, len(row), len(row))


def test_relevance_is_the_reciprocal_rank_by_query_and_sample() -> None:
    ranks = torch.tensor([[1, 4], [2, 5], [1, 10]])  # [G, B]
    result = rewards.relevance(attention(1.0), ranks, FOUR)
    assert result.tolist() == [[1, 0.5, 1], [0.25, 0.2, 0.1]]


def test_entropy_of_uniform_attention_is_one_and_of_a_point_zero() -> None:
    assert rewards.attention_entropy(attention(*[0.25] * 4), RANKS, FOUR).item() == pytest.approx(1)
    assert rewards.attention_entropy(attention(0, 1, 0, 0), RANKS, FOUR).item() == pytest.approx(0)


def test_entropy_by_hand() -> None:
    # (1/2, 1/4, 1/8, 1/8): 1.75 bits of at most 2
    result = rewards.attention_entropy(attention(0.5, 0.25, 0.125, 0.125), RANKS, FOUR)
    assert result.item() == pytest.approx(0.875, abs=1e-12)


def test_focus_is_the_mass_of_the_three_strongest_keys() -> None:
    # .4 + .3 + .15 of (.1, .4, .05, .3, .15)
    mask = torch.ones(1, 5, dtype=torch.bool)
    result = rewards.focus(attention(0.1, 0.4, 0.05, 0.3, 0.15), RANKS, mask)
    assert result.item() == pytest.approx(0.85, abs=1e-12)
    assert rewards.focus(attention(0.5, 0.5), RANKS, FOUR[:, :2]).item() == pytest.approx(1)


def test_heads_and_tokens_are_averaged() -> None:
    # head 0 looks at one key, head 1 at all four: entropy (0 + 1) / 2, focus (1 + .75) / 2
    both = torch.cat([attention(1, 0, 0, 0), attention(*[0.25] * 4)], dim=2)
    assert rewards.attention_entropy(both, RANKS, FOUR).item() == pytest.approx(0.5)
    assert rewards.focus(both, RANKS, FOUR).item() == pytest.approx(0.875)
    # one of four tokens is certain: entropy 3/4
    mixed = attention(*[0.25] * 4).clone()
    mixed[..., 2, :] = attention(1, 0, 0, 0)[..., 0, :]
    assert rewards.attention_entropy(mixed, RANKS, FOUR).item() == pytest.approx(0.75)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 6), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_every_reward_is_from_0_to_1_and_padding_does_not_count(
    seed: int, lengths: list[int]
) -> None:
    generator = torch.Generator().manual_seed(seed)
    G, B, H, L = 2, len(lengths), 3, 7
    mask = torch.arange(L) < torch.tensor(lengths)[:, None]
    scores = 3 * torch.randn(G, B, H, L, L, generator=generator, dtype=torch.float64)
    maps = scores.masked_fill(~mask[:, None, None, :], float("-inf")).softmax(-1)
    ranks = torch.randint(1, 9, (G, B), generator=generator)
    for reward in rewards.REWARDS.values():
        result = reward(maps, ranks, mask)
        assert result.shape == (B, G)
        assert result.min() >= 0
        assert result.max() <= 1 + 1e-12
        for b, n in enumerate(lengths):
            alone = reward(maps[:, b : b + 1, :, :n, :n], ranks[:, b : b + 1], mask[b : b + 1, :n])
            torch.testing.assert_close(result[b : b + 1], alone, rtol=0, atol=1e-12)


def test_a_text_of_one_token_has_no_entropy_and_all_its_focus() -> None:
    one = torch.ones(1, 1, dtype=torch.bool)
    assert rewards.attention_entropy(attention(1.0), RANKS, one).item() == pytest.approx(
        0, abs=1e-12
    )
    assert rewards.focus(attention(1.0), RANKS, one).item() == 1


def test_the_total_weighs_each_reward() -> None:
    # relevance 1/2, entropy .875, focus .875: .4/2 + .3 · .875 + .3 · .875 = .725
    maps, ranks = attention(0.5, 0.25, 0.125, 0.125), 2 * RANKS
    weights = {"relevance": 0.4, "attention_entropy": 0.3, "focus": 0.3}
    assert rewards.total(weights, maps, ranks, FOUR).item() == pytest.approx(0.725)
    alone = {"relevance": 1.0, "attention_entropy": 0.0, "focus": 0.0}
    assert rewards.total(alone, maps, ranks, FOUR).item() == 0.5


def test_only_the_named_rewards_that_read_attention_are_computed() -> None:
    maps = attention(0.5, 0.25, 0.125, 0.125)
    assert rewards.of_attention(["relevance"], maps, FOUR) == {}
    only_focus = rewards.of_attention(["relevance", "focus"], maps, FOUR)
    assert {name: value.item() for name, value in only_focus.items()} == {"focus": 0.875}
