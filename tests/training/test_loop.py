"""Training is repeatable and fair between systems, with the learning rates that it is given."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from maw.models.encoders.bi_encoder import BiEncoder
from maw.settings.sections import Training
from maw.training import texts
from maw.training.loop import Recipe, Trained, inference_parameters, schedule
from maw.training.objectives import grpo, ranking
from maw.training.objectives.batch import (
    Batch,
    Losses,
    LossesOfBatch,
    PairBatch,
    contrastive_loss,
    scores_decided,
)
from maw.training.texts import TextData, make_batch
from tests.training.small_training import RECIPE, SYSTEMS, have_equal_weights, train_small

Top = Callable[..., dict[str, Tensor]]


def trained(
    data: TextData, top: dict[str, Tensor], *, kind: str = "grpo", **options: Any
) -> Trained:
    """Train the system of this name."""
    return train_small(data, top, system=SYSTEMS[kind], **options)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_a_seed_gives_the_same_weights_bit_for_bit_and_another_seed_others(
    kind: str, data: TextData, random_top: Top
) -> None:
    first, again, other = (
        trained(data, random_top(), kind=kind, seed=seed) for seed in (42, 42, 43)
    )
    assert have_equal_weights(first, again)
    assert first.curve == again.curve
    assert not have_equal_weights(first, other)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_looking_at_the_development_score_more_often_changes_nothing(
    kind: str, data: TextData, random_top: Top
) -> None:
    seldom, often = (
        trained(data, random_top(), kind=kind, evaluations=evaluations) for evaluations in (1, 4)
    )
    assert have_equal_weights(seldom, often)
    assert [point["step"] for point in seldom.curve if "dev" in point] == [4]
    assert [point["step"] for point in often.curve if "dev" in point] == [1, 2, 3, 4]
    assert seldom.development_score == often.development_score == often.curve[-1]["dev"]
    losses = [[(point["step"], point["loss"]) for point in one.curve] for one in (seldom, often)]
    assert losses[0] == losses[1]
    assert [step for step, _ in losses[0]] == [1, 2, 3, 4]


def test_the_last_points_of_the_development_curve_are_at_four_fifths_and_at_the_end() -> None:
    def points(steps: int, evaluations: int) -> tuple[list[int], list[int]]:
        training = Training(steps=steps)
        recipe = Recipe(
            system=None,
            top={},
            training=training,
            learning_rate=1.0,
            seed=1,
            evaluations=evaluations,
        )
        return sorted(recipe.evaluated_steps), sorted(recipe.logged_steps)

    assert points(32, 2) == ([26, 32], [3, 6, 10, 13, 16, 19, 22, 26, 29, 32])
    assert points(60, 5)[0] == [12, 24, 36, 48, 60]
    assert points(60, 1) == ([60], list(range(6, 61, 6)))
    assert points(4, 2) == ([3, 4], [1, 2, 3, 4])
    assert points(4, 0) == ([], [])


def test_every_system_of_a_seed_sees_the_same_batches(
    data: TextData, random_top: Top, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[float]] = []

    def recorded(data: TextData, queries: list[int], *arguments: Any) -> Batch:
        batch = make_batch(data, queries, *arguments)
        documents = torch.cat([chunk.x.flatten() for chunk in batch.documents])
        batches.append([*queries, *documents.tolist()])
        return batch

    monkeypatch.setattr(texts, "make_batch", recorded)
    by_system = []
    for kind in SYSTEMS:
        trained(data, random_top(), kind=kind)
        by_system.append(batches.copy())
        batches.clear()
    assert len(by_system[0]) == RECIPE.steps
    assert all(batches_of_system == by_system[0] for batches_of_system in by_system)
    trained(data, random_top(), seed=43)
    assert batches != by_system[0]


def test_the_draws_of_a_seed_are_the_same_for_all_systems_and_for_more_steps(
    data: TextData, random_top: Top
) -> None:
    longer = RECIPE.model_copy(update={"steps": 6})
    draws = [trained(data, random_top(), kind=kind).draws for kind in SYSTEMS]
    assert all(draws_of_system == draws[0] for draws_of_system in draws)
    assert len(set(draws[0])) == RECIPE.steps
    assert trained(data, random_top(), kind="ranking", training=longer).draws[:4] == draws[0]
    assert not set(trained(data, random_top(), seed=43).draws) & set(draws[0])


def test_the_rate_rises_for_a_tenth_of_the_steps_and_falls_to_nothing_after_the_last() -> None:
    # 20 steps, warm-up 2: 1/2, 1, then (21 - step) / 19
    twenty = Training(steps=20, warmup=0.1)
    assert [schedule(step, twenty) for step in (1, 2)] == [0.5, 1.0]
    assert schedule(3, twenty) == pytest.approx(18 / 19)
    assert schedule(20, twenty) == pytest.approx(1 / 19)
    assert schedule(1, Training(steps=1)) == 1.0
    assert schedule(1, Training(steps=4, warmup=0)) == 1.0


def test_the_router_has_a_rate_of_its_own(data: TextData, random_top: Top) -> None:
    one_step = Training(steps=1, batch_size=4)
    before = trained(data, random_top(), learning_rate=0.0, training=one_step)
    after = trained(data, random_top(), learning_rate=0.0, training=RECIPE)
    changed = {
        name
        for name, tensor in after.model.state_dict().items()
        if not torch.equal(tensor, before.model.state_dict()[name])
    }
    router = after.model.router
    assert isinstance(router, nn.Module)
    assert changed == {f"router.{name}" for name, _ in router.named_parameters()}


def test_what_is_learned_lowers_the_loss(data: TextData, random_top: Top) -> None:
    training = Training(steps=30, batch_size=10, hard_negatives=2)
    curve = trained(data, random_top(), kind="ranking", evaluations=30, training=training).curve
    assert curve[-1]["loss"] < 0.5 * curve[0]["loss"]


def test_one_text_passes_through_one_depth_of_each_layer_and_the_router(
    random_encoder: Callable[..., BiEncoder],
) -> None:
    # E = 16: a layer has 4 · (16² + 16) in its attention, 2 · 16 · 32 + 32 + 16 in its
    #   feed-forward, 4 · 16 in its norms: 1088 + 1072 + 64 = 2224
    # the router 16 · 64 + 64, 64 · 32 + 32, 32 · 4 + 4: 1088 + 2080 + 132 = 3300
    standard, maw = random_encoder(depths=1, layers=2), random_encoder(router="grpo", layers=2)
    assert inference_parameters(standard) == 2 * 2224
    assert inference_parameters(maw) == 2 * 2224 + 3300
    # three more pairs of queries and keys in each layer
    everything = sum(parameter.numel() for parameter in maw.parameters())
    assert everything == 2 * (2224 + 3 * 2 * (256 + 16)) + 3300


def test_the_curve_shows_the_metrics_of_a_batchs_first_loss(
    data: TextData, random_top: Top, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(config: ranking.Config, model: BiEncoder) -> LossesOfBatch:
        def losses(batch: Batch | PairBatch, generator: torch.Generator) -> Losses:
            for metric in (1.0, 2.0):
                loss = contrastive_loss(scores_decided(model, batch), batch)
                yield loss, {"loss": metric}

        return losses

    monkeypatch.setattr(ranking, "begin", begin)
    curve = trained(data, random_top(), kind="ranking").curve
    assert {point["loss"] for point in curve} == {1.0}


def test_the_curve_shows_the_norm_of_the_routers_gradient_under_the_first_loss(
    data: TextData, random_top: Top, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(config: grpo.Config, model: BiEncoder) -> LossesOfBatch:
        def losses(batch: Batch | PairBatch, generator: torch.Generator) -> Losses:
            assert model.router is not None
            weight, bias = list(model.router.parameters())[-2:]
            # 3 · 32 weights with a gradient of 2 and three biases with one of 5
            yield 2 * weight.sum() + 5 * bias.sum(), {"loss": 1.0}
            yield 100 * bias.sum(), {"loss": 2.0}

        return losses

    monkeypatch.setattr(grpo, "begin", begin)
    curve = trained(data, random_top(), kind="grpo").curve
    expected = (96 * 2**2 + 3 * 5**2) ** 0.5
    assert [point["router_gradient"] for point in curve] == pytest.approx([expected] * 4)
    assert [point["loss"] for point in curve] == [1.0] * 4


def test_only_a_router_with_parameters_has_a_gradient_to_show(
    data: TextData, random_top: Top
) -> None:
    (first, *_) = trained(data, random_top(), kind="ranking").curve
    assert "router_gradient" not in first
    stat = {**SYSTEMS["grpo"], "router": {"kind": "stat"}, "objective": {"kind": "ranking"}}
    (first, *_) = train_small(data, random_top(), system=stat).curve
    assert "router_gradient" not in first
