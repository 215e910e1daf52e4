"""GRPO for a bi-encoder: what each loss teaches, and that the router learns."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.ragged import restore
from maw.settings import registry
from maw.training.objectives import grpo, grpo_losses, policy
from maw.training.objectives.batch import Batch, Losses, contrastive_loss

Make = Callable[..., Any]
RELEVANCE_ALONE = {"relevance": 1, "attention_entropy": 0, "focus": 0}


def configured(**options: Any) -> grpo.Config:
    """The objective with these options."""
    config = registry.parse("objectives", {"kind": "grpo", **options})
    assert isinstance(config, grpo.Config)
    return config


def losses_of(model: BiEncoder, batch: Batch, *, seed: int = 0, **options: Any) -> Losses:
    """The losses of one batch, in training."""
    config = configured(**options)
    return grpo.begin(config, model.train())(batch, torch.Generator().manual_seed(seed))


def taught(model: BiEncoder) -> set[str]:
    """The parameters with a gradient that is not zero."""
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}


def test_no_reward_at_all_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(InputError, match="objectives/grpo: .* are all 0: nothing to learn"):
        configured(relevance=0)


def test_a_model_without_a_router_cannot_be_trained_so(random_encoder: Make) -> None:
    with pytest.raises(ValueError, match="the grpo objective needs a router"):
        grpo.begin(configured(), random_encoder())


def test_each_sample_is_scored_under_its_own_depths(
    random_encoder: Make, random_batch: Batch
) -> None:
    model, G = random_encoder(router="grpo"), 3
    query_depths = torch.randint(4, (5, G), generator=torch.Generator().manual_seed(1))
    document_depths = torch.randint(4, (7, 1), generator=torch.Generator().manual_seed(2))
    scores, _ = grpo_losses.scores_under(
        model,
        random_batch,
        query_depths=query_depths,
        document_depths=document_depths,
    )
    assert scores.shape == (3, 5, 7)
    order = torch.cat([chunk.positions for chunk in random_batch.documents])
    for g in range(G):
        parts = [
            model(chunk.x, chunk.mask, query_depths[chunk.positions, g])
            for chunk in random_batch.queries
        ]
        queries = restore(parts, random_batch.queries)
        start = 0
        for chunk in random_batch.documents:
            depths = document_depths[start : start + len(chunk.x), 0]
            expected = queries @ model(chunk.x, chunk.mask, depths).T
            columns = order[start : start + len(chunk.x)]
            torch.testing.assert_close(scores[g][:, columns], expected)
            start += len(chunk.x)


def test_a_document_that_is_relevant_to_no_query_of_the_batch_is_not_reinforced(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Tensor] = []

    def recorded(logits: Tensor, *, reference: Tensor, **options: Any) -> Tensor:
        calls.append(reference)
        return policy_loss(logits, reference=reference, **options)

    policy_loss = policy.policy_loss
    monkeypatch.setattr(policy, "policy_loss", recorded)
    model = random_encoder(router="grpo")
    untouched = deepcopy(model).eval()
    next(iter(losses_of(model, random_batch, documents="sampled")))
    positions = torch.cat([chunk.positions for chunk in random_batch.documents])
    expected = torch.cat([untouched.route(chunk.x, chunk.mask) for chunk in random_batch.documents])
    _, documents = calls
    is_relevant = positions != 5  # only document 5 is no positive
    torch.testing.assert_close(documents, expected[is_relevant])


def test_the_importance_ratio_is_one_until_the_first_update(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratios: list[Tensor] = []

    def recorded(logits: Tensor, *, actions: Tensor, old: Tensor, **options: Any) -> Tensor:
        ratios.append((logits.log_softmax(-1).gather(1, actions) - old).exp().detach())
        return policy_loss(logits, actions=actions, old=old, **options)

    policy_loss = policy.policy_loss
    monkeypatch.setattr(policy, "policy_loss", recorded)
    model = random_encoder(router="grpo")
    assert model.router[2].p > 0  # dropout must not move the ratio
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    options: dict[str, Any] = {"samples": 4, "documents": "sampled", "epochs": 2}
    for loss, _ in losses_of(model, random_batch, **options):
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    first_queries, first_documents, second_queries, second_documents = ratios
    assert torch.equal(first_queries, torch.ones(5, 4))
    assert torch.equal(first_documents, torch.ones(6, 1))  # document 5 is relevant to no query
    assert not torch.allclose(second_queries, torch.ones(5, 4))
    assert not torch.allclose(second_documents, torch.ones(6, 1))


def test_a_documents_sample_weighs_as_much_as_a_querys(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[float] = []

    def recorded(logits: Tensor, **options: Any) -> Tensor:
        loss = policy_loss(logits, **options)
        parts.append(loss.item())
        return loss

    policy_loss = policy.policy_loss
    monkeypatch.setattr(policy, "policy_loss", recorded)
    options: dict[str, Any] = {"samples": 4, "documents": "sampled", "balance": 0}
    losses = losses_of(random_encoder(router="grpo"), random_batch, **options)
    loss, metrics = next(iter(losses))
    query_loss, document_loss = parts
    # means over 5 queries · 4 samples and over 6 documents: 6 / 20
    expected = metrics["loss"] + query_loss + 6 / 20 * document_loss
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_the_first_loss_teaches_all_and_the_later_ones_the_router_alone(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="grpo")
    routing = {f"router.{name}" for name, _ in model.router.named_parameters()}
    for epoch, (loss, _) in enumerate(losses_of(model, random_batch, epochs=3)):
        model.zero_grad(set_to_none=True)
        loss.backward()
        assert routing <= taught(model)
        assert (taught(model) == routing) == (epoch > 0)
        with torch.no_grad():
            for parameter in model.router.parameters():
                parameter += 0.01


def test_the_weights_learn_by_the_ranking_loss_under_the_drawn_depths(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grpo_losses, "sample", lambda logits, n, _: torch.full((len(logits), n), 2))
    model = random_encoder(router="grpo")
    loss, metrics = next(iter(losses_of(model, random_batch, documents="sampled")))
    loss.backward()
    gradients = [parameter.grad for parameter in model.first.parameters()]
    assert [d for d in range(4) if model.first.query_key[d].grad is not None] == [2]
    model.zero_grad(set_to_none=True)
    scores, _ = grpo_losses.scores_under(
        model,
        random_batch,
        query_depths=torch.full((5, 1), 2),
        document_depths=torch.full((7, 1), 2),
    )
    ranking = contrastive_loss(scores, random_batch)
    ranking.backward()
    assert metrics["loss"] == pytest.approx(ranking.item(), rel=1e-5)
    for gradient, parameter in zip(gradients, model.first.parameters(), strict=True):
        if parameter.grad is not None:
            torch.testing.assert_close(gradient, parameter.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("reward", ["dense", "source"])
def test_equal_rewards_move_no_parameter_and_are_counted(
    reward: str, random_encoder: Make, random_batch: Batch
) -> None:
    # without negatives every query ranks its positive first, and ranking has nothing to teach
    batch = replace(random_batch, negative=torch.zeros(5, 7, dtype=torch.bool))
    model = random_encoder(router="grpo")
    options: dict[str, Any]
    options = {"reward": reward, "kl": 0, "entropy_bonus": 0, "balance": 0, **RELEVANCE_ALONE}
    loss, metrics = next(iter(losses_of(model, batch, **options)))
    loss.backward()
    assert taught(model) == set()
    # rank 1, or a likelihood of 1
    expected_reward = {"dense": 0, "source": 1}[reward]
    assert (metrics["reward"], metrics["tied_share"]) == (expected_reward, 1)
    assert metrics["advantage_mass_relevance"] == 0


def test_the_router_starts_as_its_own_reference(random_encoder: Make, random_batch: Batch) -> None:
    # without dropout: the divergence is 0, and so is its gradient
    model = random_encoder(router="grpo")
    model.router[2].p = 0.0
    batch = replace(random_batch, negative=torch.zeros(5, 7, dtype=torch.bool))
    options = {"entropy_bonus": 0, "balance": 0}
    next(iter(losses_of(model, batch, kl=1.0, **options)))[0].backward()
    largest = max(p.grad.abs().max().item() for p in model.router.parameters())
    assert largest == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "rewards",
    [{}, {"reward": "source"}],
    ids=["dense", "the source's"],
)
def test_the_router_finds_the_one_right_depth(
    rewards: dict[str, Any], one_right_depth: Any
) -> None:
    # 80 steps are enough for four seeds of the dense reward, 100 for four of the source's
    accuracy, dev = one_right_depth.learn({"kind": "grpo", **rewards}, steps=100)
    assert accuracy >= 0.95
    assert dev >= 0.95  # RR@10: the right depth ranks the right document first


def test_with_its_gradient_cut_the_router_stays_at_one_in_four(one_right_depth: Any) -> None:
    accuracies = [
        one_right_depth.learn({"kind": "grpo"}, seed=seed, cut=True, steps=2)[0]
        for seed in range(10)
    ]
    assert sum(accuracies) / 10 == pytest.approx(1 / 4, abs=0.1)
