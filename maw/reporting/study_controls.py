"""The controls of the study on the page: what passed, what failed, and where a failure would push.

A control shows whether the study could see a difference, or sees one where there is none. It has no
word and belongs to no family of claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maw.reporting.wording import compact, digits_apart, number, short_interval
from maw.reporting.words import listed
from maw.settings.plan import Analysis

PUSHES = {
    "for": "If anything, this makes the claims look better than they are",
    "against": "If anything, this makes the claims look worse than they are",
    "both": "This may move the verdicts in either direction",
}
BUDGET_KEY = ["dataset", "system", "factor", "steps"]


@dataclass(frozen=True, slots=True)
class ControlLines:
    """Sentences on the controls, in the order of their rows.

    passed: controls that found what they had to find. failed: controls that did not, each with the
    direction in which this pushes the verdicts. unknown: controls that could not be run, or that
    showed neither. absent: kinds of controls that the plan does not have.
    """

    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def control_lines(controls: pd.DataFrame | None, *, plan: Analysis) -> ControlLines:
    """Return the sentences on a suite's controls; controls: `summary/controls.parquet`, or None."""
    lines: dict[str, list[str]] = {"passed": [], "failed": [], "unknown": []}
    rows = [] if controls is None else controls.to_dict("records")
    for row in rows:
        if pd.isna(row["passed"]):
            lines["unknown"].append(f"{_line(row, plan=plan)}.")
        elif row["passed"]:
            lines["passed"].append(f"{_line(row, plan=plan)}.")
        else:
            pushes = PUSHES.get(str(row["pushes"]))
            end = f" {pushes}." if pushes else ""
            lines["failed"].append(f"{_line(row, plan=plan)}.{end}")
    return ControlLines(
        passed=tuple(lines["passed"]),
        failed=tuple(lines["failed"]),
        unknown=tuple(lines["unknown"]),
        absent=_absent(plan),
    )


def budget_table(budget: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each system and number of steps: its mean scores over seeds.

    budget: columns `maw.verdicts.budget.RUNS`.
    """
    means = budget.groupby(BUDGET_KEY, sort=False, as_index=False).agg(
        seeds=("seed", "nunique"), dev=("dev", "mean"), primary=("primary", "mean")
    )
    return pd.DataFrame(
        {
            "Dataset": means["dataset"],
            "System": means["system"],
            "Steps": means["steps"],
            "Seeds": means["seeds"],
            "Development score": means["dev"].map(lambda mean: number(mean, 4)),
            "Test score": means["primary"].map(lambda mean: number(mean, 4)),
        }
    )


def _line(row: Mapping[str, Any], *, plan: Analysis) -> str:
    """Return what a control did and found, without its full stop."""
    pair = str(row["system"])
    if row["baseline"] and row["baseline"] != row["system"]:
        pair = f"{pair} against {row['baseline']}"
    text = f"{str(row['control']).capitalize()} ({pair} on {row['dataset']}): {row['outcome']}"
    if pd.isna(row["estimate"]):
        return text
    numbers: Sequence[float] = (row["estimate"], row["low"], row["high"])
    digits = digits_apart(numbers, plan.sesoi)
    text += f"; {compact(row['estimate'], digits, sign=True)}"
    if not (pd.isna(row["low"]) and pd.isna(row["high"])):
        text += f" {short_interval(row['low'], row['high'], digits, sign=True)}"
    if pd.notna(row["target"]) and row["target"] != 0:
        text += f", expected {compact(row['target'], max(digits, 4), sign=True)}"
    return text


def _absent(plan: Analysis) -> tuple[str, ...]:
    """Return a sentence on the kinds of controls that the plan does not have, if any."""
    elsewhere = [
        name
        for name, control in (
            ("the noise floor between further seeds of one system", plan.controls.negative),
            ("training with more steps", plan.controls.budget),
        )
        if control is None
    ]
    known = [
        name
        for name, is_there in (
            ("a planted loss", plan.controls.planted),
            ("a difference that is known", plan.controls.positive is not None),
        )
        if not is_there
    ]
    lines = []
    if elsewhere:
        where = "workflow/config/thorough.yaml looks at both"
        lines.append(f"Not looked at in this suite: {listed(elsewhere)}; {where}.")
    if known:
        lines.append(f"Not part of this plan: {listed(known)}.")
    return tuple(lines)
