"""The training loop of one system: a fixed number of steps, without early stopping.

No test query is read. The batches of a seed are the same for all bi-encoders
(`maw.training.texts`), and for all cross-encoders (`maw.training.pairs`).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import pandas as pd
import torch
from torch import Tensor, nn

from maw.jobs.device import fitting
from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.embedding import CHUNK
from maw.models.encoders.ragged import placed
from maw.models.encoders.routed_layers import RoutedLayers
from maw.settings import registry
from maw.settings.sections import Training
from maw.training import lora
from maw.training.draws import FIRST, rolled
from maw.training.objectives.batch import Batch, Losses, PairBatch

CPU = torch.device("cpu")
LATE_FROM = 0.8  # share of the steps after which the last development score but one is taken
LOGGED = 10  # points of the curves of what each step computes anyway, such as the loss


class TrainingData(Protocol):
    """Training data of one kind of system: it builds models, yields batches and scores models."""

    def build(self, system: Any, top: Mapping[str, Tensor]) -> RoutedLayers:
        """Build the system's untrained model; random weights are drawn from torch's generator."""

    def batches(self, training: Training, *, seed: int) -> Iterator[Batch | PairBatch]:
        """Yield batches without end, the same for all systems of this kind with this seed."""

    def score(self, model: Any) -> pd.Series:
        """Return the primary measure of each judged development query, by query id."""


@dataclass(frozen=True)
class Recipe:
    """The recipe of one training: everything that decides the model but its data.

    system: configuration of the system (attention, router, objective). top: the pretrained tensors
    of the layers to train. training: the section `training` of the configuration. evaluations:
    number of points of the development curve; 0 for none.
    """

    system: Any
    top: Mapping[str, Tensor]
    training: Training
    learning_rate: float
    seed: int
    evaluations: int
    device: torch.device = CPU

    @property
    def evaluated_steps(self) -> set[int]:
        """Return the steps after which the model is scored on the development queries.

        The last one is the last step, the one before it is after four fifths of the steps, and the
        others are evenly spaced before that.
        """
        n, steps = self.evaluations, self.training.steps
        early = {round(LATE_FROM * steps * point / (n - 1)) for point in range(1, n)}
        return early | {steps} if n else set()

    @property
    def logged_steps(self) -> set[int]:
        """Return the steps with a point in the curves: the evaluated ones, and evenly spaced ones.

        Empty without evaluations.
        """
        steps = self.training.steps
        spaced = {round(steps * (point + 1) / LOGGED) for point in range(LOGGED)} - {0}
        return self.evaluated_steps | spaced if self.evaluations else set()


@dataclass
class Trained:
    """A trained model, its development curve, and the seconds that its training steps took.

    curve: a point for each logged step, with `step` and the metrics of that step's loss; those of
    evaluated steps also have `dev`, the development score. draws: a rolling digest for each step of
    the texts that it drew (`maw.training.draws`). development: the measure of each development
    query, by query id, after the last evaluated step; None where there was none. cpu_seconds:
    processor seconds of the steps. gpu_seconds_alone: clock seconds of the steps on a GPU; None
    without a GPU, and where other jobs may use it too. n_trained: number of parameters that
    training may change.
    """

    model: RoutedLayers
    curve: list[dict[str, float]] = field(default_factory=list)
    draws: list[str] = field(default_factory=list)
    development: pd.Series | None = None
    cpu_seconds: float = 0.0
    gpu_seconds_alone: float | None = None
    n_trained: int = 0

    @property
    def development_score(self) -> float:
        """Return the development score after the last step; KeyError where none was taken."""
        return self.curve[-1]["dev"]


def train(
    data: TrainingData,
    recipe: Recipe,
    *,
    report: Callable[[str], None] = print,
    warn: Callable[[str], None] = print,
) -> Trained:
    """Train a model by a recipe; return it with its development curve and the seconds it took.

    report: called with a line after each evaluation. warn: called with a line when memory runs out.
    When the device's memory runs out, the training starts again with half as many texts in memory
    at a time. The batches and the sampled depths stay the same. Gradients are summed in another
    order, so that the last bits may differ, and an attention with `dropout` may draw other masks.
    InputError when one text does not fit.
    """
    batch_size = recipe.training.batch_size

    def warn_of_memory(texts_at_once: int) -> None:
        warn(
            f"out of memory: training starts again from the first step, with {texts_at_once} texts "
            f"in memory at a time; a batch still has {batch_size} queries"
        )

    attempt = partial(_train, data, recipe, report)
    return fitting(attempt, most=max(batch_size, CHUNK), tell=warn_of_memory)


def _train(
    data: TrainingData, recipe: Recipe, report: Callable[[str], None], texts_at_once: int | None
) -> Trained:
    """Return a model trained with at most texts_at_once texts in memory; None: all of a batch."""
    training, device = recipe.training, recipe.device
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    model = data.build(recipe.system, recipe.top).to(device)
    if (adapter := getattr(recipe.system, "lora", None)) is not None:
        lora.add(model, adapter)
    model.checkpointing = training.gradient_checkpointing
    model.precision, model.at_once = getattr(torch, training.precision), texts_at_once
    objective = recipe.system.objective
    losses_of_batch = registry.module_of(objective).begin(objective, model)
    optimiser = _optimiser(model, training, recipe.learning_rate)
    batches = data.batches(training, seed=recipe.seed)
    logged_steps, evaluated_steps = recipe.logged_steps, recipe.evaluated_steps
    router_parameters = _router_parameters(model)
    trained, watch = Trained(model, n_trained=n_learning(model)), Stopwatch(device.type)
    for step in range(1, training.steps + 1):
        watch.start()
        model.train()
        model.open_depths(step / training.steps)
        batch = next(batches)
        losses = losses_of_batch(placed(batch, device), generator)
        metrics = _update(
            optimiser,
            losses,
            factor=schedule(step, training),
            measured=router_parameters if step in logged_steps else (),
        )
        watch.stop()
        trained.draws.append(rolled(trained.draws[-1] if trained.draws else FIRST, batch.drawn))
        if step in logged_steps:
            trained.curve.append({"step": step, **metrics})
        if step in evaluated_steps:
            trained.development = data.score(model)
            dev = trained.curve[-1]["dev"] = float(trained.development.mean())
            report(f"step {step}/{training.steps}: loss {metrics['loss']:.4f}, dev {dev:.4f}")
    lora.merge(model)
    trained.cpu_seconds, trained.gpu_seconds_alone = watch.cpu_seconds, watch.gpu_seconds_alone
    return trained


def _update(
    optimiser: torch.optim.Optimizer,
    losses: Losses,
    *,
    factor: float,
    measured: Sequence[nn.Parameter],
) -> dict[str, float]:
    """Take one optimiser step for each loss of a batch; return the metrics of the first loss.

    factor: by which all learning rates are multiplied at this step. measured: the router's
    parameters, whose gradient's norm under the first loss is the metric `router_gradient`; without
    parameters there is no such metric.
    """
    first_metrics: dict[str, float] = {}
    for loss, metrics in losses:
        for group in optimiser.param_groups:
            group["lr"] = group["learning_rate"] * factor
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if not first_metrics:
            first_metrics = {**metrics, **_gradient_norm(measured)}
        optimiser.step()
    return first_metrics


def _gradient_norm(parameters: Sequence[nn.Parameter]) -> dict[str, float]:
    """Return `router_gradient`: the L2 norm of the gradients of all parameters together.

    A parameter without a gradient counts as 0. Without parameters the result is empty.
    """
    if not parameters:
        return {}
    norms = [parameter.grad.norm() for parameter in parameters if parameter.grad is not None]
    return {"router_gradient": float(torch.stack(norms).norm()) if norms else 0.0}


def _router_parameters(model: RoutedLayers) -> list[nn.Parameter]:
    """Return the parameters of the model's router; none where it has no router or learns none."""
    return [] if model.router is None else list(model.router.parameters())


def _optimiser(model: RoutedLayers, training: Training, learning_rate: float) -> torch.optim.AdamW:
    """Return AdamW with a group of the layers' parameters, and one of the router's if it has any.

    The router has a learning rate of its own, because it starts from random weights.
    """
    router_parameters = _router_parameters(model)
    router_ids = {id(parameter) for parameter in router_parameters}
    others = [parameter for parameter in model.parameters() if id(parameter) not in router_ids]
    groups: list[dict[str, Any]] = [{"params": others, "learning_rate": learning_rate}]
    if router_parameters:
        groups.append({"params": router_parameters, "learning_rate": training.router_learning_rate})
    for group in groups:
        group["lr"] = group["learning_rate"]
    return torch.optim.AdamW(groups, weight_decay=training.weight_decay)


def schedule(step: int, training: Training) -> float:
    """Return the factor, at most 1, of the learning rate at a step; steps are counted from 1.

    The factor rises linearly during the warm-up and then falls linearly, to zero after the last
    step.
    """
    n_warmup_steps = max(1, math.ceil(training.warmup * training.steps))
    if step <= n_warmup_steps:
        return step / n_warmup_steps
    return (training.steps + 1 - step) / (training.steps + 1 - n_warmup_steps)


def n_learning(model: nn.Module) -> int:
    """Return how many parameters of a model training may change."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def inference_parameters(model: RoutedLayers) -> int:
    """Return how many parameters of the model a text passes: one depth of each layer, and the rest.

    A model that mixes its depths is counted with all of them. The frozen layers are not counted.
    """
    total = sum(parameter.numel() for parameter in model.parameters())
    if not getattr(model, "mixes", False):
        for layer in model.blocks:
            for tensors in layer.attention.learned.values():
                total -= sum(tensor.numel() for tensor in tensors[1:])
    return total
