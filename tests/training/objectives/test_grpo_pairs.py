"""GRPO for a cross-encoder: what a sampled list is rewarded by, and what each loss teaches."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.cross_encoder import CrossEncoder
from maw.settings import registry
from maw.training.objectives import grpo, rewards
from maw.training.objectives.batch import PairBatch

MakeModel = Callable[[str | None], CrossEncoder]


def losses_of(model: CrossEncoder, batch: PairBatch, **options: Any) -> Iterator[Any]:
    """The losses of one batch of pairs, each with its metrics."""
    config = registry.parse("objectives", {"kind": "grpo", **options})
    assert isinstance(config, grpo.Config)
    return grpo.begin(config, model)(batch, torch.Generator().manual_seed(0))


def test_all_pairs_of_a_sampled_list_earn_its_rank(
    random_cross_encoder: MakeModel, pair_batch: PairBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = random_cross_encoder("grpo")
    calls: list[Tensor] = []

    def recorded(weights: Any, attention_rewards: Tensor, ranks: Tensor) -> Tensor:
        calls.append(ranks)
        return with_relevance(weights, attention_rewards, ranks)

    with_relevance = rewards.with_relevance
    monkeypatch.setattr(rewards, "with_relevance", recorded)
    first, second = losses_of(model, pair_batch, samples=3, epochs=2)
    (ranks,) = calls  # [G, P]
    assert ranks.shape == (3, 9)
    query = pair_batch.query
    for q in range(3):
        assert (ranks[:, query == q] == ranks[:, query == q][:, :1]).all()
        assert ranks[:, query == q].max() <= 1 + int(pair_batch.negative[q].sum())
    assert 0 < first[1]["reward"] <= 1
    assert first[0].item() != second[0].item()  # the ranking loss is in the first alone


def test_each_loss_teaches_what_it_should(
    random_cross_encoder: MakeModel, pair_batch: PairBatch
) -> None:
    model = random_cross_encoder("grpo")
    losses = losses_of(model, pair_batch, samples=3, epochs=2, actor_critic=False)
    next(losses)[0].backward()
    taught = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert any(name.startswith("head") for name in taught)
    assert any(name.startswith("router") for name in taught)
    assert any("query_key" in name for name in taught)
    model.zero_grad()
    next(losses)[0].backward()
    taught = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert taught
    assert all(name.startswith("router") for name in taught)
