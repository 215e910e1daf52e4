"""The plan of a comparison of runs: the default plan, and notices on questions it leaves open."""

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
    """Return the plan with a confirmatory contrast of every other system with the baseline.

    The scores decide whether seeds are shared. primary: measure that verdicts are about. alpha:
    level of all claims together, None for the plan's default. sesoi: smallest effect size of
    interest, in the measure's unit; with None no system can be called equivalent. InputError for
    an unknown baseline, or an alpha or sesoi out of range.
    """
    if baseline not in systems:
        raise InputError(f"baseline: unknown system {baseline!r}{nearest(baseline, systems)}")
    others = [name for name in sorted(systems) if name != baseline]
    content: dict[str, Any] = {
        "primary": primary,
        "sesoi": sesoi,
        "contrasts": [
            PlannedContrast(system=name, baseline=baseline, seeds="auto") for name in others
        ],
    }
    if alpha is not None:
        content["alpha"] = alpha
    return Analysis.checked(content, source="options")


def require_comparable(scores: pd.DataFrame) -> None:
    """Raise an InputError for fewer than two systems, or fewer than two topics on a dataset."""
    systems = scores["system"].unique()
    if len(systems) < 2:
        raise InputError(
            f"only one system ({systems[0]!r}): nothing to compare it with; give a second run"
        )
    for dataset, topics in scores.groupby("dataset")["query_id"].unique().items():
        if len(topics) < 2:
            raise InputError(
                f"{dataset}: only one topic ({topics[0]!r}); a test needs at least 2, so give more"
            )


def plan_notices(plan: Analysis, *, trained: Mapping[str, bool]) -> list[Notice]:
    """Return notices on gaps of the plan.

    Gaps are systems with a single run that are taken as fixed, a missing smallest effect size of
    interest (SESOI), and systems in no contrast.
    trained: system -> whether another training seed would change its scores.
    """
    notices = []
    compared = {name for pair in plan.contrasts for name in (pair.system, pair.baseline)}
    if fixed := [name for name in trained if name in compared and not trained[name]]:
        text = (
            f"{counted(len(fixed), 'system')} with a single run, taken as fixed "
            f"({examples(fixed)}): nothing is known about training them again; list trained "
            "systems in the plan, under `trained:`"
        )
        notices.append(Notice("single-runs", "plan", len(fixed), text))
    if plan.sesoi is None and plan.claims:
        text = (
            "no smallest effect size of interest: no system can be called equivalent; give one "
            "with --sesoi, or in the plan"
        )
        notices.append(Notice("no-sesoi", "plan", 1, text))
    if left_out := sorted(set(trained) - compared):
        text = (
            f"{counted(len(left_out), 'system')} in no contrast of the plan ({examples(left_out)})"
        )
        notices.append(Notice("not-planned", "plan", len(left_out), text))
    return notices
