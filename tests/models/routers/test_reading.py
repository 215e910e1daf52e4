"""What each reader gives a router: means, pooled attention, a number of the text."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from maw.errors import InputError
from maw.models.routers.reading import READERS, Reading, content, n_features, reader_of, scramble

Make = Callable[..., Any]
LENGTHS = [3, 9, 1, 6]


def module(**names: Any) -> ModuleType:
    """Return a router's module with these names."""
    made = ModuleType("lab.router")
    vars(made).update(names)
    return made


def test_scramble_is_splitmix64() -> None:
    # Java's SplittableRandom, seed 1234567: the first output is 6457827717110365317
    actual = scramble(torch.tensor([1234567]))
    assert actual.item() == 6457827717110365317


def test_a_texts_number_is_its_own_whatever_its_batch(
    random_encoder: Make, random_texts: Make
) -> None:
    model, texts = random_encoder(), random_texts([5 + n % 7 for n in range(200)])
    x, mask = texts.padded(torch.arange(200))
    numbers = content(model.first, x, mask).features
    assert len(set(numbers.flatten().tolist())) == 200
    for row in (0, 17, 199):
        alone = content(model.first, *texts.padded(torch.tensor([row]))).features
        assert torch.equal(alone[0], numbers[row])
    soiled = x.masked_fill(~mask[..., None], 100.0)
    assert torch.equal(content(model.first, soiled, mask).features, numbers)
    nearly = content(model.first, x + 1e-7 * torch.randn_like(x), mask).features
    assert (nearly == numbers).double().mean() > 0.95  # another processor's last bits


def test_the_grpo_router_reads_the_mean_of_the_real_tokens(
    random_encoder: Make, random_texts: Make
) -> None:
    model, texts = random_encoder(router="grpo").eval(), random_texts(LENGTHS)
    x, mask = texts.padded(torch.arange(4))
    means = torch.stack([text[:n].mean(0) for text, n in zip(x, LENGTHS, strict=True)])
    torch.testing.assert_close(model.features(x, mask), means)
    assert torch.equal(model.route(x, mask), model.router(model.features(x, mask)))


def test_the_supervised_router_reads_the_first_layers_pooled_attention(
    random_encoder: Make, random_texts: Make
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


@pytest.mark.parametrize("reads", READERS)
def test_a_reader_gives_as_many_features_as_it_says(
    reads: str, random_encoder: Make, random_texts: Make
) -> None:
    attention = random_encoder().eval().first
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    reading = READERS[reads](attention, x, mask)
    router = module(READS=reads)
    assert reader_of(router) is READERS[reads]
    assert reading.features.shape == (4, n_features(router, attention))
    assert (reading.depth_outputs is not None) == (reads == "statistics")


def test_a_routers_module_may_read_by_itself(random_encoder: Make, random_texts: Make) -> None:
    def read(attention: Any, x: torch.Tensor, mask: torch.Tensor) -> Reading:
        return Reading(mask.sum(1, keepdim=True).to(x))

    router = module(read=read, n_features=lambda attention: 1)
    attention = random_encoder().eval().first
    x, mask = random_texts(LENGTHS).padded(torch.arange(4))
    features = reader_of(router)(attention, x, mask).features
    assert features.flatten().tolist() == LENGTHS
    assert n_features(router, attention) == 1


def test_a_router_that_reads_nothing_known_is_one_line() -> None:
    message = "router lab.router: READS is 'length'; name one of hidden, attention"
    with pytest.raises(InputError, match=message):
        reader_of(module(READS="length"))
