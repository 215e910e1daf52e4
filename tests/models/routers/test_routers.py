"""What a router reads of a text, and what it makes of it."""

import pytest
import torch
from torch import nn

from maw.errors import InputError
from maw.models.routers.layers import perceptron
from maw.settings import registry

LENGTHS = [3, 9, 1, 6]


def sizes(router: nn.Module) -> list[tuple[int, int]]:
    return [(m.in_features, m.out_features) for m in router.modules() if isinstance(m, nn.Linear)]


def test_every_kind_is_found_by_its_file() -> None:
    found = registry.kinds("routers")
    assert found == ["fixed", "grpo", "oracle", "random", "stat", "supervised", "uniform"]
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


def test_a_perceptron_ends_in_a_linear_layer() -> None:
    assert [type(layer) for layer in perceptron([4, 2])] == [nn.Linear]
    assert [type(layer) for layer in perceptron([4, 3, 2])] == [nn.Linear, nn.ReLU, nn.Linear]


def test_the_grpo_router_reads_the_mean_of_the_real_tokens(random_encoder, random_texts) -> None:
    model, texts = random_encoder(router="grpo").eval(), random_texts(LENGTHS)
    x, mask = texts.padded(torch.arange(4))
    means = torch.stack([text[:n].mean(0) for text, n in zip(x, LENGTHS, strict=True)])
    torch.testing.assert_close(model.features(x, mask), means)
    assert torch.equal(model.route(x, mask), model.router(model.features(x, mask)))


def test_the_supervised_router_reads_the_first_layers_pooled_attention(
    random_encoder, random_texts
) -> None:
    model, texts = random_encoder(router="supervised", layers=2).eval(), random_texts(LENGTHS)
    x, mask = texts.padded(torch.arange(4))
    features = model.features(x, mask)
    assert features.shape == (4, 2 * 64)
    assert torch.equal(features.view(4, 2, 8, 8), model.blocks[0].attention.pooled(x, mask))
    # a pooled row still sums to one where no bins overlap: n tokens, a multiple of 8 bins
    x, mask = random_texts([16]).padded(torch.arange(1))
    rows = model.features(x, mask).view(1, 2, 8, 8).sum(-1) * 2
    torch.testing.assert_close(rows, torch.ones_like(rows))


@pytest.mark.parametrize("router", ["grpo", "supervised"])
def test_a_router_learns_to_choose_and_does_not_change_what_it_reads(
    router: str, random_encoder, random_texts
) -> None:
    model, texts = random_encoder(router=router), random_texts(LENGTHS)
    x, mask = texts.padded(torch.arange(4))
    logits = model.route(x.requires_grad_(), mask)
    assert logits.shape == (4, 4)
    logits.square().sum().backward()
    learning = {name for name, p in model.named_parameters() if p.grad is not None}
    assert learning == {f"router.{name}" for name, _ in model.router.named_parameters()}
    assert x.grad is None


def test_without_a_router_every_depth_is_as_good(random_encoder, random_texts) -> None:
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    assert torch.equal(random_encoder().route(x, mask), torch.zeros(4, 4))
    assert torch.equal(random_encoder(depths=1).route(x, mask), torch.zeros(4, 1))
