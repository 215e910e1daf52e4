"""The controls of the study as checks: passed, failed with a direction, undecided, or absent."""

from typing import Any

import pandas as pd
import pytest

from maw.reporting.checks import Check, budget_table, control_checks, judged_share
from tests.scored import plan_of

ALL: dict[str, Any] = {
    "planted": True,
    "positive": {"system": "old", "baseline": "random"},
    "negative": {"system": "old", "seeds": [142, 143, 144]},
    "budget": {"factor": 2},
}
PLAN = plan_of(("new", "old"), controls=ALL)
BUDGET = pd.DataFrame(
    {
        "dataset": "toy", "system": ["new"] * 4 + ["old"] * 4, "factor": [1, 1, 2, 2] * 2,
        "seed": [42, 43, 42, 43] * 2, "steps": [60, 60, 120, 120] * 2,
        "dev": [0.5, 0.6, 0.7, 0.8] * 2, "primary": [0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.2, 0.3],
    }
)  # fmt: skip
CHANGE = {"estimate": 0.013, "low": 0.004, "high": 0.022, "target": 0.0}
STEPS = {"control": "2 times the steps", "kind": "budget", "system": "new", "baseline": "old"}


def controls(*rows: dict[str, object]) -> pd.DataFrame:
    planted = {
        "dataset": "toy", "control": "planted loss", "kind": "planted", "system": "old",
        "baseline": "old", "estimate": -0.02004, "low": -0.0215, "high": -0.0182,
        "target": -0.02004, "passed": True, "outcome": "found", "pushes": "none",
    }  # fmt: skip
    return pd.DataFrame([{**planted, **row} for row in rows or ({},)]).astype({"passed": "boolean"})


def judged(control: str, **row: object) -> dict[str, object]:
    numbers = {"low": float("nan"), "high": float("nan"), "target": 0.6}
    return {"control": control, "kind": "judged", "baseline": "", **numbers, **row}


def made(*rows: dict[str, object], **given: Any) -> list[Check]:
    checks = control_checks(controls(*rows), plan=PLAN, **given)
    return [check for check in checks if check.state != "absent"]


def test_a_control_that_passed_says_what_it_found() -> None:
    sentence = "Planted loss (old on toy): found; −.02004 [−.02150, −.01820], expected −.02004."
    assert made() == [Check("planted loss", "passed", sentence)]


def test_one_control_that_passed_on_two_datasets_is_one_check() -> None:
    (check,) = made({}, {"dataset": "other"})
    assert check.sentence.count("found") == 2
    assert "on other" in check.sentence


@pytest.mark.parametrize(
    ("pushes", "end"),
    [
        ("for", "If anything, new looks better than it is."),
        ("against", "If anything, new looks worse than it is."),
        ("both", "This may move the verdicts in either direction."),
        ("none", ""),
    ],
)
def test_a_control_that_failed_says_where_it_pushes(pushes: str, end: str) -> None:
    (check,) = made(
        {**STEPS, **CHANGE, "passed": False, "outcome": "at this budget only", "pushes": pushes}
    )
    sentence = "2 times the steps (new against old on toy): at this budget only; +.013 [+.004, "
    assert check == Check("2 times the steps", "failed", f"{sentence}+.022].", end)


def test_a_system_against_itself_pushes_all_claims() -> None:
    (check,) = made({"passed": False, "outcome": "missed", "pushes": "against"})
    assert check.pushes == "If anything, this makes the claims look worse than they are."


@pytest.mark.parametrize(
    ("pushes", "end"),
    [
        ("for", "old is still learning: if anything, new looks better than it is."),
        ("against", "new is still learning: if anything, it looks worse than it is."),
    ],
)
def test_who_gains_by_more_steps_is_still_learning(pushes: str, end: str) -> None:
    row = {**STEPS, **CHANGE, "passed": False, "outcome": "at this budget only", "pushes": pushes}
    assert made(row, budget=BUDGET)[0].pushes == end


def test_who_loses_by_more_steps_is_not_said_to_learn() -> None:
    row = {**STEPS, **CHANGE, "passed": False, "outcome": "at this budget only", "pushes": "for"}
    falling = BUDGET.assign(primary=-BUDGET["primary"])
    assert made(row, budget=falling)[0].pushes == "If anything, new looks better than it is."
    elsewhere = BUDGET.assign(dataset="other")
    assert made(row, budget=elsewhere)[0].pushes == "If anything, new looks better than it is."


def test_a_control_that_could_not_be_run_is_neither() -> None:
    missing = dict.fromkeys(("estimate", "low", "high", "target"), float("nan"))
    (check,) = made({"passed": None, "outcome": "not possible: no loss fits", **missing})
    sentence = "Planted loss (old on toy): not possible: no loss fits."
    assert check == Check("planted loss", "unknown", sentence)
    (open_,) = made(
        {"passed": None, "outcome": "not shown", "low": float("nan"), "high": float("nan")}
    )
    assert open_.sentence == "Planted loss (old on toy): not shown; −.02004, expected −.02004."


def test_enough_judged_documents_pass() -> None:
    rows = [judged("Judged@10", system=name, estimate=n, passed=True) for name, n in (("new", 0.7),
            ("old", 0.9))]  # fmt: skip
    sentence = "On toy, 70 to 90 % of the systems' first ten documents are judged."
    assert made(*rows) == [Check("judged share", "passed", sentence)]
    assert judged_share("toy", [0.7]).startswith("On toy, 70 % of")


def test_few_judged_documents_do_not_pass() -> None:
    rows = [judged("Judged@10", system="new", estimate=0.2, passed=None)]
    (alone,) = made(*rows)
    assert alone.state == "unknown"
    assert alone.sentence.endswith("are judged; 60 % would be enough.")
    rows += [judged("Bpref", system="new", estimate=0.01, passed=True)]
    (compared,) = made(*rows)
    assert compared.sentence.endswith(
        "On judged documents alone, no contrast turns against nDCG@10."
    )


def test_a_contrast_that_turns_on_judged_documents_fails() -> None:
    turned = {"passed": False, "outcome": "against the primary measure", "pushes": "for"}
    failed, share = made(
        judged("Bpref", system="new", **{"baseline": "old", "estimate": -0.01, **turned}),
        judged("Judged@10", system="new", estimate=0.2, passed=None),
    )
    assert (failed.name, failed.state) == ("judgements", "failed")
    assert failed.sentence.startswith(
        "By Bpref, which reads judged documents alone, new trails old on toy (−.010, 95 % ["
    )
    assert failed.sentence.endswith("); by nDCG@10 it leads.")
    assert failed.pushes == "If anything, new looks better than it is."
    assert "no contrast turns" not in share.sentence


def test_controls_that_the_plan_does_not_have_are_absent() -> None:
    bare = plan_of(("new", "old"), controls={"planted": False})
    names = ["a planted loss", "a known difference", "the noise floor", "more steps"]
    absent = control_checks(None, plan=bare)
    assert [check.name for check in absent] == [*names, "the judged share"]
    assert {check.state for check in absent} == {"absent"}
    untrained = control_checks(None, plan=bare, is_trained=False)
    assert [check.name for check in untrained] == [*names[:2], "the judged share"]
    assert [check.name for check in control_checks(None, plan=PLAN)] == ["the judged share"]


def test_the_trainings_of_the_budget_are_means_over_seeds() -> None:
    shown = budget_table(BUDGET[BUDGET["system"] == "new"])
    assert shown["Steps"].tolist() == [60, 120]
    assert shown["Seeds"].tolist() == [2, 2]
    assert shown["Development score"].tolist() == ["0.5500", "0.7500"]
    assert shown["Test score"].tolist() == ["0.1500", "0.3500"]
