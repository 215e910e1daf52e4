"""What a study cannot show beyond its claims: other budgets, collections, seeds, and looks."""

import pandas as pd
import pytest

from maw.reporting.page_data import PageData
from maw.verdicts.study_controls import frame_of
from tests.reporting.sections.test_may_say import (
    COMPARED,
    GAIN,
    PLAN,
    TABLES,
    may,
    may_not,
    page_of,
    with_word,
)
from tests.reporting.small_suite import comparison_frames


def budget(outcome: str, passed: bool | None) -> pd.DataFrame:
    row = {"dataset": "toy", "control": "2 times the steps", "kind": "budget", "system": "new",
           "baseline": "old", "estimate": -0.013, "low": -0.022, "high": -0.004, "target": 0.0,
           "passed": passed, "outcome": outcome, "pushes": "none"}  # fmt: skip
    return frame_of([row])


def test_a_gain_that_the_control_has_too_is_no_improvement() -> None:
    gains = [f"+{GAIN[name, 'zero']:.3f}".replace("0.", ".") for name in ("new", "old")]
    assert may_not(page_of())["new improves ranking"] == (
        f"a gain of {gains[0]} over zero is not shown to exceed old's {gains[1]}"
    )
    better = with_word("better", lower=0.01)
    assert "new improves ranking" not in may_not(better)


def test_nothing_holds_elsewhere_or_with_more_training() -> None:
    refused = may_not(page_of())
    assert refused["It holds on other collections"] == "only toy was measured"
    assert refused["It holds with more training"] == "one number of steps was tried"


def test_a_control_of_the_budget_allows_it_forbids_it_or_settles_nothing() -> None:
    holds = page_of(controls=budget("holds", True))
    assert "It holds with more training" not in may_not(holds)
    verdict = "On toy, the verdict on new against old holds at 2 times the steps."
    assert verdict in may(holds)
    only = page_of(controls=budget("at this budget only", False))
    assert may_not(only)["The verdict on new holds with more training"] == (
        "at 2 times the steps its difference to old changes by −.013 [−.022, −.004]"
    )
    assert verdict not in may(only)
    unknown = page_of(controls=budget("not shown", None))
    assert may_not(unknown)["It holds with more training"] == "2 times the steps do not settle it"


@pytest.mark.parametrize(("n", "sets"), [(1, "another set"), (2, "2 other sets")])
def test_undeclared_looks_forbid_the_level(n: int, sets: str) -> None:
    refused = may_not(page_of(history={"undeclared_looks": n}))
    (first, reason), *_ = refused.items()
    assert first == "A false word has a chance of at most 5 %"
    assert reason == f"scores were seen with {sets} of seeds, which the plan does not declare"


def test_one_seed_is_not_the_training_procedure() -> None:
    seeds = COMPARED.seeds.assign(p=[0.001, *[0.5] * (len(COMPARED.seeds) - 1)], difference=0.03)
    refused = may_not(page_of(seeds=seeds))
    assert refused["new ranks better than old, p = 0.001"] == (
        "this is seed 42 alone; all seeds together say “equivalent”"
    )
    same = page_of(seeds=seeds, claims=COMPARED.claims.assign(word="better", lower=0.01))
    assert not any("seed 42" in reason for reason in may_not(same).values())
    against = page_of(seeds=seeds.assign(seed_baseline=43))
    assert any("seed 42 against 43 alone" in reason for reason in may_not(against).values())


def test_single_runs_say_nothing_of_another_training() -> None:
    runs = {name: scores[:, :1] for name, scores in TABLES.items()}
    compared = comparison_frames(runs, PLAN, trained=dict.fromkeys(runs, False))
    page = PageData(frames=compared, plan=PLAN, spec={"queries": "topics"})
    assert may_not(page)["Another run would give the same"].startswith("single runs were compared")
    assert "paired t-test over topics" in may(page)[0]
    assert "It holds with more training" not in may_not(page)
