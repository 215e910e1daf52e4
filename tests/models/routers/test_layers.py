"""The modules of routers: a perceptron's shape, and a lottery that is fair and kept."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from maw.models.routers.layers import Lottery, perceptron
from maw.models.routers.reading import scramble

Make = Callable[..., Any]
LENGTHS = [3, 9, 1, 6]


def test_a_perceptron_ends_in_a_linear_layer() -> None:
    assert [type(layer) for layer in perceptron([4, 2])] == [nn.Linear]
    assert [type(layer) for layer in perceptron([4, 3, 2])] == [nn.Linear, nn.ReLU, nn.Linear]


def test_by_chance_each_depth_is_as_likely_and_each_seed_draws_anew() -> None:
    numbers = scramble(torch.arange(8000))[:, None]
    drawn = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        drawn.append(Lottery(8)(numbers).argmax(-1))
    near = 5 * (1 / 8 * 7 / 8 / 8000) ** 0.5
    for depth in drawn:
        share = depth.bincount(minlength=8) / 8000
        torch.testing.assert_close(share, torch.full((8,), 1 / 8), rtol=0, atol=near)
    agree = (drawn[0] == drawn[1]).double().mean().item()
    assert agree == pytest.approx(1 / 8, abs=near)


def test_a_lottery_is_certain_and_among_fewer_depths_still_fair() -> None:
    numbers = scramble(torch.arange(4000))[:, None]
    torch.manual_seed(0)
    logits = Lottery(8)(numbers)
    assert (logits.softmax(-1).amax(-1) > 0.999).double().mean() > 0.999
    share = logits[:, :3].argmax(-1).bincount() / 4000
    torch.testing.assert_close(share, torch.full((3,), 1 / 3), rtol=0, atol=0.04)


def test_the_salt_is_kept_with_the_model(random_encoder: Make, random_texts: Make) -> None:
    x, mask = random_texts(LENGTHS * 8).padded(torch.arange(32))
    first, other = random_encoder(router="random"), random_encoder(router="random", seed=1)
    expected = first.route(x, mask)
    assert not torch.equal(other.route(x, mask), expected)
    other.router.load_state_dict(first.router.state_dict())
    assert torch.equal(other.route(x, mask), expected)
