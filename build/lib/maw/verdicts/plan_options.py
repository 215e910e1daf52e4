"""The plan of a comparison of runs as a user gives it: a plan of its own, or a few options.

`maw.verdicts.conclude.default_plan` makes the plan from options; one that states the largest loss
that counts as not worse makes its contrasts those of non-inferiority.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.runs.find import name_of
from maw.settings.plan import Analysis, read_plan
from maw.verdicts.conclude import default_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What a user who gives no plan says about the analysis; None: not said.

    baseline: the system that all others are compared with, by its name or its run file's path.
    alpha: level of all claims together. sesoi: smallest effect size of interest. max_loss: the
    largest loss that still counts as not worse. Both are in the primary measure's unit.
    """

    baseline: str | None = None
    alpha: float | None = None
    sesoi: float | None = None
    max_loss: float | None = None

    def __post_init__(self) -> None:
        """Raise an InputError for a largest loss that is not above 0."""
        loss = self.max_loss
        if loss is not None and not (isfinite(loss) and loss > 0):
            raise InputError(
                f"max_loss: {loss:g} is no margin; give a number above 0 in the primary measure's "
                "unit, such as 0.01"
            )


def given_plan(plan: Any, *, beside: PlanOptions) -> Analysis | None:
    """Return the plan as an `Analysis`; None where no plan is given.

    plan: as in `maw.compare`. InputError where an option is given beside a plan, and for a plan
    that is wrong.
    """
    if plan is None:
        return None
    for option in fields(beside):
        if getattr(beside, option.name) is not None:
            raise InputError(
                f"{option.name}: given beside a plan, which states it; leave the option out"
            )
    if isinstance(plan, Analysis):
        return plan
    if isinstance(plan, str | PathLike):
        return read_plan(Path(plan))
    return Analysis.checked(plan, source="plan")


def plan_from(
    options: PlanOptions, *, systems: Sequence[str], first: str, primary: str
) -> Analysis:
    """Return the plan with a contrast of every other system with the baseline.

    It is a confirmatory contrast, or one of non-inferiority where the options state `max_loss`.
    first: the baseline where the options name none. InputError for an unknown baseline, or a number
    out of range.
    """
    named = options.baseline
    plan = default_plan(
        systems,
        baseline=first if named is None else named if named in systems else name_of(named),
        primary=primary,
        alpha=options.alpha,
        sesoi=options.sesoi,
    )
    if options.max_loss is None:
        return plan
    update = {"role": "non-inferiority", "margin": options.max_loss}
    contrasts = tuple(contrast.model_copy(update=update) for contrast in plan.contrasts)
    return plan.model_copy(update={"contrasts": contrasts})
