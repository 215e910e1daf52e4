"""GRPO for a cross-encoder: what a sampled list is rewarded by, and what each loss teaches."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.cross_encoder import CrossEncoder
from maw.settings import registry
from maw.training.objectives import grpo, grpo_losses, sampled_rewards
from maw.training.objectives.advantages import Advantages, advantages
from maw.training.objectives.batch import PairBatch

MakeModel = Callable[[str | None], CrossEncoder]


def losses_of(model: CrossEncoder, batch: PairBatch, **options: Any) -> Iterator[Any]:
    """The losses of one batch of pairs, each with its metrics."""
    config = registry.parse("objectives", {"kind": "grpo", **options})
    assert isinstance(config, grpo.Config)
    return grpo.begin(config, model)(batch, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("reward", ["dense", "source"])
def test_all_pairs_of_a_sampled_list_share_its_relevance_reward(
    reward: str,
    random_cross_encoder: MakeModel,
    pair_batch: PairBatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = random_cross_encoder("grpo")
    of_calls: list[tuple[Tensor, Tensor]] = []  # of each call, the scores and the pairs' rewards

    def recorded(kind: str, scores: Tensor, batch: PairBatch) -> Tensor:
        tables.append(scores)
        return relevance_rewards(kind, scores, batch)

    def of_pairs(kind: str, rewards: dict[str, Tensor], weights: Any) -> Advantages:
        of_calls.append((tables[-1], rewards["relevance"]))
        return advantages(kind, rewards, weights)

    tables: list[Tensor] = []
    relevance_rewards = sampled_rewards.relevance_rewards
    monkeypatch.setattr(sampled_rewards, "relevance_rewards", recorded)
    monkeypatch.setattr(grpo_losses, "advantages", of_pairs)
    first, second = losses_of(model, pair_batch, samples=3, epochs=2, reward=reward)
    ((scores, relevance),) = of_calls
    assert (scores.shape, relevance.shape) == ((3, 3, 4), (9, 3))
    for pair, query in enumerate(pair_batch.query.tolist()):
        row, rivals = scores[:, query].double(), pair_batch.negative[query]
        if reward == "dense":
            rival_mass = row[:, rivals].exp().sum(-1)  # temperature 1
            expected = (row[:, 0].exp() / (row[:, 0].exp() + rival_mass)).log()
        else:
            expected = 1 / (1 + (row[:, rivals] > row[:, :1]).sum(-1).double())
        torch.testing.assert_close(relevance[pair].double(), expected, rtol=1e-5, atol=1e-6)
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
