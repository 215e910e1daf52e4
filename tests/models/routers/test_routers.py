"""All routers: each kind is found, has the layers that it says, and learns or mixes as it says."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from maw.errors import InputError
from maw.settings import registry

Make = Callable[..., Any]
LENGTHS = [3, 9, 1, 6]


def sizes(router: nn.Module) -> list[tuple[int, int]]:
    return [(m.in_features, m.out_features) for m in router.modules() if isinstance(m, nn.Linear)]


def test_every_kind_is_found_by_its_file() -> None:
    actual = registry.kinds("routers")
    ours = ["fixed", "grpo", "oracle", "random", "sampled", "stat", "supervised", "told", "uniform"]
    # the folder may hold somebody's own router beside ours
    assert [kind for kind in actual if kind in ours] == ours
    with pytest.raises(InputError, match=r"unknown kind 'gpro'; did you mean 'grpo'\?"):
        registry.parse("routers", {"kind": "gpro"})


def test_the_grpo_router_is_hidden_64_32_depths_with_dropout_after_the_first_layer() -> None:
    config = registry.parse("routers", {"kind": "grpo"})
    router = registry.module_of(config).build(config, n_features=384, n_depths=8)
    assert sizes(router) == [(384, 64), (64, 32), (32, 8)]
    kinds = [type(layer) for layer in router]
    assert kinds == [nn.Linear, nn.ReLU, nn.Dropout, nn.Linear, nn.ReLU, nn.Linear]
    assert router[2].p == 0.1


def test_the_supervised_router_reads_64_features_of_each_head() -> None:
    # 8 heads · 8 × 8 bins = 512
    config = registry.parse("routers", {"kind": "supervised", "hidden": 5})
    router = registry.module_of(config).build(config, n_features=8 * 64, n_depths=3)
    assert sizes(router) == [(512, 5), (5, 3)]


@pytest.mark.parametrize("router", ["grpo", "supervised"])
def test_a_router_learns_to_choose_and_does_not_change_what_it_reads(
    router: str, random_encoder: Make, random_texts: Make
) -> None:
    model, texts = random_encoder(router=router), random_texts(LENGTHS)
    x, mask = texts.padded(torch.arange(4))
    logits = model.route(x.requires_grad_(), mask)
    assert logits.shape == (4, 4)
    logits.square().sum().backward()
    learning = {name for name, p in model.named_parameters() if p.grad is not None}
    assert learning == {f"router.{name}" for name, _ in model.router.named_parameters()}
    assert x.grad is None


@pytest.mark.parametrize("kind", ["uniform", "stat"])
def test_a_mixing_router_mixes(kind: str, random_encoder: Make, random_texts: Make) -> None:
    model = random_encoder(router=kind).eval()
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    weights = model.decide(model.route(x, mask))
    torch.testing.assert_close(weights.sum(-1), torch.ones(4))
    assert (weights > 0).all()
    if kind == "uniform":
        assert torch.equal(weights, torch.full((4, 4), 0.25))
    elif kind == "stat":
        assert (weights[1] - 0.25).abs().max() > 0.01
        torch.testing.assert_close(weights[2], torch.full((4,), 0.25))  # one token: all alike
    vectors = model(x, mask, weights)
    alone = model(*random_texts(LENGTHS).padded(torch.tensor([1])), weights[1:2])
    torch.testing.assert_close(alone[0], vectors[1], rtol=0, atol=1e-5)


def test_without_a_router_every_depth_is_as_good(random_encoder: Make, random_texts: Make) -> None:
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    assert torch.equal(random_encoder().route(x, mask), torch.zeros(4, 4))
    assert torch.equal(random_encoder(depths=1).route(x, mask), torch.zeros(4, 1))
