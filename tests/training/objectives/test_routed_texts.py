"""The router's view of a batch: one dropout mask a batch, torch's generator left alone."""

from collections.abc import Callable
from copy import deepcopy

import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.training.objectives.batch import Batch
from maw.training.objectives.policy import LossWeights
from maw.training.objectives.routed_texts import RoutedTexts


def test_dropout_differs_by_batch_and_leaves_torchs_generator_alone(
    random_encoder: Callable[..., BiEncoder], random_batch: Batch
) -> None:
    model = random_encoder(router="grpo").train()
    assert model.router is not None
    reference = deepcopy(model.router).eval()
    generator, before = torch.Generator().manual_seed(0), torch.get_rng_state()
    first, second = (
        RoutedTexts.of(model, reference, random_batch.queries, generator=generator).logits
        for _ in range(2)
    )
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_batch_keeps_its_dropout_mask(
    random_encoder: Callable[..., BiEncoder], random_batch: Batch
) -> None:
    model = random_encoder(router="grpo").train()
    assert model.router is not None
    generator = torch.Generator().manual_seed(0)
    routed = RoutedTexts.of(
        model, deepcopy(model.router).eval(), random_batch.queries, generator=generator
    )
    assert torch.equal(routed.policy(), routed.policy())
    assert torch.equal(routed.policy(), routed.logits)


def test_only_the_rows_that_count_are_in_the_loss(
    random_encoder: Callable[..., BiEncoder], random_batch: Batch
) -> None:
    model = random_encoder(router="grpo").train()
    assert model.router is not None
    generator = torch.Generator().manual_seed(0)
    routed = RoutedTexts.of(
        model, deepcopy(model.router).eval(), random_batch.queries, generator=generator
    )
    depths, advantage = torch.tensor([[0], [1], [2], [3], [0]]), torch.ones(5, 1)
    weights = LossWeights(clip=0.2, kl=0.5, entropy_bonus=0.1)
    rows = torch.tensor([True, False, True, False, False])
    some = routed.loss(depths, advantage, advantage, weights=weights, rows=rows)
    depths[~rows], advantage[~rows] = 1, 7.0
    again = routed.loss(depths, advantage, advantage, weights=weights, rows=rows)
    assert torch.equal(some, again)
    assert not torch.equal(some, routed.loss(depths, advantage, advantage, weights=weights))
