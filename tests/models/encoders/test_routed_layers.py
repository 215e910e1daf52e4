"""Trained layers: their order, a router's unbiased gradient through them, and its decisions."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from maw.models.attention.literal import attend_literally
from maw.models.attention.straight_through import Gates
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.routed_layers import hidden_size, layers_of

Make = Callable[..., Any]
LENGTHS = [4, 9, 1, 6]
ROWS = torch.arange(len(LENGTHS))


def test_layers_come_lowest_first_and_by_number(random_top: Make) -> None:
    top = random_top(layers=12)
    name = "attention.self.query.bias"
    for n, weights in enumerate(layers_of(top)):
        assert torch.equal(weights[name], top[f"layer.{n}.{name}"])
    assert hidden_size(top) == 16


def literally(model: BiEncoder, x: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    """The encoder with the five-axis attention, all depths mixed by weights [B, D]."""
    for block in model.blocks:
        attention = block.attention
        projected = [attention.project(x, d) for d in range(attention.n_depths)]
        q, k = (torch.stack(part, -1) for part in zip(*projected, strict=True))
        y, _ = attend_literally(q, k, attention.values(x), weights=weights, mask=mask)
        x = block.after(x, y.transpose(1, 2).reshape(x.shape))
    return normalize((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_routers_gradient_is_unbiased_through_every_layer(
    layers: int, random_encoder: Make, random_texts: Make
) -> None:
    D = 5
    model = random_encoder(depths=D, layers=layers).double()
    x, mask = random_texts(LENGTHS).padded(ROWS)
    x, depth = x.double(), torch.tensor([2, 0, 4, 2])
    logits = torch.randn(4, D, dtype=torch.float64, requires_grad=True)
    probe = torch.randn(4, 16, dtype=torch.float64)
    soft = logits.softmax(-1)
    exact = literally(model, x, mask, one_hot(depth, D) + soft - soft.detach())
    known = torch.autograd.grad((exact * probe).sum(), logits, retain_graph=True)[0]
    actual = []
    for step in range(1, D):  # each other depth once: their mean is the expectation
        other = (depth + step) % D
        gates = Gates(
            gate=soft.gather(1, depth[:, None])[:, 0],
            other=other,
            gate_other=(D - 1) * soft.gather(1, other[:, None])[:, 0],
        )
        vectors = model(x, mask, depth, gates)
        torch.testing.assert_close(vectors, exact, rtol=0, atol=1e-12)
        actual.append(torch.autograd.grad((vectors * probe).sum(), logits, retain_graph=True)[0])
    torch.testing.assert_close(torch.stack(actual).mean(0), known, rtol=0, atol=1e-12)
    assert known.abs().max() > 1e-3


@pytest.mark.parametrize("router", [None, "grpo", "supervised", "stat", "uniform", "random"])
@pytest.mark.parametrize("at_once", [None, 3])
def test_texts_are_encoded_as_their_router_decides(
    router: str | None, at_once: int | None, random_encoder: Make, random_texts: Make
) -> None:
    model = random_encoder(router=router, layers=2).eval()
    x, mask = random_texts(LENGTHS).padded(ROWS)
    with torch.no_grad():
        expected_logits = model.route(x, mask)
        expected = model(x, mask, model.decide(expected_logits))
        model.at_once = at_once
        vectors, logits = model.forward_decided(x, mask)
    torch.testing.assert_close(logits, expected_logits)
    torch.testing.assert_close(vectors, expected, rtol=0, atol=1e-6)


def test_decided_texts_have_the_gradient_of_the_layers(
    random_encoder: Make, random_texts: Make
) -> None:
    model = random_encoder(router="stat").eval()
    x, mask = random_texts(LENGTHS).padded(ROWS)
    model.forward_decided(x, mask)[0][:, 0].sum().backward()
    assert all(p.grad.abs().max() > 0 for p in model.first.learned["query_key"])


def test_statistics_of_a_batch_do_not_reach_another_mask(
    random_encoder: Make, random_texts: Make
) -> None:
    model = random_encoder(router="stat").eval()
    x, mask = random_texts(LENGTHS).padded(ROWS)
    whole = torch.ones_like(mask)
    with torch.no_grad():
        weights = model.decide(model.route(x, whole))
        expected = model(x, whole, weights)
        model.route(x, mask)
        assert torch.equal(model(x, whole, weights), expected)
        model.forward_decided(x, mask)
        assert torch.equal(model(x, whole, weights), expected)
