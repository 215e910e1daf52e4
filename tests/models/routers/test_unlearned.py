"""Controls that choose without learning: the same for all, by chance, by what attention is like."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from literal_cases import case, literally

from maw.errors import InputError
from maw.models.attention.statistics import stat_logits, statistics_of
from maw.models.routers.layers import Lottery
from maw.models.routers.reading import content, scramble
from maw.settings import registry

Make = Callable[..., Any]
LENGTHS = [3, 9, 1, 6]


def test_scramble_is_splitmix64() -> None:
    # Java's SplittableRandom, seed 1234567: the first output is 6457827717110365317
    found = scramble(torch.tensor([1234567]))
    assert found.item() == 6457827717110365317


def test_a_texts_number_is_its_own_whatever_its_batch(random_encoder: Make, random_texts: Make):
    model, texts = random_encoder(), random_texts([5 + n % 7 for n in range(200)])
    x, mask = texts.padded(torch.arange(200))
    numbers = content(model.first, x, mask)
    assert len(set(numbers.flatten().tolist())) == 200
    for row in (0, 17, 199):
        alone = content(model.first, *texts.padded(torch.tensor([row])))
        assert torch.equal(alone[0], numbers[row])
    soiled = x.masked_fill(~mask[..., None], 100.0)
    assert torch.equal(content(model.first, soiled, mask), numbers)
    nearly = content(model.first, x + 1e-7 * torch.randn_like(x), mask)
    assert (nearly == numbers).double().mean() > 0.95  # another processor's last bits


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
    wanted = first.route(x, mask)
    assert not torch.equal(other.route(x, mask), wanted)
    other.router.load_state_dict(first.router.state_dict())
    assert torch.equal(other.route(x, mask), wanted)


def test_a_fixed_depth_is_every_texts_and_beyond_the_last_an_error(
    random_encoder: Make, random_texts: Make
) -> None:
    config = registry.parse("routers", {"kind": "fixed", "depth": 2})
    build = registry.module_of(config).build
    model = random_encoder()
    model.router = build(config, n_features=0, n_depths=4)
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    assert model.decide(model.route(x, mask)).tolist() == [2] * 4
    with pytest.raises(InputError, match="router fixed: depth 2, but depths are 0 to 1"):
        build(config, n_features=0, n_depths=2)


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


def test_the_statistics_are_those_of_the_literal_tensor() -> None:
    made = case([7, 20, 1, 4], [0, 0, 0, 0], D=3)
    _, A = literally(made, made.chosen)
    begun = made.attention.begin(made.x, made.mask)
    for d in range(3):
        found = statistics_of(*begun.project(d), mask=made.mask)
        for b, n in enumerate(made.lengths):
            own = A[b, :, :n, :n, d]
            known = [
                own.var(-1, correction=0),
                own.amax(-1),
                own.square().sum(-1),
                torch.special.entr(own).sum(-1),
            ]
            torch.testing.assert_close(found[b], torch.stack([part.mean() for part in known]))


def test_the_formula_by_hand() -> None:
    # two depths: variance, maximum and index larger in the first, entropy in the second
    #   normalised (1, 1, 1, 0) and (0, 0, 0, 1): scores .5 + .3 + .2 = 1 and -.4
    # s = .15: (1 + 1.5)·score = 2.5 and -1; s = 1: 11 and -4.4
    two = torch.tensor([[[0.2, 0.9, 0.8, 0.5], [0.1, 0.3, 0.4, 1.5]]])
    torch.testing.assert_close(stat_logits(two, strength=0.15), torch.tensor([[2.5, -1.0]]))
    torch.testing.assert_close(stat_logits(two, strength=1.0), torch.tensor([[11.0, -4.4]]))
    # a third between them: variance .15 and index .6 halfway, maximum .6 and entropy 1 too
    three = torch.cat([two, torch.tensor([[[0.15, 0.6, 0.6, 1.0]]])], 1)
    between = stat_logits(three, strength=0.0)[0, 2]
    assert between.item() == pytest.approx(0.5 * (0.5 + 0.3 + 0.2 - 0.4), abs=1e-6)


def test_depths_that_differ_by_rounding_only_count_the_same() -> None:
    same = torch.tensor([[[0.2, 0.9, 0.8, 0.5]] * 3])
    nearly = same + 1e-7 * torch.randn(1, 3, 4)
    assert stat_logits(nearly, strength=1.0).tolist() == [[0.0] * 3]
    assert math.isfinite(stat_logits(torch.zeros(1, 3, 4), strength=1.0).sum())
