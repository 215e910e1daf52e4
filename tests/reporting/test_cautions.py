"""The warnings above the headline: each doubt has its sentence, and nothing else is warned of."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.cautions import warnings
from tests.reporting.small_suite import TOY, comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

AGREES = {"checked": True, "agrees": True}
FIRST = {"told": "entered before any scores", "changed_late": False}
PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
SELECTION = pd.DataFrame({"system": ["new"], "on_edge": [False]})
RUNS = pd.DataFrame({"system": ["new", "new"], "converged": [True, True]})


def warned(
    *,
    expected: Mapping[str, Any] = AGREES,
    history: Mapping[str, Any] = FIRST,
    n_dev: int = 100,
    split: str = "holdout",
    **frames: pd.DataFrame,
) -> list[str]:
    suite = suite_frames(COMPARED, **{"runs": RUNS, "selection": SELECTION, **frames})
    dataset = TOY | {"counts": {"dev_judged": n_dev, "test_judged": 20}, "split": {"kind": split}}
    return warnings(suite, history=history, expected=expected, margin=0.01, datasets=[dataset])


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
    runs = pd.DataFrame({"system": ["new", "new"], "converged": [False, True]})
    first, second = warned(expected=expected, runs=runs)
    assert first.startswith("This run does not reproduce the committed scores: 1 of 16 means")
    assert "differ by more than 0.01, at most by 0.1. First: toy/new/AP: 0.5, committed" in first
    assert second.startswith("Not converged: new, 1 of 2 runs still gained more than 0.01")


def test_on_the_same_path_any_difference_is_one() -> None:
    lines = ["toy/new/42/AP: 0.5, committed 0.6"]
    expected = {"checked": True, "agrees": False, "lines": lines, "rows": 16, "largest": 1e-9}
    (first,) = warned(expected={**expected, "tolerance": 0, "same_path": True})
    assert "1 of 16 means differ, although the device, the processor and all versions are" in first
    assert "at most by 1e-09." in first


def test_a_plan_that_was_changed_late_stands_above_all_else() -> None:
    history = {"told": "the plan CHANGED", "changed_late": True}
    assert warned(history=history) == ["Plan: the plan CHANGED."]


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
