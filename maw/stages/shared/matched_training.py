"""The training settings of one system, with enough steps to match the compute of other systems.

A system whose configuration names other systems in `compute_of` trains for at least as many FLOPs
as the most expensive of these systems.
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
    """
    training = Training.model_validate(job.spec["training"])
    if not files.prices:
        return training
    prices = [job.read_json(path) for path in files.prices]
    flops = {price["system"]: price["flops_per_step"] for price in prices}
    own_flops = flops.pop(job.spec["name"])
    steps = matched_steps(training.steps, own_flops, flops.values())
    return training.model_copy(update={"steps": steps})


def matched_steps(steps: int, own_flops: float, other_flops: Iterable[float]) -> int:
    """Return how many steps a system needs for as many FLOPs as the most expensive other system.

    The other systems train for `steps`. own_flops, other_flops: FLOPs of one training step. The
    result is never below `steps`.
    """
    return math.ceil(steps * max(1.0, max(other_flops) / own_flops))
