"""The facts of a training in run.json, above all the gain of its last steps."""

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
    return Trained(cast(BiEncoder, model), curve=curve, cpu_seconds=1.5)


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


def late_gain(points: dict[int, float], *, steps: int) -> float | None:
    gain: float | None = record_of(points, steps=steps)["late_gain"]
    return gain


def test_the_gain_is_that_of_the_last_fifth_alone() -> None:
    points = dict(zip(evaluated_steps(60), (0.2, 0.3, 0.4, 0.65, 0.661), strict=True))
    assert list(points) == [12, 24, 36, 48, 60]
    assert late_gain(points, steps=60) == pytest.approx(0.011)


def test_the_base_is_measured_at_four_fifths_when_they_are_no_whole_steps() -> None:
    # 0.8 · 32 = 25.6: the point measured at four fifths is at step 26
    points = dict(zip(evaluated_steps(32), (0.5, 0.55, 0.6, 0.65, 0.655), strict=True))
    assert list(points) == [6, 13, 19, 26, 32]
    assert late_gain(points, steps=32) == pytest.approx(0.005)


def test_the_base_is_the_point_at_four_fifths_whatever_the_number_of_steps() -> None:
    for steps in range(5, 400):
        assert evaluated_steps(steps, 2) == evaluated_steps(steps)[-2:]
        points = dict.fromkeys(evaluated_steps(steps), 0.5)
        base = evaluated_steps(steps)[-2]
        lower = {step: 0.0 for step in points if step < base}
        assert late_gain(points | lower, steps=steps) == 0, steps
        assert late_gain(points | {base: 0.4}, steps=steps) == pytest.approx(0.1), steps


def test_points_without_a_development_score_do_not_count() -> None:
    trained = trained_with({8: 0.6, 10: 0.65})
    trained.curve.insert(0, {"step": 4, "loss": 1.0})
    assert training_record(trained, Training(steps=10))["late_gain"] == pytest.approx(0.05)


def test_a_loss_at_the_end_is_no_climb() -> None:
    assert late_gain({8: 0.6, 10: 0.5}, steps=10) == pytest.approx(-0.1)


def test_without_a_point_before_the_last_fifth_nothing_is_known() -> None:
    assert late_gain({9: 0.6, 10: 0.6}, steps=10) is None


def test_the_curve_and_the_size_are_told() -> None:
    record = record_of({8: 0.5, 10: 0.5}, steps=10)
    assert record["curve"] == [{"step": 8, "dev": 0.5}, {"step": 10, "dev": 0.5}]
    assert (record["trained"], record["steps"]) == (True, 10)
    assert record["trained_parameters"] == record["inference_parameters"] == 3 * 2 + 2


def test_seconds_and_memory_are_told_apart_from_the_record() -> None:
    cost = training_cost(trained_with({10: 0.5}))
    assert cost["train_cpu_seconds"] == 1.5
    assert cost["train_peak_bytes"] > 10**7
    assert "train_gpu_seconds_alone" not in cost
    assert not cost.keys() & record_of({10: 0.5}, steps=10).keys()
