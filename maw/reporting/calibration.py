"""The calibration of the tests as people read it, for the page and for a terminal.

Two tables: the deciding test in full, then every other test from its lowest to its highest share.
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

TOO_OFTEN = 1.3  # × α, the upper end of what the protocol promises of E2 (.065 of .05)
EMPTY = "–"
DECIDING_LEGEND = (
    "E2 decides. Its type I error should be α, its coverage 1 − α; TOST's error is how often it "
    "says equivalent at a difference of one SESOI, at most α. ± is one Monte-Carlo standard error."
)
OTHERS_LEGEND = (
    "These tests stand beside the deciding one. Most ask about these checkpoints. How often they "
    "reject without any effect of the procedure shows what taking them for the deciding test would "
    "do: the lowest and the highest of all contrasts, ± the larger Monte-Carlo standard error. "
    "Sign test and Wilcoxon also reject where skewed queries move a median. For a family, any "
    "rejection counts, and all intervals have to hold at once."
)
IN_FULL = ("E2", "TOST", "E2, Holm", "TOST, Holm")  # stand in the first table


@dataclass(frozen=True, slots=True)
class CalibrationSection:
    """The calibration as a page or a terminal shows it: two tables of text, and lists of lines.

    draws: the number of redrawn experiments; 0 where nothing was calibrated.
    """

    deciding: pd.DataFrame
    others: pd.DataFrame
    warnings: list[str]
    checks: list[str]
    missing: list[str]
    draws: int


def section(frame: pd.DataFrame, *, alpha: float, sesoi: float | None) -> CalibrationSection:
    """Put a calibration in words.

    frame: columns of `maw.verdicts.calibration_rows.COLUMNS`, as written or read back.
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
    """Return what the template shows; an empty dictionary where nothing was calibrated."""
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
    """Return the shares of E2 and TOST: a row per contrast, then a row per claim under Holm."""
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
    """Return a row per test or interval: the lowest and the highest share over all contrasts."""
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
    """Yield a test's name and rows: of contrasts, of systems or claims alone, and of families."""
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
    """Return `0.053 ± 0.007`; a dash where it was not counted."""
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
    """Return `0.040 to 0.061 ± 0.005`, the error being the largest one."""
    counted = rows[rows["quantity"] == quantity]
    if counted.empty:
        return EMPTY
    low, high = number(counted["rate"].min()), number(counted["rate"].max())
    shares = low if low == high else f"{low} to {high}"
    return f"{shares} ± {number(counted['error'].max())}"


def _warnings(frame: pd.DataFrame, *, alpha: float) -> Iterator[str]:
    """Yield a sentence for each result that should not be believed as it stands."""
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
            f"{number(row['error'])} of experiments without any effect{level}: its verdict "
            "promises too much"
        )
    for row in frame[frame["quantity"] == "caution"].to_dict("records"):
        yield f"{_subject(row)}: {row['note']}" if _subject(row) else str(row["note"])
    for row in frame[(frame["test"] == COPY) & (frame["rate"] > 0)].to_dict("records"):
        yield f"{row['dataset']}: a system differs from its own copy; report this as a bug"


def _checks(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the results of the A/A checks: a system against its copy, halves of its seeds."""
    copies = frame[frame["test"] == COPY]
    if len(copies) and not copies["rate"].any():
        yield "No test tells a system from a copy of itself."
    halves = frame[(frame["test"] == HALVES) & frame["rate"].notna()]
    for row in halves.to_dict("records"):
        yield f"Halves of the seeds of {_subject(row)} differ in {row['rate']:.1%} of the splits."


def _missing(frame: pd.DataFrame) -> Iterator[str]:
    """Yield what was not calibrated and why; subjects with the same reason share a line."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for row in frame[frame["quantity"] == NOT_CALIBRATED].to_dict("records"):
        subjects.setdefault((row["test"], row["note"]), []).append(_subject(row))
    for (test, note), names in subjects.items():
        listed = ", ".join(filter(None, names))
        yield f"{test} ({listed}): {note}" if listed else f"{test}: {note}"


def _subject(row: Mapping[str, Any]) -> str:
    """Return `maw − non_maw on tiny`, or as much of it as the row names."""
    contrast = " − ".join(filter(None, (row["system"], row["baseline"])))
    return " on ".join(filter(None, (contrast, row["dataset"])))
