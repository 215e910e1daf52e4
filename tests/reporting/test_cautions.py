"""The warnings above the headline: each doubt has its sentence, and nothing else is warned of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting.cautions import warnings
from maw.reporting.wording import pvalue
from tests.reporting.small_suite import (
    TOY,
    comparison_frames,
    random_tables,
    selection_frame,
    suite_frames,
)
from tests.scored import plan_of

AGREES = {"checked": True, "agrees": True}
FIRST = {"told": "entered before any scores", "changed_late": False}
PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
FAILED = pd.DataFrame(
    {
        "dataset": ["toy"], "control": ["further seeds"], "kind": ["negative"], "system": ["old"],
        "baseline": ["old"], "estimate": [0.006], "low": [0.001], "high": [0.011],
        "target": [0.0], "passed": [False], "outcome": ["excludes 0"], "pushes": ["both"],
    }
)  # fmt: skip


def warned(
    *,
    expected: Mapping[str, Any] = AGREES,
    history: Mapping[str, Any] = FIRST,
    judged_by_model: tuple[str, ...] = (),
    **frames: pd.DataFrame,
) -> list[str]:
    suite = suite_frames(COMPARED, **{"selection": selection_frame([{}]), **frames})
    return warnings(
        suite,
        plan=PLAN,
        history=history,
        expected=expected,
        datasets=[TOY],
        judged_by_model=judged_by_model,
    )


def test_nothing_wrong_nothing_warned() -> None:
    assert warned() == []


def test_scores_that_were_not_reproduced_come_first() -> None:
    expected = {
        "checked": True,
        "agrees": False,
        "lines": ["toy/new/AP: 0.5, committed 0.6"],
        "rows": 16,
        "tolerance": 0.01,
        "same_path": False,
        "largest": 0.1,
    }
    first, second = warned(expected=expected, controls=FAILED)
    assert first.startswith("This run does not reproduce the committed scores: 1 of 16 means")
    assert "differ by more than 0.01, at most by 0.1. First: toy/new/AP: 0.5, committed" in first
    assert second == (
        "Further seeds (old on toy): excludes 0; +.006 [+.001, +.011]. This may move the verdicts "
        "in either direction."
    )


def test_on_the_same_path_any_difference_is_one() -> None:
    lines = ["toy/new/42/AP: 0.5, committed 0.6"]
    expected = {"checked": True, "agrees": False, "lines": lines, "rows": 16, "largest": 1e-9}
    (first,) = warned(expected={**expected, "tolerance": 0, "same_path": True})
    assert "1 of 16 means differ, although the device, the processor and all versions are" in first
    assert "at most by 1e-09." in first


def test_a_plan_that_was_changed_late_stands_above_all_else() -> None:
    history = {"told": "the plan CHANGED", "changed_late": True}
    assert warned(history=history)[0] == "Plan amended after scores: the plan CHANGED."


def test_judgements_by_a_model_are_told() -> None:
    assert warned(judged_by_model=("toy",)) == [
        "The judgements of toy were made by a model: tests on them reject too often, because the "
        "judge's own errors are in no interval."
    ]


def test_a_plan_that_was_changed_late_shows_both_forms_of_the_seeds() -> None:
    row = COMPARED.comparisons.iloc[0]
    amended, both = warned(history={"told": "CHANGED", "changed_late": True})
    assert amended.startswith("Plan amended after scores")
    assert both.startswith("new against old on toy: with shared seeds p ")
    assert f"with independent seeds {pvalue(row['other_form_p'])}, [" in both


def test_looks_that_the_plan_does_not_declare_are_told() -> None:
    (once,) = warned(history={**FIRST, "undeclared_looks": 1})
    assert once.startswith("The scores were also seen with another set of seeds, which the plan")
    (twice,) = warned(history={**FIRST, "undeclared_looks": 2})
    assert twice.startswith("The scores were also seen with 2 other sets of seeds, which")
    assert warned(history={**FIRST, "undeclared_looks": 0}) == []


def test_a_choice_at_an_edge_and_one_made_on_few_queries_are_told() -> None:
    few, at_edge = warned(selection=selection_frame([{"n_dev": 3, "at_edge": True}]))
    assert "chosen on 3 development queries only" in few
    assert at_edge.startswith("What the search chose for new lies at the edge of what it tried: ")
