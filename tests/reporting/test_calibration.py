"""The calibration in words: one sentence first, doubts next, reasons once."""

import pytest

from maw.reporting.calibration import content, section
from maw.reporting.templates import environment
from maw.significance import ANY_FALSE
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import NON_INFERIORITY, WORD
from maw.verdicts.calibration_rows import NOT_CALIBRATED
from tests.reporting.calibrated import FRAME, frame, row


def test_one_sentence_says_how_often_any_word_would_be_false() -> None:
    shown = section(FRAME, alpha=0.05)
    assert shown.answer == (
        "On data like these the plan would say a false word in 2.6 ± 0.5 % of experiments without "
        "any effect, and in at most 4.9 ± 0.7 % with any of the true leads and variances of seeds "
        "that were tried; it may in 5 %."
    )
    assert list(shown.tables) == ["false_words", "claims", "sizes", "others"]
    assert shown.warnings == []
    assert shown.checks == [
        "No test tells a system from a copy of itself.",
        "Halves of the seeds of new on toy differ in 2.0% of the splits.",
    ]
    assert shown.missing == ["A/A halves (old on toy, bad on toy): 4 seeds; halves need 8"]
    assert shown.draws == 1000


def test_a_plan_without_claims_has_no_such_sentence() -> None:
    shown = section(frame(row("E2")), alpha=0.05)
    assert shown.answer == ""
    assert list(shown.tables) == ["sizes"]


@pytest.mark.parametrize(("rate", "warned"), [(0.064, False), (0.07, False), (0.09, True)])
def test_a_test_that_promises_too_much_is_warned_of_beyond_chance(
    rate: float, warned: bool
) -> None:
    shown = section(frame(row("E2", rate=rate, level=0.05)), alpha=0.05)
    assert bool(shown.warnings) is warned


def test_a_warning_names_what_errs_and_where() -> None:
    words = {"system": "any claim", "baseline": "", "level": 0.05, "error": 0.007}
    shown = section(
        frame(
            row(WORD, ANY_FALSE, rate=0.12, multiple=1.0, effect=0.02, seeds="upper", **words),
            row(AT_OWN_LEVEL, rate=0.006, error=0.0002, level=0.0029, seeds="error"),
        ),
        alpha=0.05,
    )
    assert shown.warnings == [
        "any claim on toy: a word is false in 0.1200 ± 0.0070 of experiments at a true lead of "
        "0.02 with seeds at their upper limit, where 0.05 is allowed: too often to be trusted",
        "new − old on toy: E2 at α′, normal scores rejects in 0.0060 ± 0.0002 of experiments "
        "without any effect with σ²s = σ²e/Q, where 0.0029 is allowed: too often to be trusted",
    ]


def test_few_seeds_and_a_broken_copy_are_warnings() -> None:
    shown = section(
        frame(
            row("E2", "caution", system="", baseline="", rate=None, note="new has 2 seeds"),
            row("A/A copy", "differs", system="", baseline="", rate=1.0),
        ),
        alpha=0.05,
    )
    assert shown.warnings == [
        "toy: new has 2 seeds",
        "toy: a system differs from its own copy; report this as a bug",
    ]
    assert shown.checks == []


def test_non_inferiority_is_a_sentence() -> None:
    shown = section(frame(row(NON_INFERIORITY, rate=0.8)), alpha=0.05)
    assert shown.checks == [
        "new − old on toy: non-inferiority is shown in 0.800 ± 0.007 of experiments without any "
        "effect."
    ]


def test_a_test_that_was_left_out_has_its_reason_once() -> None:
    reason = {"rate": None, "note": "one run"}
    shown = section(
        frame(
            row("E2", NOT_CALIBRATED, **reason),
            row("E2", NOT_CALIBRATED, baseline="bm25", **reason),
            row("McNemar", NOT_CALIBRATED, dataset="", system="", baseline="", **reason),
        ),
        alpha=0.05,
    )
    assert shown.missing == [
        "E2 (new − old on toy, new − bm25 on toy): one run",
        "McNemar: one run",
    ]


def test_the_page_shows_it_or_says_how_to_get_it() -> None:
    macro = "{% macro table(data, source) %}{{ data.head | join('|') }} {{ source }}{% endmacro %}"
    template = environment().from_string(macro + "{% include 'calibration.html.j2' %}")
    shown = template.render(calibration=content(FRAME, alpha=0.05))
    assert "on 1,000 experiments that were redrawn" in shown
    assert shown.index("would say a false word in 2.6") < shown.index("True lead|")
    assert "Not done" not in shown
    missing = template.render(calibration=content(None, alpha=0.05))
    assert "Not done: <code>maw calibrate</code>" in missing
