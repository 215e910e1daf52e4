"""The calibration in words: what decides in full, doubts first, reasons once."""

import pandas as pd
import pytest

from maw.reporting.calibration import content, section
from maw.reporting.templates import environment
from maw.significance import COVERS, COVERS_CHECKPOINTS
from maw.verdicts.calibration_rows import COLUMNS, NOT_CALIBRATED


def row(test: str, quantity: str = "rejects", **columns: object) -> dict[str, object]:
    subject = {"dataset": "toy", "system": "new", "baseline": "old", "seeds": "estimate"}
    counted = {"multiple": 0.0, "rate": 0.05, "error": 0.007, "draws": 1000, "note": ""}
    return {**subject, **counted, "test": test, "quantity": quantity, **columns}


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"draws": "Int64"})


FRAME = frame(
    row("E2", rate=0.053),
    row("E2", rate=0.061, seeds="upper"),
    row("E2", COVERS, rate=0.947),
    row("E2", multiple=1.0, rate=0.62, error=0.015),
    row("E2", multiple=2.0, rate=0.98, error=0.004),
    row("TOST", "equivalent", rate=0.7),
    row("TOST", "equivalent", multiple=1.0, rate=0.048),
    row("t", rate=0.19),
    row("t", COVERS, rate=0.81),
    row("t", COVERS_CHECKPOINTS, rate=0.95),
    row("t", rate=0.05, baseline="bm25"),
    row("BCa", COVERS_CHECKPOINTS, rate=0.93, baseline=""),
    row("E2, Holm", baseline="", rate=0.03),
    row("E2, Holm", system="any claim", baseline="", rate=0.048),
    row("A/A copy", "differs", system="", baseline="", rate=0.0, draws=None),
    row("A/A halves", "differs", baseline="", rate=0.02, draws=None),
    row(
        "A/A halves",
        NOT_CALIBRATED,
        system="old",
        baseline="",
        rate=None,
        note="4 seeds; halves need 8",
    ),
    row(
        "A/A halves",
        NOT_CALIBRATED,
        system="bad",
        baseline="",
        rate=None,
        note="4 seeds; halves need 8",
    ),
)


def test_the_deciding_test_stands_in_full_and_the_others_from_lowest_to_highest() -> None:
    shown = section(FRAME, alpha=0.05, sesoi=0.02)
    first, claim, family = shown.deciding.to_dict("records")
    assert first == {
        "Contrast": "new − old",
        "Type I error": "0.053 ± 0.007",
        "seeds at upper limit": "0.061 ± 0.007",
        "Coverage": "0.947 ± 0.007",
        "Finds 0.02": "0.620 ± 0.015",
        "Finds 0.04": "0.980 ± 0.004",
        "Equivalent at 0": "0.700 ± 0.007",
        "at 0.02 (error)": "0.048 ± 0.007",
    }
    assert (claim["Contrast"], claim["Coverage"]) == ("new (Holm)", "–")
    assert family["Contrast"] == "any claim (Holm)"
    t, mean = shown.others.to_dict("records")
    assert t["Rejects without effect"] == "0.050 to 0.190 ± 0.007"
    assert t["Covers the procedure"] == "0.810 ± 0.007"
    assert mean == {
        "Test or interval": "BCa of a system's mean",
        "Rejects without effect": "–",
        "Covers the procedure": "–",
        "Covers the checkpoints": "0.930 ± 0.007",
        "Covers the variance": "–",
    }
    assert shown.warnings == []
    assert shown.checks == [
        "No test tells a system from a copy of itself.",
        "Halves of the seeds of new on toy differ in 2.0% of the splits.",
    ]
    assert shown.missing == ["A/A halves (old on toy, bad on toy): 4 seeds; halves need 8"]
    assert shown.draws == 1000


@pytest.mark.parametrize(("rate", "warned"), [(0.064, False), (0.07, False), (0.09, True)])
def test_a_test_that_promises_too_much_is_warned_of_beyond_chance(
    rate: float, warned: bool
) -> None:
    shown = section(frame(row("E2", rate=rate)), alpha=0.05, sesoi=None)
    assert bool(shown.warnings) is warned
    assert list(shown.deciding) == [
        "Contrast", "Type I error", "seeds at upper limit", "Coverage",
    ]  # fmt: skip


def test_few_seeds_and_a_broken_copy_are_warnings() -> None:
    shown = section(
        frame(
            row("E2", "caution", system="", baseline="", rate=None, note="new has 2 seeds"),
            row("A/A copy", "differs", system="", baseline="", rate=1.0),
        ),
        alpha=0.05,
        sesoi=None,
    )
    assert shown.warnings == [
        "toy: new has 2 seeds",
        "toy: a system differs from its own copy; report this as a bug",
    ]
    assert shown.checks == []


def test_the_page_shows_it_or_says_how_to_get_it() -> None:
    macro = "{% macro table(data, source) %}{{ data.head | join('|') }} {{ source }}{% endmacro %}"
    template = environment().from_string(macro + "{% include 'calibration.html.j2' %}")
    shown = template.render(calibration=content(FRAME, alpha=0.05, sesoi=0.02))
    assert "on 1,000 experiments redrawn" in shown
    assert "Contrast|Type I error|" in shown
    assert "Not done" not in shown
    missing = template.render(calibration=content(None, alpha=0.05, sesoi=0.02))
    assert "Not done: <code>maw calibrate</code>" in missing
