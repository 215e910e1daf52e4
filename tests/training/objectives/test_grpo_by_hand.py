"""GRPO with the dense reward on two depths, against a gradient worked on paper; its defaults."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.training.objectives import grpo, grpo_losses
from maw.training.objectives.balance import load_balance
from maw.training.objectives.batch import Batch
from maw.training.objectives.routed_texts import RoutedTexts

Make = Callable[..., Any]
ROUTER_ALONE = {"kl": 0, "entropy_bonus": 0, "epochs": 1}


def first_loss(model: Any, batch: Batch, **options: Any) -> tuple[Tensor, dict[str, float]]:
    """The first loss of a batch, and its metrics."""
    config = registry.parse("objectives", {"kind": "grpo", **options})
    assert isinstance(config, grpo.Config)
    return next(grpo.begin(config, model)(batch, torch.Generator().manual_seed(0)))


class SameForAll(nn.Module):
    """A router that gives every text the same logits, whose gradients it so sums up."""

    def __init__(self, *policy: float) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(policy).log())

    def forward(self, features: Tensor) -> Tensor:
        return self.logits.expand(len(features), -1)


def inverse_softplus(loss: float) -> float:
    """How far the negative's score must be above the positive's for this cross-entropy."""
    return math.log(math.expm1(loss))


@pytest.fixture
def two_queries(random_texts: Callable[..., Ragged]) -> Batch:
    """Each query's positive is the other's negative; temperature 1."""
    return Batch(
        queries=list(random_texts([3, 3]).chunks(torch.arange(2), 2)),
        documents=list(random_texts([3, 3], seed=1).chunks(torch.arange(2), 2)),
        positive=torch.eye(2, dtype=torch.bool),
        negative=~torch.eye(2, dtype=torch.bool),
        n_relevant=torch.tensor([1, 1]),
        temperature=1.0,
    )


def test_the_policy_gradient_of_the_dense_reward_on_two_depths(
    random_encoder: Make, two_queries: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    # query 0 samples depths 0, 1, 1, 1 with log-likelihoods -1, -3, -3, -3: centred 1.5, -.5 · 3
    # query 1 samples depth 1 four times, log-likelihood -2: a tie, no advantage
    #   std over the batch: sqrt((2.25 + 3 · .25) / 8) = .6123724357
    #   advantages 1.5 / .6123724357 = 2.4494897428 and three times -.8164965809
    # d loss / d logit of depth d = -1/8 Σ_g A_g (1[depth g is d] - π_d), and Σ_g A_g = 0:
    #   -2.4494897428 / 8 = -.3061862178 for depth 0 and .3061862178 for depth 1, whatever π is
    # documents have their likeliest depth, which teaches the router nothing
    depths = torch.tensor([[0, 1, 1, 1], [1, 1, 1, 1]])
    monkeypatch.setattr(grpo_losses, "sample", lambda logits, n, _: depths)
    differences = [[inverse_softplus(loss) for loss in row] for row in ([1, 3, 3, 3], [2] * 4)]
    scores = torch.zeros(4, 2, 2)
    scores[:, 0, 1], scores[:, 1, 0] = torch.tensor(differences)
    monkeypatch.setattr(grpo_losses, "scores_under", lambda *_, **__: (scores, {}))
    model = random_encoder(depths=2, router="grpo")
    model.router = SameForAll(0.25, 0.75)
    loss, metrics = first_loss(model, two_queries, samples=4, balance=0, **ROUTER_ALONE)
    loss.backward()
    # the epsilon of 1e-4 beside a standard deviation of .61
    expected = pytest.approx([-0.3061862178, 0.3061862178], rel=2e-4)
    assert model.router.logits.grad.tolist() == expected
    assert metrics["loss"] == pytest.approx((1 + 3 * 3 + 4 * 2) / 8)
    assert metrics["reward"] == pytest.approx(-18 / 8)
    assert (metrics["tied_share"], metrics["advantage_mass_relevance"]) == (0.5, 1)


@pytest.mark.parametrize(("documents", "n_sides"), [("likeliest", 1), ("sampled", 2)])
@pytest.mark.parametrize("balance", [0.0, 0.5])
def test_the_sides_that_are_sampled_are_balanced_each_for_themselves(
    balance: float, documents: str, n_sides: int, random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="grpo")
    model.router[2].p = 0.0
    loss, _ = first_loss(model, random_batch, balance=balance, documents=documents)
    unbalanced, _ = first_loss(model, random_batch, balance=0, documents=documents)
    sides = [
        torch.cat([model.route(chunk.x, chunk.mask) for chunk in chunks])
        for chunks in (random_batch.queries, random_batch.documents)
    ]
    expected = balance * sum(load_balance(logits).item() for logits in sides[:n_sides])
    assert (loss - unbalanced).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("documents", ["likeliest", "sampled"])
def test_documents_teach_the_router_only_where_their_depths_are_sampled(
    documents: str, random_encoder: Make, random_batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[int] = []

    def recorded(texts: Any, depths: Tensor, *_: Any, **__: Any) -> Tensor:
        taught.append(len(depths))
        return torch.zeros(())

    monkeypatch.setattr(RoutedTexts, "loss", recorded)
    first_loss(random_encoder(router="grpo"), random_batch, documents=documents)
    n_queries, n_documents = random_batch.positive.shape
    assert taught == [n_queries, *([n_documents] if documents == "sampled" else [])]


OPTIONS = ("relevance", "attention_entropy", "focus", "balance", "samples", "documents")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (1, 0, 0, 1, 8, "likeliest")),
        ({"reward": "source"}, (0.4, 0.3, 0.3, 0, 4, "sampled")),
        (
            {"reward": "source", "relevance": 1, "focus": 0, "samples": 6},
            (1, 0.3, 0, 0, 6, "sampled"),
        ),
        ({"reward": "source", "balance": 0.2}, (0.4, 0.3, 0.3, 0.2, 4, "sampled")),
        ({"reward": "dense", "focus": 0.5}, (1, 0, 0.5, 1, 8, "likeliest")),
    ],
)
def test_the_source_has_defaults_of_its_own_and_given_values_win(
    given: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    config = registry.parse("objectives", {"kind": "grpo", **given})
    assert tuple(getattr(config, name) for name in OPTIONS) == expected
    assert registry.parse("objectives", config.model_dump() | {"kind": "grpo"}) == config
