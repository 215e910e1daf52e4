"""A text's vector: unit length, its own depth, blind to padding; what its router is taught by."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from maw.models.attention.literal import attend_literally
from maw.models.attention.straight_through import Gates
from maw.models.encoders.bi_encoder import BiEncoder, layers_of, top_size

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
    known = random_encoder(depths=1, layers=2)(x, mask, zero)
    for made, depth in (
        (random_encoder(layers=2), zero),
        (random_encoder(layers=2, noise=0.0), three),
    ):
        torch.testing.assert_close(made(x, mask, depth), known, rtol=0, atol=1e-6)
    assert not torch.allclose(random_encoder(layers=2)(x, mask, three), known, atol=1e-3)


def test_layers_come_lowest_first_and_by_number(random_top: Make) -> None:
    top = random_top(layers=12)
    name = "attention.self.query.bias"
    for n, weights in enumerate(layers_of(top)):
        assert torch.equal(weights[name], top[f"layer.{n}.{name}"])
    assert top_size(top) == 16


def literally(model: BiEncoder, x: Tensor, mask: Tensor, weights: Tensor) -> Tensor:
    """The encoder with the five-axis attention, all depths mixed by weights [B, D]."""
    for block in model.blocks:
        attention = block.attention
        projected = [attention.project(x, d) for d in range(attention.depths)]
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
    found = []
    for step in range(1, D):  # each other depth once: their mean is the expectation
        other = (depth + step) % D
        gates = Gates(
            gate=soft.gather(1, depth[:, None])[:, 0],
            other=other,
            gate_other=(D - 1) * soft.gather(1, other[:, None])[:, 0],
        )
        vectors = model(x, mask, depth, gates)
        torch.testing.assert_close(vectors, exact, rtol=0, atol=1e-12)
        found.append(torch.autograd.grad((vectors * probe).sum(), logits, retain_graph=True)[0])
    torch.testing.assert_close(torch.stack(found).mean(0), known, rtol=0, atol=1e-12)
    assert known.abs().max() > 1e-3
