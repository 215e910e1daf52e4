"""The calibration in words: one sentence first, doubts next, reasons once."""

import pytest

from maw.reporting.calibration import LEGENDS, content, section
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
    assert list(shown.tables) == ["false_words", "claims", "sizes"]
    assert shown.warnings == []
    assert shown.checks == [
        "If tests of single runs decided, false alarms would come in up to 19.0 % (t), 3.0 % "
        "(max-T) instead of 5 % of experiments.",
        "The 95 % intervals that decide nothing cover what they are about in at least 95.0 % (t), "
        "93.0 % (BCa) of experiments.",
        "No test tells a system from a copy of itself.",
        "Halves of the seeds of new on toy differ in 2.0% of the splits.",
    ]
    assert shown.missing == [
        "1 kind of tests and checks that decide nothing: the rows “not calibrated” of the table "
        "`calibration` say why"
    ]
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
            row("every test", NOT_CALIBRATED, dataset="", system="", baseline="", **reason),
            row("McNemar", NOT_CALIBRATED, dataset="", system="", baseline="", **reason),
            row("E3", NOT_CALIBRATED, dataset="", system="", baseline="", **reason),
        ),
        alpha=0.05,
    )
    assert shown.missing == [
        "E2 (new − old on toy, new − bm25 on toy): one run",
        "every test: one run",
        "2 kinds of tests and checks that decide nothing: the rows “not calibrated” of the table "
        "`calibration` say why",
    ]


def test_a_page_gets_tables_with_their_legends_or_nothing() -> None:
    shown = content(FRAME, alpha=0.05)
    assert [table["legend"] for table in shown["tables"]] == list(LEGENDS.values())
    assert shown["tables"][0]["head"][0] == "True lead"
    assert shown["draws"] == 1000
    assert content(None, alpha=0.05) == {}
