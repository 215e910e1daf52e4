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


def configured(**options: Any) -> grpo.Config:
    """The objective with these options."""
    config = registry.parse("objectives", {"kind": "grpo", **options})
    assert isinstance(config, grpo.Config)
    return config


def first_loss(model: BiEncoder, batch: Batch, **options: Any) -> tuple[Tensor, dict[str, float]]:
    """The first loss of one batch in training, and its metrics."""
    losses = grpo.begin(configured(**options), model.train())
    return next(losses(batch, torch.Generator().manual_seed(0)))


CRITIC = {"kind": "grpo", "value_head": True}


def test_a_critic_and_its_head_need_each_other(random_encoder: Make) -> None:
    for router, actor_critic in ((CRITIC, False), ("grpo", True)):
        clash = f"actor_critic is {actor_critic}, but the router's value_head is {not actor_critic}"
        with pytest.raises(ValueError, match=clash):
            grpo.begin(configured(actor_critic=actor_critic), random_encoder(router=router))


@pytest.mark.parametrize("reward", ["dense", "source"])
def test_with_a_critic_the_advantage_is_the_reward_less_what_it_expected(
    reward: str, random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Tensor] = []

    def recorded(logits: Tensor, *, advantage: Tensor, **options: Any) -> Tensor:
        calls.append(advantage)
        return logits.sum() * 0

    monkeypatch.setattr(policy, "policy_loss", recorded)
    model = random_encoder(router=CRITIC)
    model.router.body[2].p = 0.0  # no dropout: what is expected can be computed again
    options = {"reward": reward, "actor_critic": True, "value": 2.0, "balance": 0}
    options |= {"samples": 4, "documents": "sampled"}
    loss, metrics = first_loss(model, random_batch, **options)
    queries, documents = calls
    features = [model.features(chunk.x, chunk.mask) for chunk in random_batch.queries]
    expected = model.router.value(restore(features, random_batch.queries))
    predicted = queries + expected[:, None]
    if reward == "source":
        assert predicted.mean().item() == pytest.approx(metrics["reward"], rel=1e-5)
    else:  # standardised over the batch
        assert predicted.mean().item() == pytest.approx(0, abs=1e-6)
        assert predicted.std(correction=0).item() == pytest.approx(1, abs=1e-3)
    assert documents.shape == (6, 1)  # document 5 is no positive
    # 2 · the mean squared advantage of queries, and of documents by their share, 6 of 20 samples
    critic = 2 * (queries.square().mean() + 6 / 20 * documents.square().mean())
    assert loss.item() == pytest.approx(metrics["loss"] + critic.item(), rel=1e-5)
    loss.backward()
    assert model.router.critic.weight.grad.any()


def test_the_actor_critic_finds_the_one_right_depth(one_right_depth: Any) -> None:
    # 100 steps are enough for four seeds
    objective = {"kind": "grpo", "actor_critic": True}
    accuracy, _ = one_right_depth.learn(objective, router={"value_head": True}, steps=100)
    assert accuracy >= 0.95
