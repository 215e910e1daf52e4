"""The mixture likelihood against a three-depth example worked by hand, and what it teaches."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.ragged import restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.settings import registry
from maw.training.objectives import mixture, mixture_losses
from maw.training.objectives.balance import load_balance
from maw.training.objectives.batch import (
    Batch,
    LossesOfBatch,
    PairBatch,
    contrastive_loss,
    scores_decided,
)
from maw.training.objectives.mixture_losses import (
    components_of_pairs,
    components_of_texts,
    negative_log_likelihood,
)
from tests.training.objectives.test_grpo_by_hand import SameForAll

Make = Callable[..., Any]

# prior (.5, .3, .2), likelihoods (.1, .4, .5): joint (.05, .12, .1), sum .27, loss -ln .27
# posterior (.05, .12, .1) / .27; the logits' gradient is prior - posterior
PRIOR, LIKELIHOODS, LOSS = (0.5, 0.3, 0.2), (0.1, 0.4, 0.5), 1.3093333200
POSTERIOR = [0.1851851852, 0.4444444444, 0.3703703704]
GRADIENT = [0.3148148148, -0.1444444444, -0.1703703704]


def begun(model: RoutedLayers, **options: Any) -> LossesOfBatch:
    """The objective of this model, with these options."""
    config = registry.parse("objectives", {"kind": "mixture", **options})
    assert isinstance(config, mixture.Config)
    return mixture.begin(config, model)


def loss_of(losses: LossesOfBatch, batch: Batch | PairBatch) -> tuple[Tensor, dict[str, float]]:
    """The one loss of a batch, and its metrics."""
    ((loss, metrics),) = losses(batch, torch.Generator())
    return loss, metrics


def taught(model: RoutedLayers) -> set[str]:
    """The parameters with a gradient that is not zero."""
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}


def test_three_depths_by_hand() -> None:
    logits = torch.tensor([PRIOR], dtype=torch.float64).log() + 7  # logits have no fixed origin
    log_p = torch.tensor([LIKELIHOODS], dtype=torch.float64).log()
    loss = negative_log_likelihood(log_p.requires_grad_(), logits.requires_grad_())
    assert loss.item() == pytest.approx(LOSS, abs=5e-11)
    loss.sum().backward()
    assert logits.grad is not None
    assert log_p.grad is not None
    assert logits.grad[0].tolist() == pytest.approx(GRADIENT, abs=5e-11)
    # what the depths' weights learn by: minus the posterior of each depth's log-likelihood
    assert (-log_p.grad[0]).tolist() == pytest.approx(POSTERIOR, abs=5e-11)


@pytest.mark.parametrize("of_pairs", [False, True], ids=["bi-encoder", "cross-encoder"])
def test_both_encoders_learn_by_prior_minus_posterior(
    of_pairs: bool,
    random_encoder: Make,
    random_cross_encoder: Callable[[str | None], CrossEncoder],
    random_batch: Batch,
    pair_batch: PairBatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model: RoutedLayers
    model = random_cross_encoder("grpo") if of_pairs else random_encoder(depths=3, router="grpo")
    batch = pair_batch if of_pairs else random_batch
    model.n_open = 3
    router = model.router = SameForAll(*PRIOR)
    n_queries = len(batch.positive)

    def by_hand(scores: Tensor, batch: Batch | PairBatch) -> Tensor:
        assert scores.shape == (3, *batch.positive.shape)
        return torch.tensor(LIKELIHOODS).log()[:, None].expand(3, n_queries)

    monkeypatch.setattr(mixture_losses, "log_likelihoods", by_hand)
    loss, metrics = loss_of(begun(model, balance=0), batch)
    loss.backward()
    assert loss.item() == metrics["loss"] == pytest.approx(LOSS, abs=1e-6)
    assert router.logits.grad is not None
    assert router.logits.grad.tolist() == pytest.approx(GRADIENT, abs=1e-6)
    # -Σ p ln p of the prior and of the posterior
    assert metrics["router_entropy"] == pytest.approx(1.0296530141, abs=1e-6)
    assert metrics["posterior_entropy"] == pytest.approx(1.0405805590, abs=1e-6)


def test_every_depth_of_a_query_is_scored_against_documents_at_their_likeliest(
    random_encoder: Make, random_batch: Batch
) -> None:
    model: BiEncoder = random_encoder(router="grpo").eval()
    components = components_of_texts(model, random_batch)
    documents = restore(
        [
            model(chunk.x, chunk.mask, model.route(chunk.x, chunk.mask).argmax(-1))
            for chunk in random_batch.documents
        ],
        random_batch.documents,
    )
    for d in range(4):
        parts = [
            model(chunk.x, chunk.mask, torch.full((len(chunk.x),), d))
            for chunk in random_batch.queries
        ]
        scores = restore(parts, random_batch.queries) @ documents.T / 0.05
        for q, row in enumerate(scores):
            rivals = row[random_batch.negative[q]].exp().sum()
            own = row[random_batch.positive[q]].exp()
            expected = (own / (own + rivals)).log().mean()
            torch.testing.assert_close(
                components.log_likelihoods[q, d], expected, rtol=1e-4, atol=1e-5
            )
    logits = restore(
        [model.route(chunk.x, chunk.mask) for chunk in random_batch.queries], random_batch.queries
    )
    torch.testing.assert_close(components.logits, logits)


def test_a_list_is_ranked_with_all_its_pairs_at_one_depth(
    random_cross_encoder: Callable[[str | None], CrossEncoder], pair_batch: PairBatch
) -> None:
    model = random_cross_encoder("grpo").eval()
    components = components_of_pairs(model, pair_batch)
    for d in range(4):
        parts = [model(x, mask, torch.full((len(x),), d)) for x, mask in pair_batch.texts]
        scores = pair_batch.scores(parts)
        expected = -contrastive_loss(scores, pair_batch)  # one positive a query, temperature 1
        torch.testing.assert_close(components.log_likelihoods[:, d].mean(), expected)
    pair_logits = torch.cat([model.route(x, mask) for x, mask in pair_batch.texts])
    means = [pair_logits[pair_batch.query == q].mean(0) for q in range(3)]
    torch.testing.assert_close(components.logits, torch.stack(means))


def test_the_likelihood_teaches_layers_and_router_and_both_sides_are_balanced(
    random_encoder: Make, random_batch: Batch
) -> None:
    model: BiEncoder = random_encoder(router="grpo").eval()
    loss, metrics = loss_of(begun(model, balance=2.0), random_batch)
    sides = [
        torch.cat([model.route(chunk.x, chunk.mask) for chunk in chunks])
        for chunks in (random_batch.queries, random_batch.documents)
    ]
    expected = metrics["loss"] + 2 * sum(load_balance(logits).item() for logits in sides)
    assert loss.item() == pytest.approx(expected, rel=1e-6)
    loss.backward()
    of_router = {name for name, _ in model.named_parameters() if name.startswith("router")}
    assert of_router
    assert of_router <= taught(model)
    depths = [name for name, _ in model.named_parameters() if "query_key." in name]
    assert len(depths) == 4
    assert set(depths) <= taught(model)


@pytest.mark.parametrize("of_pairs", [False, True], ids=["bi-encoder", "cross-encoder"])
def test_from_the_hardened_step_on_only_the_likeliest_depth_is_trained(
    of_pairs: bool,
    random_encoder: Make,
    random_cross_encoder: Callable[[str | None], CrossEncoder],
    random_batch: Batch,
    pair_batch: PairBatch,
) -> None:
    model: RoutedLayers
    model = random_cross_encoder("grpo") if of_pairs else random_encoder(router="grpo")
    batch = pair_batch if of_pairs else random_batch
    losses = begun(model.eval(), harden=2)
    soft, _ = loss_of(losses, batch)
    hard, metrics = loss_of(losses, batch)
    again, _ = loss_of(losses, batch)
    expected = contrastive_loss(scores_decided(model, batch), batch)
    assert metrics["router_entropy"] > 0
    assert metrics["loss"] == hard.item() == again.item() == expected.item() != soft.item()
    hard.backward()
    assert taught(model)
    assert not any(name.startswith("router") for name in taught(model))


def test_a_model_without_a_router_cannot_be_trained_so(random_encoder: Make) -> None:
    with pytest.raises(ValueError, match="the mixture objective needs a router"):
        begun(random_encoder())


def test_the_router_finds_the_one_right_depth(one_right_depth: Any) -> None:
    # 100 steps are enough for four seeds
    accuracy, dev = one_right_depth.learn({"kind": "mixture"}, steps=100)
    assert accuracy >= 0.95
    assert dev >= 0.95  # RR@10: the right depth ranks the right document first


def test_with_its_gradient_cut_the_router_stays_at_one_in_four(one_right_depth: Any) -> None:
    accuracies = [
        one_right_depth.learn({"kind": "mixture"}, seed=seed, cut=True, steps=2)[0]
        for seed in range(10)
    ]
    assert sum(accuracies) / 10 == pytest.approx(1 / 4, abs=0.1)
