"""The key of one job: its dataset, system, seed, learning rate, and control of the study."""

from dataclasses import dataclass
from typing import Any

from maw.settings.suite import Suite

Spec = dict[str, Any]  # a job's specification, ready for JSON

NEGATIVE, BUDGET = "negative", "budget"  # controls of the study that train systems again


@dataclass(frozen=True, kw_only=True)
class JobKey:
    """The key of one job of a stage: its dataset, system, seed and learning rate.

    A field keeps its default where the stage does not use it: `prepare` uses only the dataset, and
    a stage with one job in a suite, such as `compare`, uses no field. control: the control of the
    study that a run is made for, `negative` or `budget`; "" for the reported runs.
    """

    dataset: str = ""
    system: str = ""
    seed: int = 0
    learning_rate: float = 0.0
    control: str = ""


def seeds_of(suite: Suite, job: JobKey) -> tuple[int, ...]:
    """Return the seeds of all runs of a job's system: for the negative control, its own seeds."""
    negative = suite.analysis.controls.negative
    if job.control == NEGATIVE and negative is not None:
        return negative.seeds
    return suite.seeds_of(job.system)
