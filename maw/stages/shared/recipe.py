"""For how many steps does a system train? As many as all, unless it is to match others' compute."""

import math
from collections.abc import Iterable
from pathlib import Path

from maw.jobs.job import Job
from maw.settings.sections import Training


def recipe(job: Job, prices: list[Path] | None) -> Training:
    """The shared training recipe; where `compute_of` names systems, with steps raised.

    So many steps that training costs at least what it costs the dearest of them. prices: what a
    step costs this system and each of them, as `price` counted it.
    """
    training = Training.model_validate(job.spec["training"])
    if not prices:
        return training
    found = [job.read_json(path) for path in prices]
    flops = {one["system"]: one["flops_per_step"] for one in found}
    own = flops.pop(job.spec["name"])
    return training.model_copy(update={"steps": matched(training.steps, own, flops.values())})


def matched(steps: int, own: float, others: Iterable[float]) -> int:
    """Never fewer steps than all have. own, others: FLOPs of a step."""
    return math.ceil(steps * max(1.0, max(others) / own))
