"""Each distinct pair of a text and a depth is computed once; the result is that of every sample."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.ragged import Ragged, restore
from maw.training.objectives import rewards
from maw.training.objectives.sampled_depths import sampled, sampled_in_chunks

NAMES = ["relevance", "attention_entropy", "focus"]
B, L, D = 3, 6, 4


@pytest.fixture(scope="session")
def encoder(random_encoder: Callable[..., BiEncoder]) -> BiEncoder:
    """An encoder of four depths in float64."""
    return random_encoder(router="grpo").double()


def literally(
    model: BiEncoder, x: Tensor, mask: Tensor, depths: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """The outputs [B, G, E] and the attention's rewards [B, G], with every sample computed."""
    outputs = torch.stack([model(x, mask, of_sample) for of_sample in depths.T], 1)
    with torch.no_grad():
        maps = torch.stack([model.first.maps(x, mask, of_sample) for of_sample in depths.T])
    return outputs, {
        "attention_entropy": rewards.attention_entropy(maps, maps, mask),
        "focus": rewards.focus(maps, maps, mask),
    }


@given(
    depths=st.integers(1, 5).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(0, D - 1), min_size=n, max_size=n), min_size=B, max_size=B
        )
    ),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=25, deadline=None)
def test_outputs_rewards_and_gradients_are_those_of_computing_every_sample(
    depths: list[list[int]], seed: int, encoder: BiEncoder
) -> None:
    generator = torch.Generator().manual_seed(seed)
    E = len(encoder.first.value)
    x = torch.randn(B, L, E, generator=generator, dtype=torch.float64)
    mask = torch.arange(L) < torch.randint(1, L + 1, (B, 1), generator=generator)
    given_depths = torch.tensor(depths)
    fast = sampled(encoder, x, mask, given_depths, names=NAMES)
    outputs, attention_rewards = literally(encoder, x, mask, given_depths)
    torch.testing.assert_close(fast.outputs, outputs, rtol=0, atol=1e-10)
    torch.testing.assert_close(fast.rewards, attention_rewards, rtol=0, atol=1e-10)
    weight = torch.randn(outputs.shape, generator=generator, dtype=torch.float64)
    gradients = [
        torch.autograd.grad((y * weight).sum(), list(encoder.parameters()), allow_unused=True)
        for y in (fast.outputs, outputs)
    ]
    for a, b in zip(*gradients, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


def test_a_pair_that_was_sampled_twice_is_computed_once(
    encoder: BiEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths_of_calls: list[list[int]] = []
    forward = encoder.forward

    def recorded(x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        depths_of_calls.append(depth.tolist())
        return forward(x, mask, depth)

    monkeypatch.setattr(encoder, "forward", recorded)
    x = torch.randn(2, L, len(encoder.first.value), dtype=torch.float64)
    mask = torch.ones(2, L, dtype=torch.bool)
    sampled(encoder, x, mask, torch.tensor([[3, 1, 3], [3, 3, 3]]), names=NAMES)
    assert depths_of_calls == [[1, 3, 3]]


def test_without_a_reward_of_attention_no_attention_is_read(
    encoder: BiEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(encoder.first), "maps")
    x = torch.randn(2, L, len(encoder.first.value), dtype=torch.float64)
    mask = torch.ones(2, L, dtype=torch.bool)
    samples = sampled(encoder, x, mask, torch.tensor([[0, 1], [2, 2]]), names=["relevance"])
    assert samples.rewards == {}


def test_texts_in_chunks_come_back_in_their_order(
    random_encoder: Callable[..., BiEncoder], random_texts: Callable[..., Ragged]
) -> None:
    model = random_encoder(router="grpo")
    chunks = list(random_texts([3, 9, 1, 6, 4]).chunks(torch.arange(5), 2))
    depths = torch.randint(D, (5, 3), generator=torch.Generator().manual_seed(0))
    samples = sampled_in_chunks(model, chunks, depths, names=NAMES)
    assert list(samples.rewards) == ["attention_entropy", "focus"]
    for g in range(3):
        one = sampled_in_chunks(model, chunks, depths[:, g : g + 1], names=NAMES)
        for name, reward in samples.rewards.items():
            torch.testing.assert_close(reward[:, g : g + 1], one.rewards[name])
        parts = [model(c.x, c.mask, depths[c.positions, g]) for c in chunks]
        torch.testing.assert_close(samples.outputs[:, g], restore(parts, chunks))
