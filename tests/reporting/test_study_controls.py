"""The controls of the study in words: passed, failed with its direction, not run, not planned."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting.study_controls import ControlLines, budget_table, control_lines
from tests.scored import plan_of

ALL: dict[str, Any] = {
    "planted": True,
    "positive": {"system": "old", "baseline": "random"},
    "negative": {"system": "old", "seeds": [142, 143, 144]},
    "budget": {"factor": 2},
}
PLAN = plan_of(("new", "old"), controls=ALL)


def controls(**row: object) -> pd.DataFrame:
    planted = {
        "dataset": "toy", "control": "planted loss", "kind": "planted", "system": "old",
        "baseline": "old", "estimate": -0.02004, "low": -0.0215, "high": -0.0182,
        "target": -0.02004, "passed": True, "outcome": "found", "pushes": "none",
    }  # fmt: skip
    return pd.DataFrame([{**planted, **row}]).astype({"passed": "boolean"})


def test_a_control_that_passed_says_what_it_found() -> None:
    assert control_lines(controls(), plan=PLAN) == ControlLines(
        passed=("Planted loss (old on toy): found; −.02004 [−.02150, −.01820], expected −.02004.",)
    )


@pytest.mark.parametrize(
    ("pushes", "end"),
    [
        ("for", " If anything, this makes the claims look better than they are."),
        ("against", " If anything, this makes the claims look worse than they are."),
        ("both", " This may move the verdicts in either direction."),
        ("none", ""),
    ],
)
def test_a_control_that_failed_says_where_it_pushes(pushes: str, end: str) -> None:
    numbers = {"estimate": 0.013, "low": 0.004, "high": 0.022, "target": 0.0}
    row = controls(
        control="2 times the steps", system="new", passed=False, outcome="at this budget only",
        pushes=pushes, **numbers,
    )  # fmt: skip
    assert control_lines(row, plan=PLAN).failed == (
        "2 times the steps (new against old on toy): at this budget only; +.013 "
        f"[+.004, +.022].{end}",
    )


def test_a_control_that_could_not_be_run_is_neither() -> None:
    missing = dict.fromkeys(("estimate", "low", "high", "target"), float("nan"))
    row = controls(passed=None, outcome="not possible: the rankings can lose no more", **missing)
    assert control_lines(row, plan=PLAN).unknown == (
        "Planted loss (old on toy): not possible: the rankings can lose no more.",
    )
    observed = controls(passed=None, outcome="not shown", low=float("nan"), high=float("nan"))
    assert control_lines(observed, plan=PLAN).unknown == (
        "Planted loss (old on toy): not shown; −.02004, expected −.02004.",
    )


def test_controls_that_the_plan_does_not_have_are_named() -> None:
    bare = plan_of(("new", "old"), controls={"planted": False})
    assert control_lines(None, plan=bare) == ControlLines(
        absent=(
            "Not looked at in this suite: the noise floor between further seeds of one system and "
            "training with more steps; workflow/config/thorough.yaml looks at both.",
            "Not part of this plan: a planted loss and a difference that is known.",
        )
    )
    assert control_lines(None, plan=PLAN) == ControlLines()


def test_the_trainings_of_the_budget_are_means_over_seeds() -> None:
    budget = pd.DataFrame(
        {
            "dataset": "toy", "system": "new", "factor": [1, 1, 2, 2], "seed": [42, 43, 42, 43],
            "steps": [60, 60, 120, 120], "dev": [0.5, 0.6, 0.7, 0.8],
            "primary": [0.1, 0.2, 0.3, 0.4],
        }
    )  # fmt: skip
    shown = budget_table(budget)
    assert shown["Steps"].tolist() == [60, 120]
    assert shown["Seeds"].tolist() == [2, 2]
    assert shown["Development score"].tolist() == ["0.5500", "0.7500"]
    assert shown["Test score"].tolist() == ["0.1500", "0.3500"]
