"""The headings of a comparison of runs: non-inferiority, and judgements made by a model."""

import re

import numpy as np
import pytest

from maw.comparison import Comparison, conclude
from maw.reporting.answer import answers
from maw.reporting.comparison_answer import accepted_loss, complete, level, margin_answers
from maw.runs.evidence import Evidence
from maw.runs.judge import judge_notices
from maw.settings.plan import Analysis
from tests.scored import plan_of, scored

Q = 40


def plan_with(*margins: tuple[str, float], **settings: object) -> Analysis:
    """Return a plan of contrasts of non-inferiority with `old`. margins: system and margin."""
    contrasts = [
        {"system": system, "baseline": "old", "role": "non-inferiority", "margin": margin}
        for system, margin in margins
    ]
    return Analysis.checked({"contrasts": contrasts, **settings}, source="test")


def compared(plan: Analysis) -> Comparison:
    """Compare `near`, which is better than `old` by .001, and `far`, which is worse by .1."""
    generator = np.random.default_rng(0)
    old = generator.uniform(0.2, 0.6, (Q, 1))
    noise = generator.normal(0, 0.01, (2, Q, 1))
    near = old + 0.001 + noise[0] - noise[0].mean()
    tables = {"near": near, "far": old - 0.1 + noise[1], "old": old}
    return conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan)


def test_a_plan_without_claims_is_answered_by_its_contrasts_of_non_inferiority() -> None:
    plan = plan_with(("near", 0.01))
    frames = compared(plan).verdict_frames
    (one,) = margin_answers(frames, plan=plan)
    assert one.heading == "Yes, on toy: near is not worse than old by 0.01 or more."
    (row,) = frames.comparisons.to_dict("records")
    estimate = r"near − old is \+\.001 \[−\.00\d, \+\.00\d\] nDCG@10\. "
    assert re.fullmatch(estimate + r"A loss of 0\.01 is excluded\.", one.leads[0])
    assert row["bar_low"] > -0.01
    assert complete((), frames, plan=plan, notices=()) == (one,)
    assert level(frames, plan=plan) == "95 %"


def test_a_loss_that_fits_the_data_is_not_shown_to_be_excluded() -> None:
    plan = plan_with(("far", 0.01))
    (one,) = margin_answers(compared(plan).verdict_frames, plan=plan)
    assert one.heading == "Not shown, on toy: far may be worse than old by 0.01 or more."
    assert one.leads[0].endswith("A loss of 0.01 or more fits the data.")


def test_several_contrasts_are_counted_and_each_has_its_own_heading() -> None:
    plan = plan_with(("near", 0.01), ("far", 0.02))
    frames = compared(plan).verdict_frames
    (one,) = margin_answers(frames, plan=plan)
    assert one.heading == "On toy, non-inferiority is shown in 1 of 2 comparisons."
    assert [text.split(",")[0] for text in one.bullets] == ["Yes", "Not shown"]
    assert len(one.leads) == 2
    assert level(frames, plan=plan) == "95 % over 2 claims together: each at 97.5 %"
    assert accepted_loss(plan) == (
        "A loss below 0.01 or 0.02, as planned, still counts as not worse."
    )


def test_too_few_seeds_are_not_judged() -> None:
    plan = plan_with(("near", 0.01), trained=("near",))
    (one,) = margin_answers(compared(plan).verdict_frames, plan=plan)
    known = "Not judged, on toy: the difference of near and old cannot be estimated."
    assert one.heading == known
    assert one.leads[0].startswith("Observed near − old: ")
    generator = np.random.default_rng(0)
    tables = {"near": generator.uniform(size=(Q, 2)), "old": generator.uniform(size=(Q, 1))}
    two = conclude(Evidence(scored(tables), ("nDCG@10",), ()), plan=plan_with(("near", 0.01)))
    (one,) = margin_answers(two.verdict_frames, plan=two.plan)
    assert one.heading == "Not judged, on toy: near and old have too few seeds."


@pytest.mark.parametrize("plan", [plan_of(("near", "old")), plan_with(("near", 0.01))])
def test_a_model_as_judge_is_in_the_headings_line(plan: Analysis) -> None:
    frames = compared(plan).verdict_frames
    on_claims = answers(frames, plan=plan, queries="topics")
    (plain,) = complete(on_claims, frames, plan=plan, notices=())
    notices = judge_notices("llm", subject="qrels")
    (warned,) = complete(on_claims, frames, plan=plan, notices=notices)
    remark = ", by a model’s judgements, on which tests reject too often."
    assert warned.heading == plain.heading.removesuffix(".") + remark


def test_a_plan_with_claims_is_answered_by_them() -> None:
    plan = plan_of(("near", "old"))
    frames = compared(plan).verdict_frames
    on_claims = answers(frames, plan=plan, queries="topics")
    assert complete(on_claims, frames, plan=plan, notices=()) == on_claims
    assert accepted_loss(plan) == ""
