"""Sampled depths: what they are rewarded by, what each loss teaches, and that the router learns."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.routers import choosing
from maw.settings import registry
from maw.training.objectives import grpo, policy
from maw.training.objectives.batch import Batch, contrastive_loss
from maw.training.objectives.routed_texts import RoutedTexts

Make = Callable[..., Any]
RELEVANCE_ALONE = {"attention_entropy": 0, "focus": 0}


def configured(**options: float) -> grpo.Config:
    return registry.parse("objectives", {"kind": "grpo", **options})


def begun(model: BiEncoder, batch: Batch, *, seed: int = 0, **options: float) -> Any:
    """The losses of one batch, in training."""
    config = configured(**options)
    return grpo.begin(config, model.train())(batch, torch.Generator().manual_seed(seed))


def moved(model: BiEncoder) -> set[str]:
    """Parameters with a gradient that is not zero."""
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}


def test_no_reward_at_all_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(InputError, match="objectives/grpo: .* are all 0: nothing to learn"):
        configured(relevance=0, **RELEVANCE_ALONE)


def test_a_model_without_a_router_cannot_be_trained_so(random_encoder: Make) -> None:
    with pytest.raises(ValueError, match="the grpo objective needs a router"):
        grpo.begin(configured(), random_encoder())


def test_each_sample_is_scored_under_its_own_depths(
    random_encoder: Make, random_batch: Batch
) -> None:
    model, G = random_encoder(router="grpo"), 3
    actions = torch.randint(4, (5, G), generator=torch.Generator().manual_seed(1))
    chosen = torch.randint(4, (7, 1), generator=torch.Generator().manual_seed(2))
    scores, attention = grpo.rank_under(model, random_batch, actions=actions, chosen=chosen)
    assert (scores.shape, attention.shape) == ((3, 5, 7), (3, 5, 2, 9, 9))
    order = torch.cat([chunk.positions for chunk in random_batch.documents])
    x, mask = random_batch.query_x, random_batch.query_mask
    for g in range(G):
        torch.testing.assert_close(attention[g], model.first.maps(x, mask, actions[:, g]))
        queries = model(x, mask, actions[:, g])
        place = 0
        for chunk in random_batch.documents:
            here = chosen[place : place + len(chunk.x), 0]
            known = queries @ model(chunk.x, chunk.mask, here).T
            asked = order[place : place + len(chunk.x)]
            torch.testing.assert_close(scores[g][:, asked], known)
            place += len(chunk.x)


def test_a_rank_counts_the_negatives_above_the_best_positive(random_batch: Batch) -> None:
    # positives .5 and .2, negatives .9 and .3, a pair that is neither .8: rank 2
    # then the positive .6, negatives below: rank 1, whatever the neither
    batch = replace(
        random_batch,
        query_mask=torch.ones(2, 1, dtype=torch.bool),
        positive=torch.tensor([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=torch.bool),
        negative=torch.tensor([[0, 0, 1, 1, 0], [0, 1, 1, 1, 0]], dtype=torch.bool),
    )
    scores = torch.tensor([[[0.5, 0.2, 0.9, 0.3, 0.8], [0.6, 0.1, 0.2, 0.3, 0.9]]])
    rewards, reached = grpo.reward(
        configured(relevance=1, **RELEVANCE_ALONE), scores, torch.ones(1, 2, 1, 1, 1), batch
    )
    assert rewards.tolist() == [[0.5], [1.0]]
    assert reached.tolist() == [0.5, 1.0]


def test_a_document_is_rewarded_by_the_queries_that_it_is_relevant_to() -> None:
    # queries reached 1 and .5; documents: of the first, of both, of none, of the second
    #   rewards 1, .75, -, .5: mean .75, std sqrt(1/24), advantages ±sqrt(1.5) and 0
    positive = torch.tensor([[1, 1, 0, 0], [0, 1, 0, 1]], dtype=torch.bool)
    judged, earned = grpo.document_reward(torch.tensor([1.0, 0.5]), positive)
    assert judged.tolist() == [True, True, False, True]
    assert earned[judged].tolist() == [[1.0], [0.75], [0.5]]
    gain = grpo.document_advantage(earned, judged)
    known = torch.tensor([[1.5**0.5], [0.0], [-(1.5**0.5)]])
    torch.testing.assert_close(gain[judged], known, rtol=0, atol=1e-3)  # epsilon 1e-4 of .2


def test_a_document_that_no_query_of_the_batch_is_after_is_not_reinforced(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []

    def spied(logits: Tensor, *, reference: Tensor, **rest: Any) -> Tensor:
        seen.append(reference)
        return policy_loss(logits, reference=reference, **rest)

    policy_loss = policy.policy_loss
    monkeypatch.setattr(policy, "policy_loss", spied)
    model = random_encoder(router="grpo")
    untouched = deepcopy(model).eval()
    next(iter(begun(model, random_batch)))
    places = torch.cat([chunk.positions for chunk in random_batch.documents])
    known = torch.cat([untouched.route(chunk.x, chunk.mask) for chunk in random_batch.documents])
    _, documents = seen
    torch.testing.assert_close(documents, known[places != 5])  # only document 5 is no positive


def test_the_importance_ratio_is_one_until_the_first_update(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratios: list[Tensor] = []

    def spied(logits: Tensor, *, actions: Tensor, old: Tensor, **rest: Any) -> Tensor:
        ratios.append((logits.log_softmax(-1).gather(1, actions) - old).exp().detach())
        return policy_loss(logits, actions=actions, old=old, **rest)

    policy_loss = policy.policy_loss
    monkeypatch.setattr(policy, "policy_loss", spied)
    model = random_encoder(router="grpo")
    assert model.router[2].p > 0  # dropout must not move the ratio
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for loss, _ in begun(model, random_batch, epochs=2):
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

    def spied(logits: Tensor, **rest: Any) -> Tensor:
        loss = policy_loss(logits, **rest)
        parts.append(loss.item())
        return loss

    policy_loss = policy.policy_loss
    monkeypatch.setattr(policy, "policy_loss", spied)
    loss, noted = next(iter(begun(random_encoder(router="grpo"), random_batch)))
    of_queries, of_documents = parts
    # means over 5 queries · 4 samples and over 6 documents: 6 / 20
    known = noted["loss"] + of_queries + 6 / 20 * of_documents
    assert loss.item() == pytest.approx(known, rel=1e-5)


def test_dropout_differs_by_batch_and_leaves_torchs_generator_alone(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="grpo").train()
    reference = deepcopy(model.router).eval()
    texts = [(random_batch.query_x, random_batch.query_mask)]
    generator, before = torch.Generator().manual_seed(0), torch.get_rng_state()
    first, second = (
        RoutedTexts.of(model, reference, texts, generator=generator).logits for _ in range(2)
    )
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_first_loss_teaches_all_and_the_later_ones_the_router_alone(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="grpo")
    routing = {f"router.{name}" for name, _ in model.router.named_parameters()}
    for epoch, (loss, _) in enumerate(begun(model, random_batch, epochs=3)):
        model.zero_grad(set_to_none=True)
        loss.backward()
        assert routing <= moved(model)
        assert (moved(model) == routing) == (epoch > 0)
        with torch.no_grad():
            for parameter in model.router.parameters():
                parameter += 0.01


def test_the_weights_learn_by_the_ranking_loss_under_the_drawn_depths(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "sample", lambda logits, n, _: torch.full((len(logits), n), 2))
    model = random_encoder(router="grpo")
    loss, noted = next(iter(begun(model, random_batch)))
    loss.backward()
    found = [parameter.grad for parameter in model.first.parameters()]
    assert [d for d in range(4) if model.first.query_key[d].grad is not None] == [2]
    model.zero_grad(set_to_none=True)
    two = torch.full((5, 1), 2), torch.full((7, 1), 2)
    scores, _ = grpo.rank_under(model, random_batch, actions=two[0], chosen=two[1])
    ranking = contrastive_loss(scores, random_batch)
    ranking.backward()
    assert noted["loss"] == pytest.approx(ranking.item(), rel=1e-5)
    for a, parameter in zip(found, model.first.parameters(), strict=True):
        if parameter.grad is not None:
            torch.testing.assert_close(a, parameter.grad, rtol=1e-4, atol=1e-5)


def test_equal_rewards_move_no_parameter_and_are_counted(
    random_encoder: Make, random_batch: Batch
) -> None:
    # without negatives every query ranks its positive first, and ranking has nothing to teach
    batch = replace(random_batch, negative=torch.zeros(5, 7, dtype=torch.bool))
    model = random_encoder(router="grpo")
    loss, noted = next(
        iter(begun(model, batch, relevance=1, kl=0, entropy_bonus=0, **RELEVANCE_ALONE))
    )
    loss.backward()
    assert moved(model) == set()
    assert (noted["reward"], noted["zero_advantage_share"]) == (1, 1)


def test_the_router_starts_as_its_own_reference(random_encoder: Make, random_batch: Batch) -> None:
    # without dropout: the divergence is 0, and so is its gradient
    model = random_encoder(router="grpo")
    model.router[2].p = 0.0
    batch = replace(random_batch, negative=torch.zeros(5, 7, dtype=torch.bool))
    still = {"relevance": 1, "entropy_bonus": 0, **RELEVANCE_ALONE}
    next(iter(begun(model, batch, kl=1.0, **still)))[0].backward()
    largest = max(p.grad.abs().max().item() for p in model.router.parameters())
    assert largest == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("rewards", [{}, RELEVANCE_ALONE], ids=["all rewards", "relevance alone"])
def test_the_router_finds_the_one_right_depth(
    rewards: dict[str, int], one_right_depth: Any
) -> None:
    accuracy, dev = one_right_depth.learn({"kind": "grpo", **rewards})
    assert accuracy >= 0.95
    assert dev >= 0.95  # RR@10: the right depth ranks the right document first


def test_with_its_gradient_cut_the_router_stays_at_one_in_four(one_right_depth: Any) -> None:
    found = [
        one_right_depth.learn({"kind": "grpo"}, seed=seed, cut=True, steps=10)[0]
        for seed in range(10)
    ]
    assert sum(found) / 10 == pytest.approx(1 / 4, abs=0.1)


CRITIC = {"kind": "grpo", "value_head": True}


def test_a_critic_and_its_head_need_each_other(random_encoder: Make) -> None:
    for router, actor_critic in ((CRITIC, False), ("grpo", True)):
        with pytest.raises(ValueError, match="actor_critic and the router's value_head need each"):
            grpo.begin(configured(actor_critic=actor_critic), random_encoder(router=router))


def test_with_a_critic_the_advantage_is_the_reward_less_what_it_expected(
    random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []

    def spied(logits: Tensor, *, advantage: Tensor, **rest: Any) -> Tensor:
        seen.append(advantage)
        return logits.sum() * 0

    monkeypatch.setattr(policy, "policy_loss", spied)
    model = random_encoder(router=CRITIC)
    model.router.body[2].p = 0.0  # no dropout: what is expected can be computed again
    loss, noted = next(iter(begun(model, random_batch, actor_critic=True, value=2.0)))
    queries, documents = seen
    expected = model.router.value(model.features(random_batch.query_x, random_batch.query_mask))
    assert (queries + expected[:, None]).mean().item() == pytest.approx(noted["reward"], rel=1e-5)
    assert documents.shape == (6, 1)  # document 5 is no positive
    # 2 · the mean squared advantage of queries, and of documents by their share, 6 of 20 samples
    critic = 2 * (queries.square().mean() + 6 / 20 * documents.square().mean())
    assert loss.item() == pytest.approx(noted["loss"] + critic.item(), rel=1e-5)
    loss.backward()
    assert model.router.critic.weight.grad.any()


def test_the_actor_critic_finds_the_one_right_depth(one_right_depth: Any) -> None:
    objective = {"kind": "grpo", "actor_critic": True, "relevance": 1, **RELEVANCE_ALONE}
    accuracy, _ = one_right_depth.learn(objective, router={"value_head": True})
    assert accuracy >= 0.95
