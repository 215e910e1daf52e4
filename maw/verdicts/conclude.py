"""The plan of a comparison: a default where none was given, and what any plan leaves open."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maw.errors import InputError, nearest
from maw.runs.notices import Notice, counted, examples
from maw.settings.plan import Analysis, PlannedContrast


def default_plan(
    systems: Sequence[str],
    *,
    baseline: str,
    primary: str,
    alpha: float | None = None,
    sesoi: float | None = None,
) -> Analysis:
    """Every other system against the baseline, confirmatory. InputError names what is wrong."""
    if baseline not in systems:
        raise InputError(f"baseline: unknown system {baseline!r}{nearest(baseline, systems)}")
    others = [name for name in sorted(systems) if name != baseline]
    content: dict[str, Any] = {
        "primary": primary,
        "sesoi": sesoi,
        "contrasts": [PlannedContrast(system=name, baseline=baseline) for name in others],
    }
    if alpha is not None:
        content["alpha"] = alpha
    return Analysis.checked(content, source="options")


def refuse_lonely(scores: pd.DataFrame) -> None:
    """InputError where there is nothing to compare, or nothing to compare it on."""
    systems = scores["system"].unique()
    if len(systems) < 2:
        raise InputError(
            f"only one system ({systems[0]!r}): nothing to compare it with; give a second run"
        )
    for dataset, topics in scores.groupby("dataset")["query_id"].unique().items():
        if len(topics) < 2:
            raise InputError(f"{dataset}: only one topic ({topics[0]!r}); a test needs at least 2")


def notices_of_plan(plan: Analysis, *, trained: Mapping[str, bool]) -> list[Notice]:
    """What the plan, or the lack of one, leaves open."""
    found = []
    compared = {name for pair in plan.contrasts for name in (pair.system, pair.baseline)}
    if fixed := [name for name in trained if name in compared and not trained[name]]:
        told = (
            f"{counted(len(fixed), 'system')} with a single run, taken as fixed "
            f"({examples(fixed)}): nothing is known about training them again; a plan can declare "
            "`trained:`"
        )
        found.append(Notice("single-runs", "plan", len(fixed), told))
    if plan.sesoi is None:
        told = "no smallest effect size of interest: nothing can be called equivalent (--sesoi)"
        found.append(Notice("no-sesoi", "plan", 1, told))
    if left := sorted(set(trained) - compared):
        told = f"{counted(len(left), 'system')} in no contrast of the plan ({examples(left)})"
        found.append(Notice("not-planned", "plan", len(left), told))
    return found
