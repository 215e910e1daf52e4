"""The calibration of the tests as tables and sentences, for the page and for a terminal.

A calibration redraws experiments from the scores and counts how often each test errs. The first
table shows the rates of E2 (the deciding test) and of TOST (the test of equivalence) for each
contrast, and for each claim under Holm's correction; the second shows the lowest and the highest
rate of every other test.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maw.reporting.tables import rows_of
from maw.reporting.wording import number
from maw.significance import COVERS, COVERS_CHECKPOINTS, COVERS_VARIANCE
from maw.significance.other_measures import BH, BY_MEASURE
from maw.verdicts.calibration_rows import COPY, HALVES, HOLM, NOT_CALIBRATED, TESTS

TOO_OFTEN = 1.3  # × α, the largest type I error that the protocol allows E2 (0.065 at α = 0.05)
EMPTY = "–"
DECIDING_LEGEND = (
    "E2 decides. Its type I error should be α, its coverage 1 − α; TOST's error is how often it "
    "says equivalent at a difference of one SESOI, at most α. ± is one Monte-Carlo standard error."
)
OTHERS_LEGEND = (
    "These tests do not decide. Most ask about these checkpoints only. How often they reject "
    "without any effect of the training procedure shows how often each would err if it decided: "
    "the lowest and the highest rate of all contrasts, ± the largest Monte-Carlo standard error. "
    "The sign test and Wilcoxon's test also reject where skewed differences move the median. For "
    "a family of tests, any rejection counts, and all intervals have to cover the truth at once."
)
IN_FULL = ("E2", "TOST", "E2, Holm", "TOST, Holm")  # the tests of the first table


@dataclass(frozen=True, slots=True)
class CalibrationSection:
    """The calibration as a page or a terminal shows it: two tables of text, and lists of lines.

    deciding: rates of E2 and TOST; others: rates of the other tests. warnings: tests that cannot be
    trusted here; checks: results of the A/A checks; missing: tests that were not calibrated. draws:
    the number of redrawn experiments; 0 where nothing was calibrated.
    """

    deciding: pd.DataFrame
    others: pd.DataFrame
    warnings: list[str]
    checks: list[str]
    missing: list[str]
    draws: int


def section(frame: pd.DataFrame, *, alpha: float, sesoi: float | None) -> CalibrationSection:
    """Return the tables and sentences that show a calibration.

    frame: columns of `maw.verdicts.calibration_rows.COLUMNS`, as computed or as read from a file.
    sesoi: the smallest effect size of interest; None: the plan states none, and neither power nor
    TOST is shown.
    """
    frame = frame.fillna({"system": "", "baseline": "", "dataset": "", "seeds": "", "note": ""})
    return CalibrationSection(
        deciding=_deciding(frame, sesoi=sesoi),
        others=_others(frame),
        warnings=list(_warnings(frame, alpha=alpha)),
        checks=list(_checks(frame)),
        missing=list(_missing(frame)),
        draws=int(frame["draws"].max()) if frame["draws"].notna().any() else 0,
    )


def content(frame: pd.DataFrame | None, *, alpha: float, sesoi: float | None) -> dict[str, Any]:
    """Return the calibration as the page's template reads it; {} where there is none.

    frame: columns of `maw.verdicts.calibration_rows.COLUMNS`, or None where there is no
    calibration. sesoi: the smallest effect size of interest, or None if the plan states none.
    """
    if frame is None:
        return {}
    shown = section(frame, alpha=alpha, sesoi=sesoi)
    tables = ((shown.deciding, DECIDING_LEGEND), (shown.others, OTHERS_LEGEND))
    return {
        "draws": shown.draws,
        "tables": [{"legend": legend, **rows_of(rows)} for rows, legend in tables if len(rows)],
        "warnings": shown.warnings,
        "checks": shown.checks,
        "missing": shown.missing,
    }


def _deciding(frame: pd.DataFrame, *, sesoi: float | None) -> pd.DataFrame:
    """Return the rates of E2 and TOST: a row for each contrast, then for each claim under Holm.

    The row `any claim` shows how often at least one claim is granted.
    """
    several_datasets = frame["dataset"].replace("", pd.NA).nunique() > 1
    rows = []
    for e2, tost in (("E2", "TOST"), ("E2, Holm", "TOST, Holm")):
        of_test = frame[(frame["test"] == e2) & frame["rate"].notna()]
        keys = zip(of_test["dataset"], of_test["system"], of_test["baseline"], strict=True)
        for dataset, system, baseline in dict.fromkeys(keys):
            subject = frame[
                (frame["dataset"] == dataset)
                & (frame["system"] == system)
                & (frame["baseline"] == baseline)
            ]
            name = f"{system} − {baseline}" if baseline else f"{system} (Holm)"
            rows.append(
                {
                    **({"Dataset": dataset} if several_datasets else {}),
                    "Contrast": name,
                    "Type I error": _share(subject, e2, "rejects"),
                    "seeds at upper limit": _share(subject, e2, "rejects", seeds="upper"),
                    "Coverage": _share(subject, e2, COVERS),
                    **(_power(subject, e2, tost, sesoi=sesoi) if sesoi else {}),
                }
            )
    return pd.DataFrame(rows)


def _power(subject: pd.DataFrame, e2: str, tost: str, *, sesoi: float) -> dict[str, str]:
    return {
        f"Finds {sesoi:g}": _share(subject, e2, "rejects", multiple=1),
        f"Finds {2 * sesoi:g}": _share(subject, e2, "rejects", multiple=2),
        "Equivalent at 0": _share(subject, tost, "equivalent"),
        f"at {sesoi:g} (error)": _share(subject, tost, "equivalent", multiple=1),
    }


def _others(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the lowest and highest rates of all tests and intervals that are not IN_FULL.

    IN_FULL are E2 and TOST, alone and with Holm's correction, which the first table shows. A test
    has one row for contrasts, one for single systems or claims, and one for families of tests,
    where it has such rates. Only experiments without an effect, with the seeds' variance as
    estimated, are counted.
    """
    rows = []
    null = frame[(frame["seeds"] == "estimate") & (frame["multiple"] == 0)]
    by_measure = [name for name in null["test"].unique() if name.startswith(BY_MEASURE)]
    for test in (*TESTS, *by_measure, BH):
        of_test = null[(null["test"] == test) & null["rate"].notna()]
        if test in IN_FULL or of_test.empty:
            continue
        for name, counted in _named(test, of_test):
            rows.append(
                {
                    "Test or interval": name,
                    "Rejects without effect": _span(counted, "rejects"),
                    "Covers the procedure": _span(counted, COVERS),
                    "Covers the checkpoints": _span(counted, COVERS_CHECKPOINTS),
                    "Covers the variance": _span(counted, COVERS_VARIANCE),
                }
            )
    return pd.DataFrame(rows)


def _named(test: str, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield up to three parts of a test's rows, each with its name for the table.

    The parts are the contrasts; the single systems or claims, whose rows have no baseline; and the
    families of tests, whose `system` begins with “any ”. A part without rows is left out.
    """
    alone = rows["baseline"] == ""
    family = alone & rows["system"].str.startswith("any ")
    own = f"{test} of a system's mean" if test == "BCa" else test  # on the leaderboard
    for name, selected in (
        (test, ~alone),
        (own, alone & ~family),
        (f"{test}, whole family", family),
    ):
        if selected.any():
            yield name, rows[selected]


def _share(
    rows: pd.DataFrame, test: str, quantity: str, *, multiple: float = 0, seeds: str = "estimate"
) -> str:
    """Return a rate and its Monte-Carlo standard error, `0.053 ± 0.007`; a dash if not counted.

    quantity: the counted outcome, such as “rejects”. multiple: the true effect, in SESOIs. seeds:
    “estimate” or “upper”, the seeds' variance as estimated or at its upper limit.
    """
    row = rows[
        (rows["test"] == test)
        & (rows["quantity"] == quantity)
        & (rows["multiple"] == multiple)
        & (rows["seeds"] == seeds)
    ]
    if row.empty:
        return EMPTY
    return f"{number(row['rate'].iloc[0])} ± {number(row['error'].iloc[0])}"


def _span(rows: pd.DataFrame, quantity: str) -> str:
    """Return the lowest and highest rate of a quantity, and their largest Monte-Carlo error.

    Example: `0.040 to 0.061 ± 0.005`. Two equal rates are shown once; a dash means not counted.
    """
    counted = rows[rows["quantity"] == quantity]
    if counted.empty:
        return EMPTY
    low, high = number(counted["rate"].min()), number(counted["rate"].max())
    shares = low if low == high else f"{low} to {high}"
    return f"{shares} ± {number(counted['error'].max())}"


def _warnings(frame: pd.DataFrame, *, alpha: float) -> Iterator[str]:
    """Yield a sentence for each reason not to trust the tests on these scores.

    The reasons: E2, alone or with Holm's correction, rejects too often without an effect (above
    TOO_OFTEN · α, and above α by more than three standard errors); a caution about the scores; a
    test finds a difference between a system and a copy of itself.
    """
    too_often = frame[
        frame["test"].isin(["E2", HOLM])
        & (frame["quantity"] == "rejects")
        & (frame["multiple"] == 0)
        & (frame["rate"] > TOO_OFTEN * alpha)
        & (frame["rate"] - 3 * frame["error"] > alpha)
    ]
    for row in too_often.to_dict("records"):
        level = " with seeds at their upper limit" if row["seeds"] == "upper" else ""
        yield (
            f"{_subject(row)}: {row['test']} at α = {alpha:g} rejects {number(row['rate'])} ± "
            f"{number(row['error'])} of experiments without any effect{level}: it rejects too "
            "often to be trusted"
        )
    for row in frame[frame["quantity"] == "caution"].to_dict("records"):
        yield f"{_subject(row)}: {row['note']}" if _subject(row) else str(row["note"])
    for row in frame[(frame["test"] == COPY) & (frame["rate"] > 0)].to_dict("records"):
        yield f"{row['dataset']}: a system differs from its own copy; report this as a bug"


def _checks(frame: pd.DataFrame) -> Iterator[str]:
    """Yield sentences on the A/A checks: systems against their own copies, and halves of seeds.

    A check of halves tests one half of a system's seeds against the other half, for each of several
    ways to split them. Where a test tells a system from its copy, `_warnings` says so instead.
    """
    copies = frame[frame["test"] == COPY]
    if len(copies) and not copies["rate"].any():
        yield "No test tells a system from a copy of itself."
    halves = frame[(frame["test"] == HALVES) & frame["rate"].notna()]
    for row in halves.to_dict("records"):
        yield f"Halves of the seeds of {_subject(row)} differ in {row['rate']:.1%} of the splits."


def _missing(frame: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each test that was not calibrated, with the reason.

    A test with several reasons has several lines. A line names the contrasts, systems or claims
    concerned, unless the reason holds for all.
    """
    subjects: dict[tuple[str, str], list[str]] = {}
    for row in frame[frame["quantity"] == NOT_CALIBRATED].to_dict("records"):
        subjects.setdefault((row["test"], row["note"]), []).append(_subject(row))
    for (test, note), names in subjects.items():
        listed = ", ".join(filter(None, names))
        yield f"{test} ({listed}): {note}" if listed else f"{test}: {note}"


def _subject(row: Mapping[str, Any]) -> str:
    """Return the name of a row's contrast and dataset: `maw − non_maw on tiny`.

    The system (or claim), the baseline or the dataset is left out where the row does not name it.
    """
    contrast = " − ".join(filter(None, (row["system"], row["baseline"])))
    return " on ".join(filter(None, (contrast, row["dataset"])))
