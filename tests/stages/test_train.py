"""The facts of a training in run.json."""

from typing import Any, cast

import pytest
import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.settings.sections import Training
from maw.stages.train import training_cost, training_record
from maw.training.loop import Recipe, Trained


def trained_with(points: dict[int, float]) -> Trained:
    """Return a training with a development curve. points: step -> development score."""
    model = torch.nn.Linear(3, 2)
    model.at_once = None  # type: ignore[assignment]
    model.blocks = []  # type: ignore[assignment]
    curve = [{"step": step, "dev": dev} for step, dev in points.items()]
    return Trained(cast(BiEncoder, model), curve=curve, cpu_seconds=1.5, n_trained=5)


def record_of(points: dict[int, float], *, steps: int) -> dict[str, Any]:
    """Return the record of a training. points: step -> development score."""
    return training_record(trained_with(points), Training(steps=steps))


def evaluated_steps(steps: int, evaluations: int = 5) -> list[int]:
    """Return the steps at which `maw.training.loop.train` takes the development score."""
    recipe = Recipe(
        system=None,
        top={},
        training=Training(steps=steps),
        learning_rate=1.0,
        seed=1,
        evaluations=evaluations,
    )
    return sorted(recipe.evaluated_steps)


@pytest.mark.parametrize("steps", [5, 32, 60, 399])
def test_the_last_scores_but_one_are_taken_by_four_fifths_of_the_steps(steps: int) -> None:
    assert evaluated_steps(steps, 2) == evaluated_steps(steps)[-2:] == [round(0.8 * steps), steps]


def test_the_curve_and_the_size_are_told() -> None:
    record = record_of({8: 0.5, 10: 0.5}, steps=10)
    assert record["curve"] == [{"step": 8, "dev": 0.5}, {"step": 10, "dev": 0.5}]
    assert (record["trained"], record["steps"]) == (True, 10)
    assert record["inference_parameters"] == 3 * 2 + 2
    assert record["trained_parameters"] == 5  # what training may change can be less


def test_seconds_and_memory_are_told_apart_from_the_record() -> None:
    cost = training_cost(trained_with({10: 0.5}))
    assert cost["train_cpu_seconds"] == 1.5
    assert cost["train_peak_bytes"] > 10**7
    assert "train_gpu_seconds_alone" not in cost
    assert not cost.keys() & record_of({10: 0.5}, steps=10).keys()
