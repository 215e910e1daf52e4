"""The training section of one system, with its number of steps matched to other systems' compute.

A system whose configuration names others in `compute_of` trains at least as many FLOPs as the
dearest of them.
"""

import math
from collections.abc import Iterable

from maw.jobs.job import Job
from maw.settings.sections import Training
from maw.stages.shared.training_data import TrainingFiles


def matched_training(job: Job, files: TrainingFiles) -> Training:
    """Return the suite's training section, with more steps where others' compute is to be matched.

    files.prices: the FLOPs of a training step of this system and of each system to match, as the
    stage `price` counted them; None where the system trains as many steps as all others.
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
    """Return the steps after which the own FLOPs reach the dearest of the others' after `steps`.

    own_flops, other_flops: FLOPs of one step. The result is never below `steps`.
    """
    return math.ceil(steps * max(1.0, max(other_flops) / own_flops))
