"""A depth drawn anew at every step of training; in evaluation the mixture of all depths."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from maw.models.attention.layer_pass import LayerPass

Make = Callable[..., Any]
N = 400


def test_each_step_draws_each_text_anew_with_equal_odds(
    random_encoder: Make, random_texts: Make
) -> None:
    model = random_encoder(router="sampled").train()
    x, mask = random_texts([2] * N).padded(torch.arange(N))
    torch.manual_seed(5)
    first, second = (model.decide(model.route(x, mask)) for _ in range(2))
    for drawn in (first, second):
        assert drawn.shape == (N,)
        # five standard errors of a share of 1/4
        near = 5 * (0.25 * 0.75 / N) ** 0.5
        shares = drawn.bincount(minlength=4) / N
        torch.testing.assert_close(shares, torch.full((4,), 0.25), rtol=0, atol=near)
    assert (first == second).double().mean().item() == pytest.approx(0.25, abs=0.11)
    torch.manual_seed(5)
    assert torch.equal(model.decide(model.route(x, mask)), first)


def test_in_evaluation_it_is_the_uniform_mixture(random_encoder: Make, random_texts: Make) -> None:
    sampled, uniform = (random_encoder(router=kind).eval() for kind in ("sampled", "uniform"))
    x, mask = random_texts([3, 9, 1, 6]).padded(torch.arange(4))
    assert torch.equal(sampled.decide(sampled.route(x, mask)), torch.full((4, 4), 0.25))
    assert torch.equal(sampled.forward_decided(x, mask)[0], uniform.forward_decided(x, mask)[0])


def test_in_training_only_the_drawn_depths_are_computed(
    random_encoder: Make, random_texts: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed: list[int] = []
    monkeypatch.setattr(LayerPass, "mixture", lambda *arguments: mixed.append(1))
    model = random_encoder(router="sampled").train()
    x, mask = random_texts([3, 9]).padded(torch.arange(2))
    depth = model.decide(model.route(x, mask))
    assert torch.equal(model.forward_decided(x, mask)[0].isfinite().all(), torch.tensor(True))
    model(x, mask, depth).sum().backward()
    assert not mixed
    touched = {d for d, p in enumerate(model.first.learned["query_key"]) if p.grad is not None}
    assert touched == set(depth.tolist())
