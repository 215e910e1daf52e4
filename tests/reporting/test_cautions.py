"""The warnings above the headline: each doubt has its sentence, and nothing else is warned of."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.cautions import standard_errors, warnings
from maw.reporting.wording import pvalue
from tests.reporting.small_suite import TOY, comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

AGREES = {"checked": True, "agrees": True}
FIRST = {"told": "entered before any scores", "changed_late": False}
PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
SELECTION = pd.DataFrame({"system": ["new"], "on_edge": [False]})
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
    n_dev: int = 100,
    split: str = "holdout",
    judged_by_model: tuple[str, ...] = (),
    **frames: pd.DataFrame,
) -> list[str]:
    suite = suite_frames(COMPARED, **{"selection": SELECTION, **frames})
    dataset = TOY | {"counts": {"dev_judged": n_dev, "test_judged": 20}, "split": {"kind": split}}
    return warnings(
        suite,
        plan=PLAN,
        history=history,
        expected=expected,
        datasets=[dataset],
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


def test_the_standard_error_by_which_rates_were_chosen_is_told_of_few_queries() -> None:
    chosen = pd.DataFrame(
        {
            "dataset": "toy", "system": ["new", "old", "old"], "chosen": [True, True, False],
            "n_dev": 171, "dev_se": [0.0124, 0.0141, 0.9],
        }
    )  # fmt: skip
    assert list(standard_errors(chosen)) == [
        "Learning rates for toy were chosen on 171 judged development queries; over these, the "
        "best rate's lead over the second-best has a standard error of 0.012 to 0.014."
    ]
    (equal,) = standard_errors(chosen.iloc[:1])
    assert equal.endswith("a standard error of 0.012.")
    (unknown,) = standard_errors(chosen.assign(dev_se=float("nan")))
    assert unknown == "Learning rates for toy were chosen on 171 judged development queries."
    assert list(standard_errors(chosen.assign(n_dev=300))) == []
    assert list(standard_errors(chosen.drop(columns="dev_se"))) == []
    assert list(standard_errors(chosen.iloc[:0])) == []


def test_a_rate_on_the_edge_and_one_chosen_on_few_queries_are_told() -> None:
    edge = pd.DataFrame({"system": ["new", "new"], "on_edge": [True, True]})
    few, on_edge = warned(n_dev=3, selection=edge)
    assert "chosen on 3 development queries only" in few
    assert on_edge == "The learning rate of new lies on the edge of the grid that was tried."


@pytest.mark.parametrize("split", ["transfer", "kfold"])
def test_rates_that_were_chosen_elsewhere_do_not_hang_on_this_datasets_queries(split: str) -> None:
    assert warned(n_dev=3, split=split) == []


def test_a_suite_in_which_nothing_was_searched_is_not_warned_of_a_search() -> None:
    assert warned(n_dev=3, selection=replace(suite_frames(COMPARED)).selection) == []
