"""The trust marks: each doubt has its sentence and its direction, and nothing unseen has passed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.checks import Check
from maw.reporting.page_data import PageData
from maw.reporting.sections.trust import checks, content
from maw.reporting.templates import environment
from maw.reporting.wording import pvalue
from maw.runs.notices import Notice
from maw.stages.finished import plan_record
from tests.reporting import calibrated
from tests.reporting.small_suite import (
    TOY,
    comparison_frames,
    random_tables,
    selection_frame,
    suite_frames,
)
from tests.scored import plan_of

AGREES = {"checked": True, "agrees": True, "same_path": True, "rows": 16}
FIRST = {"told": "entered before any scores", "changed_late": False, "undeclared_looks": 0}
PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
DISAGREES = {
    "checked": True, "agrees": False, "lines": ["toy/new/AP: 0.5, committed 0.6"], "rows": 16,
    "tolerance": 0.01, "same_path": False, "largest": 0.1,
}  # fmt: skip


def page_of(
    *,
    expected: Mapping[str, Any] = AGREES,
    history: Mapping[str, Any] = FIRST,
    spec: Mapping[str, Any] | None = None,
    dataset: Mapping[str, Any] = TOY,
    **frames: pd.DataFrame,
) -> PageData:
    suite = suite_frames(COMPARED, **{"selection": selection_frame([{}]), **frames})
    return PageData(
        frames=suite,
        plan=PLAN,
        spec={"judged_by_model": []} if spec is None else spec,
        history=history,
        expected=expected,
        datasets=[dataset],
    )


def failed(**page: Any) -> list[Check]:
    return [check for check in checks(page_of(**page)) if check.state == "failed"]


def of(name: str, page: PageData) -> Check:
    (check,) = (check for check in checks(page) if check.name == name)
    return check


def test_nothing_wrong_nothing_failed() -> None:
    assert failed() == []
    states = {check.name: check.state for check in checks(page_of())}
    assert states == {
        "plan before scores": "passed",
        "looks": "passed",
        "committed scores": "passed",
        "a known difference": "absent",
        "the judged share": "absent",
        "false words on these data": "absent",
        "search of hyper-parameters": "passed",
        "edge of the search": "passed",
        "judges": "passed",
    }


def test_what_nobody_looked_at_has_not_passed() -> None:
    bare = page_of(
        expected={"checked": False, "agrees": True}, history={}, spec={},
        selection=selection_frame([{"n_dev": 0}]),
    )  # fmt: skip
    assert {check.state for check in checks(bare)} == {"absent"}
    assert "search of hyper-parameters" in {check.name for check in checks(bare)}


def test_scores_that_were_not_reproduced_are_told() -> None:
    (check,) = failed(expected=DISAGREES)
    assert check.sentence == (
        "This run does not reproduce the committed scores: 1 of 16 means differ by more than 0.01, "
        "at most by 0.1. First: toy/new/AP: 0.5, committed 0.6."
    )
    assert check.pushes == "This may move the verdicts in either direction."


def test_on_the_same_path_any_difference_is_one() -> None:
    (check,) = failed(expected={**DISAGREES, "same_path": True, "largest": 1e-9})
    assert "1 of 16 means differ, although the device, the processor and all" in check.sentence
    assert "at most by 1e-09." in check.sentence


def test_scores_that_were_reproduced_say_how_closely() -> None:
    text = "This run reproduces 16 committed means to the last bit."
    assert of("committed scores", page_of()).sentence == text
    near = {**AGREES, "same_path": False, "tolerance": 0.004, "largest": 0.00123}
    assert of("committed scores", page_of(expected=near)).sentence.endswith(
        "means to 0.004, on another processor or with other versions; the largest difference is "
        "0.0012."
    )


def test_a_plan_that_was_changed_late_shows_both_forms_of_the_seeds() -> None:
    row = COMPARED.comparisons.iloc[0]
    (check,) = failed(history={**FIRST, "told": "the plan CHANGED", "changed_late": True})
    assert check.sentence.startswith(
        "The plan CHANGED. new against old on toy: with shared seeds p "
    )
    assert f"with independent seeds {pvalue(row['other_form_p'])}, [" in check.sentence


def test_the_record_says_whether_the_plan_came_first() -> None:
    entry = plan_record.Entry
    first = [entry("t1", "plan", ""), entry("t2", "plan", "scores")]
    together = [entry("t1", "plan", "scores")]
    for record, state in ((first, "passed"), (together, "unknown")):
        told = plan_record.history(record, plan="plan")
        assert of("plan before scores", page_of(history={"told": told})).state == state


@pytest.mark.parametrize(("n", "sets"), [(1, "another set"), (2, "2 other sets")])
def test_looks_that_the_plan_does_not_declare_are_told(n: int, sets: str) -> None:
    (check,) = failed(history={**FIRST, "undeclared_looks": n})
    assert check.sentence.startswith(f"The scores were also seen with {sets} of seeds: a claim")
    assert check.pushes == "If anything, the verdicts look surer than they are."


def test_judgements_by_a_model_are_told() -> None:
    (check,) = failed(spec={"judged_by_model": ["toy"]})
    assert check.sentence == (
        "The judgements of toy were made by a model: tests on them reject too often, because the "
        "judge's own errors are in no interval."
    )


def test_few_development_queries_are_told() -> None:
    (check,) = failed(selection=selection_frame([{"n_dev": 3}]))
    assert "chosen on 3 development queries only" in check.sentence


def test_a_choice_at_an_edge_is_told() -> None:
    (check,) = failed(selection=selection_frame([{"at_edge": True}]))
    assert check.name == "edge of the search"


def test_a_small_test_set_and_a_leak_are_told() -> None:
    small = {**TOY, "ids": ["beir/toy"], "leak_check": {"leaks": 2}}
    few, leak = failed(dataset=small)
    assert few.sentence.startswith("toy tests 20 topics only")
    assert leak.sentence == "2 held-out queries of toy leaked into its training."
    clean = page_of(dataset={**TOY, "leak_check": {"leaks": 0}})
    assert of("leaks", clean).sentence == "No held-out query of toy leaked into training."


def test_the_rate_of_false_words_passes_or_fails() -> None:
    frame = calibrated.frame(calibrated.false(0.03), calibrated.false(0.04, multiple=1.0))
    check = of("false words on these data", page_of(calibration=frame))
    assert check.state == "passed"
    assert check.sentence.startswith("On data like these the plan would say a false word in ")
    wrong = calibrated.frame(calibrated.false(0.4))
    assert {check.name for check in failed(calibration=wrong)} == {check.name}


def comparison(*notices: Notice, **spec: Any) -> PageData:
    return PageData(
        frames=COMPARED, plan=PLAN, spec={"queries": "topics", "notices": notices, **spec}
    )


def test_a_comparison_tells_of_its_input() -> None:
    names = [check.name for check in checks(comparison())]
    assert names == [
        "plan before scores", "looks", "input", "the judged share", "false words on these data",
    ]  # fmt: skip
    assert of("input", comparison()).state == "passed"
    notice = Notice("no-sesoi", "plan", 1, "no smallest effect size of interest")
    assert of("input", comparison(notice, notice)).sentence == (
        "2 things were noticed in the input, to be read first: no-sesoi."
    )
    assert of("input", comparison(notice)).state == "failed"


@pytest.mark.parametrize(("mean", "state"), [(0.7, "passed"), (0.3, "unknown")])
def test_a_comparison_tells_the_share_of_judged_documents(mean: float, state: str) -> None:
    rows = COMPARED.leaderboard.iloc[:1].assign(measure="Judged@10", mean=mean)
    page = PageData(frames=replace(COMPARED, leaderboard=rows), plan=PLAN)
    assert of("judged share", page).state == state


def test_the_template_folds_what_passed_and_escapes_what_failed() -> None:
    page = page_of(expected={**DISAGREES, "lines": ["<b>toy</b>"]})
    html = environment().get_template("sections/trust.html.j2").render(
        trust=content(page), files="../tables/", remake="", root=""
    )  # fmt: skip
    assert '<li class="warn">This run does not reproduce' in html
    assert "&lt;b&gt;toy&lt;/b&gt;" in html
    assert "<summary>5 checks passed, 3 not made</summary>" in html
    unfolded = html.split("<details")[0]
    assert "hyper-parameters" not in unfolded
