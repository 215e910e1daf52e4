"""Vectors come back in their order, each under its own depth, whatever the device has room for."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from maw.models.encoders.embedding import embed, policies
from maw.models.encoders.ragged import Ragged

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def documents(random_texts: Make) -> Ragged:
    """Twenty of two to six tokens."""
    texts: Ragged = random_texts([2 + d % 5 for d in range(20)], seed=1)
    return texts


def test_vectors_come_back_in_the_order_asked_for_each_under_its_own_choice(
    documents: Ragged, random_encoder: Make
) -> None:
    model, rows = random_encoder(router="grpo"), torch.tensor([7, 0, 19, 3, 12])
    vectors, depths, chances = embed(model, documents, rows)
    for position, row in enumerate(rows):
        x, mask = documents.padded(row[None])
        policy = model.route(x, mask).softmax(-1)[0]
        assert depths[position] == policy.argmax()
        assert chances[position].item() == pytest.approx(policy.max().item(), abs=1e-6)
        torch.testing.assert_close(vectors[position], model(x, mask, policy.argmax()[None])[0])
    assert not model.training  # no dropout


def test_policies_are_those_of_the_router_in_the_order_asked_for(
    documents: Ragged, random_encoder: Make
) -> None:
    model, rows = random_encoder(router="grpo"), torch.tensor([7, 0, 19, 3, 12])
    found = policies(model, documents, rows)
    x, mask = documents.padded(rows)
    torch.testing.assert_close(found, model.route(x, mask).softmax(-1))
    assert torch.equal(found.argmax(-1), embed(model, documents, rows)[1])


def test_forced_depths_are_used_whatever_the_router_says(
    documents: Ragged, random_encoder: Make
) -> None:
    model, rows = random_encoder(router="grpo"), torch.tensor([7, 0, 19, 3])
    forced = torch.tensor([3, 0, 2, 1])
    vectors, depths, chances = embed(model, documents, rows, forced)
    assert torch.equal(depths, forced)
    assert chances.tolist() == [1] * 4
    for position, row in enumerate(rows):
        x, mask = documents.padded(row[None])
        expected = model(x, mask, forced[position : position + 1])[0]
        torch.testing.assert_close(vectors[position], expected, rtol=0, atol=1e-5)


def test_ranking_out_of_memory_goes_on_with_half_as_many_texts(
    documents: Ragged,
    random_encoder: Make,
    small_device: Make,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model, rows = random_encoder(router="grpo"), torch.arange(20)
    whole, depths, _ = embed(model, documents, rows)
    small_device(5)
    halves, same_depths, _ = embed(model, documents, rows)
    assert model.at_once == 5  # all 20 share a batch: 20, 10, 5
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "out of memory: from here on 5 texts in memory at a time"
    assert torch.equal(depths, same_depths)
    torch.testing.assert_close(halves, whole, rtol=0, atol=1e-6)
