"""GRPO with a critic: the advantage is the reward less what the router's value head expects."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.ragged import restore
from maw.settings import registry
from maw.training.objectives import grpo, policy
from maw.training.objectives.batch import Batch

Make = Callable[..., Any]


def configured(**options: float) -> grpo.Config:
    """The objective with these options."""
    config = registry.parse("objectives", {"kind": "grpo", **options})
    assert isinstance(config, grpo.Config)
    return config


def first_loss(model: BiEncoder, batch: Batch, **options: float) -> tuple[Tensor, dict[str, float]]:
    """The first loss of one batch in training, and its metrics."""
    losses = grpo.begin(configured(**options), model.train())
    return next(losses(batch, torch.Generator().manual_seed(0)))


CRITIC = {"kind": "grpo", "value_head": True}


def test_a_critic_and_its_head_need_each_other(random_encoder: Make) -> None:
    for router, actor_critic in ((CRITIC, False), ("grpo", True)):
        clash = f"actor_critic is {actor_critic}, but the router's value_head is {not actor_critic}"
        with pytest.raises(ValueError, match=clash):
            grpo.begin(configured(actor_critic=actor_critic), random_encoder(router=router))


def test_with_a_critic_the_advantage_is_the_reward_less_what_it_expected(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Tensor] = []

    def recorded(logits: Tensor, *, advantage: Tensor, **options: Any) -> Tensor:
        calls.append(advantage)
        return logits.sum() * 0

    monkeypatch.setattr(policy, "policy_loss", recorded)
    model = random_encoder(router=CRITIC)
    model.router.body[2].p = 0.0  # no dropout: what is expected can be computed again
    loss, metrics = first_loss(model, random_batch, actor_critic=True, value=2.0)
    queries, documents = calls
    features = [model.features(chunk.x, chunk.mask) for chunk in random_batch.queries]
    expected = model.router.value(restore(features, random_batch.queries))
    assert (queries + expected[:, None]).mean().item() == pytest.approx(metrics["reward"], rel=1e-5)
    assert documents.shape == (6, 1)  # document 5 is no positive
    # 2 · the mean squared advantage of queries, and of documents by their share, 6 of 20 samples
    critic = 2 * (queries.square().mean() + 6 / 20 * documents.square().mean())
    assert loss.item() == pytest.approx(metrics["loss"] + critic.item(), rel=1e-5)
    loss.backward()
    assert model.router.critic.weight.grad.any()


def test_the_actor_critic_finds_the_one_right_depth(one_right_depth: Any) -> None:
    objective = {
        "kind": "grpo",
        "actor_critic": True,
        "relevance": 1,
        "attention_entropy": 0,
        "focus": 0,
    }
    accuracy, _ = one_right_depth.learn(objective, router={"value_head": True})
    assert accuracy >= 0.95
