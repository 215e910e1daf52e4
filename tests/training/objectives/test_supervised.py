"""The straight-through choice, and what a router learns from it and from a rule."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from maw.models.attention.straight_through import Gates
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.ragged import restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.settings import registry
from maw.training.objectives import supervised
from maw.training.objectives.batch import Batch, PairBatch
from maw.training.objectives.supervised import embed

Make = Callable[..., Any]


def losses_of(
    model: RoutedLayers, batch: Batch | PairBatch, **options: Any
) -> tuple[Tensor, dict[str, float]]:
    """The one loss of a batch, and its metrics."""
    config = registry.parse("objectives", {"kind": "supervised", **options})
    assert isinstance(config, supervised.Config)
    losses = supervised.begin(config, model)
    (loss_and_metrics,) = losses(batch, torch.Generator().manual_seed(0))
    return loss_and_metrics


class RecordingModel:
    """Stands for a model of four depths: the same logits for every text; records its inputs."""

    depths = 4
    policy = torch.tensor([0.1, 0.2, 0.3, 0.4])
    depth: Tensor
    gates: Gates

    def route(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.policy.log().expand(len(x), -1)

    def __call__(self, x: Tensor, mask: Tensor, depth: Tensor, gates: Gates) -> Tensor:
        self.depth, self.gates = depth, gates
        return x


def test_depths_are_drawn_from_the_policy_and_the_other_depth_evenly_from_the_rest() -> None:
    n, model = 20_000, RecordingModel()
    generator = torch.Generator().manual_seed(0)
    embed(cast(BiEncoder, model), torch.zeros(n, 1), torch.ones(n, 1), tau=0.5, generator=generator)
    near = 5 * 0.5 / n**0.5  # five standard errors of a share of .5
    share = model.depth.bincount() / n
    torch.testing.assert_close(share, RecordingModel.policy, rtol=0, atol=near)
    step = (model.gates.other - model.depth) % 4
    torch.testing.assert_close(
        step.bincount() / n, torch.tensor([0, 1, 1, 1]) / 3, rtol=0, atol=near
    )


def test_the_other_gate_carries_the_number_of_depths_not_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # the noise lifts depth 0: (.8, .2, .3, .4), which tau = .5 squares: 64, 4, 9, 16 over 93
    noise = torch.tensor([8.0, 1, 1, 1]).log()
    monkeypatch.setattr(
        "maw.models.routers.choosing.gumbel_noise", lambda shape, _: noise.expand(shape)
    )
    model, generator = RecordingModel(), torch.Generator().manual_seed(0)
    embed(
        cast(BiEncoder, model), torch.zeros(99, 1), torch.ones(99, 1), tau=0.5, generator=generator
    )
    assert set(model.depth.tolist()) == {0}
    torch.testing.assert_close(model.gates.gate, torch.full((99,), 64 / 93))
    expected = 3 * torch.tensor([64, 4, 9, 16]) / 93
    torch.testing.assert_close(model.gates.gate_other, expected[model.gates.other])


def test_the_loss_is_seven_tenths_ranking_and_three_tenths_rule(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="supervised")
    loss, metrics = losses_of(model, random_batch)
    assert loss.item() == pytest.approx(
        0.7 * metrics["loss"] + 0.3 * metrics["rule_loss"], rel=1e-6
    )


def test_the_rule_teaches_the_router_alone_and_applies_to_queries_alone(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="supervised")
    loss, metrics = losses_of(model, random_batch, rank_weight=0, rule_weight=1)
    parts = [model.route(chunk.x, chunk.mask) for chunk in random_batch.queries]
    logits = restore(parts, random_batch.queries)
    # n_relevant 2, 1, 1, 4, 1
    targets = torch.tensor([1, 2, 2, 0, 2])
    torch.testing.assert_close(loss, cross_entropy(logits, targets))
    assert metrics["rule_accuracy"] == (logits.argmax(-1) == targets).double().mean().item()
    assert metrics["rule_majority"] == 3 / 5
    loss.backward()
    taught = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert taught == {f"router.{name}" for name, _ in model.router.named_parameters()}


def test_the_rule_applies_to_every_pair_of_a_query(
    random_cross_encoder: Callable[[str | None], CrossEncoder], pair_batch: PairBatch
) -> None:
    model = random_cross_encoder("supervised")
    loss, metrics = losses_of(model, pair_batch)
    loss.backward()
    target_share = (
        torch.tensor([3, 2, 4]) / 9
    )  # pairs of queries with 1, 2 and 5 relevant documents
    assert metrics["target_entropy"] == pytest.approx(
        float(-(target_share * target_share.log()).sum())
    )
    assert model.router is not None
    assert all(p.grad is not None and p.grad.any() for p in model.router.parameters())


def test_ranking_alone_reaches_the_router_by_the_straight_through_gates(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="supervised")
    loss, metrics = losses_of(model, random_batch, rank_weight=1, rule_weight=0)
    assert loss.item() == pytest.approx(metrics["loss"], rel=1e-6)
    loss.backward()
    assert all(parameter.grad.any() for parameter in model.router.parameters())


def test_the_entropy_of_the_targets_tells_when_the_rule_is_empty(
    random_encoder: Make, random_batch: Batch
) -> None:
    model = random_encoder(router="supervised")
    alike = replace(random_batch, n_relevant=torch.ones(5, dtype=torch.int64))
    assert losses_of(model, alike)[1]["target_entropy"] == pytest.approx(0, abs=1e-9)
    # targets 1, 2, 2, 0, 2: shares .2, .6, .2
    expected = -(0.4 * math.log(0.2) + 0.6 * math.log(0.6))
    assert losses_of(model, random_batch)[1]["target_entropy"] == pytest.approx(expected)


def test_each_rule_teaches_its_own_targets(random_encoder: Make, random_batch: Batch) -> None:
    model = random_encoder(router="supervised")
    parts = [model.route(chunk.x, chunk.mask) for chunk in random_batch.queries]
    logits = restore(parts, random_batch.queries)
    batch = replace(
        random_batch,
        quantile=torch.tensor([0.1, 0.3, 0.5, 0.8, 0.99]),
        mode=torch.tensor([3, 0, 2, 1, 9]),
    )
    # four depths: floor(4 q); a mode above 3 is the last depth
    for rule, targets in {"quantiles": [0, 1, 2, 3, 3], "mode": [3, 0, 2, 1, 3]}.items():
        loss, _ = losses_of(model, batch, rule=rule, rank_weight=0, rule_weight=1)
        torch.testing.assert_close(loss, cross_entropy(logits, torch.tensor(targets)))


def test_the_mode_of_a_query_applies_to_each_of_its_pairs(
    random_cross_encoder: Callable[[str | None], CrossEncoder], pair_batch: PairBatch
) -> None:
    batch = replace(pair_batch, mode=torch.tensor([0, 3, 1]))
    _, metrics = losses_of(random_cross_encoder("supervised"), batch, rule="mode")
    assert metrics["rule_majority"] == pytest.approx(4 / 9)  # 3, 2 and 4 pairs


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"rank_weight": 0, "rule_weight": 1},
        {"rank_weight": 1, "rule_weight": 0},
        {"rank_weight": 1, "rule_weight": 0, "estimator": "all_depths"},
    ],
    ids=[
        "both",
        "the rule alone",
        "straight-through alone",
        "exact straight-through alone",
    ],
)
def test_the_router_finds_the_one_right_depth(
    weights: dict[str, Any], one_right_depth: Any
) -> None:
    # 50 steps are enough for five seeds of each of these
    accuracy, dev = one_right_depth.learn({"kind": "supervised", **weights}, steps=80)
    assert accuracy >= 0.95
    assert dev >= 0.95  # RR@10: the right depth ranks the right document first


def test_with_its_gradient_cut_the_router_stays_at_one_in_four(one_right_depth: Any) -> None:
    accuracies = [
        one_right_depth.learn({"kind": "supervised"}, seed=seed, cut=True, steps=2)[0]
        for seed in range(10)
    ]
    assert sum(accuracies) / 10 == pytest.approx(1 / 4, abs=0.1)
