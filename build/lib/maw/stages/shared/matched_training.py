"""The training settings of one system, with its own number of steps.

A system whose configuration names other systems in `compute_of` trains for at least as many FLOPs
as the most expensive of these systems. For the budget control of a study all systems train for a
multiple of their steps.
"""

import math
from collections.abc import Iterable

from maw.jobs.job import Job
from maw.settings.sections import Training
from maw.stages.shared.training_files import TrainingFiles


def matched_training(job: Job, files: TrainingFiles) -> Training:
    """Return the suite's training settings, with more steps for a system that matches others.

    files.prices: the FLOPs of a training step of this system and of each system to match, as the
    stage `price` counted them; None for a system that matches no other: its steps are unchanged.
    The steps are multiplied by the `factor` of the job's specification, where it has one.
    """
    training = Training.model_validate(job.spec["training"])
    factor: int = job.spec.get("factor", 1)
    steps = factor * _steps(job, files, steps=training.steps)
    return training.model_copy(update={"steps": steps})


def _steps(job: Job, files: TrainingFiles, *, steps: int) -> int:
    """Return how many steps the system takes without a factor. steps: those of the suite."""
    if not files.prices:
        return steps
    prices = [job.read_json(path) for path in files.prices]
    flops = {price["system"]: price["flops_per_step"] for price in prices}
    own_flops = flops.pop(job.spec["name"])
    return matched_steps(steps, own_flops, flops.values())


def matched_steps(steps: int, own_flops: float, other_flops: Iterable[float]) -> int:
    """Return how many steps a system needs for as many FLOPs as the most expensive other system.

    The other systems train for `steps`. own_flops, other_flops: FLOPs of one training step. The
    result is never below `steps`.
    """
    return math.ceil(steps * max(1.0, max(other_flops) / own_flops))
