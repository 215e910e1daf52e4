"""A text's vector: of length one, under its own depth, and independent of padding."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

Make = Callable[..., Any]
LENGTHS = [4, 9, 1, 6]
ROWS = torch.arange(len(LENGTHS))


@pytest.mark.parametrize("router", ["grpo", "supervised"])
def test_a_text_alone_has_the_vector_and_the_depth_that_it_has_in_a_padded_batch(
    router: str, random_encoder: Make, random_texts: Make
) -> None:
    model, texts = random_encoder(router=router, layers=2).eval(), random_texts(LENGTHS)
    x, mask = texts.padded(ROWS)
    logits = model.route(x, mask)
    vectors = model(x, mask, logits.argmax(-1))
    for row in ROWS:
        alone, whole = texts.padded(row[None])
        theirs = model.route(alone, whole)
        torch.testing.assert_close(theirs[0], logits[row], rtol=0, atol=1e-5)
        assert theirs.argmax(-1) == logits[row].argmax(-1)
        vector = model(alone, whole, theirs.argmax(-1))[0]
        torch.testing.assert_close(vector, vectors[row], rtol=0, atol=1e-5)


def test_what_stands_in_the_padding_does_not_matter(
    random_encoder: Make, random_texts: Make
) -> None:
    model = random_encoder(layers=2).eval()
    x, mask = random_texts(LENGTHS).padded(ROWS)
    depth = torch.tensor([3, 0, 1, 3])
    soiled = x.masked_fill(~mask[..., None], 100.0)
    torch.testing.assert_close(model(soiled, mask, depth), model(x, mask, depth))


def test_vectors_have_length_one_and_depend_on_the_depth(
    random_encoder: Make, random_texts: Make
) -> None:
    model = random_encoder().eval()
    x, mask = random_texts(LENGTHS).padded(ROWS)
    vectors = torch.stack([model(x, mask, torch.full((4,), d)) for d in range(4)])  # [D, B, E]
    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(4, 4))
    for row, n in enumerate(LENGTHS):  # one token attends to itself whatever the depth
        differ = [not torch.allclose(vectors[0, row], vectors[d, row]) for d in (1, 2, 3)]
        assert all(differ) if n > 1 else not any(differ)


def test_depth_0_is_the_backbone_and_without_noise_every_depth_is(
    random_encoder: Make, random_texts: Make
) -> None:
    x, mask = random_texts(LENGTHS).padded(ROWS)
    zero, three = torch.zeros(4, dtype=torch.int64), torch.full((4,), 3)
    expected = random_encoder(depths=1, layers=2)(x, mask, zero)
    for made, depth in (
        (random_encoder(layers=2), zero),
        (random_encoder(layers=2, noise=0.0), three),
    ):
        torch.testing.assert_close(made(x, mask, depth), expected, rtol=0, atol=1e-6)
    assert not torch.allclose(random_encoder(layers=2)(x, mask, three), expected, atol=1e-3)
