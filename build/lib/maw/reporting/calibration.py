"""The calibration of the plan as tables and sentences, for the page and for a terminal.

A calibration redraws experiments from the scores and counts how often the plan errs. One sentence
says how often any word of the plan would have been false on such data; tables show the rates of
each claim and of the deciding test of each contrast; sentences say how the tests and intervals that
decide nothing would have done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from maw.reporting import calibration_tables
from maw.reporting.tables import rows_of
from maw.reporting.wording import number
from maw.significance import ANY_FALSE, COVERS_CHECKPOINTS, COVERS_VARIANCE, REJECTS
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import DECIDING, FALSE_WORD, NON_INFERIORITY, WORD
from maw.verdicts.calibration_rows import COPY, HALVES, NOT_CALIBRATED

TOO_OFTEN = 1.3  # × the level, the largest rate of errors that is no reason for a warning
IN_FULL = (WORD, FALSE_WORD, DECIDING, AT_OWN_LEVEL, NON_INFERIORITY)
OF_RUNS = ("t", "Wilcoxon", "Pratt", "sign", "sign-flip", "max-T", "McNemar")  # tests of E1
# tests whose reason for not being calibrated is shown; the last two are names of `missing_row`
SAID_WHY = (*IN_FULL, "power, words about the size", "every test")
LEGENDS = {
    "false_words": (
        "Share of experiments in which any word of the plan is false, for the true lead of the "
        "claims' systems over all others. Three variances of seeds were tried: as estimated, at "
        "the upper 80 % limit of that, and σ²e/Q. ± is one Monte-Carlo standard error."
    ),
    "claims": (
        "What the plan says about each claim, with seeds as variable as estimated. The bar covers "
        "the smallest true lead in at least 1 − α′ of experiments."
    ),
    "sizes": (
        "How often the deciding test rejects without any effect: at its level α′ in up to 100,000 "
        "draws of normal scores with these variances, and at α in the redrawn experiments."
    ),
}
AT_LEVEL = {
    "estimate": "",
    "upper": " with seeds at their upper limit",
    "error": " with σ²s = σ²e/Q",
}


@dataclass(frozen=True, slots=True)
class CalibrationSection:
    """The calibration as a page or a terminal shows it: a sentence, tables of text, and lines.

    answer: how often any word is false; "" without claims. tables: key of LEGENDS -> table, without
    empty ones. warnings: tests that cannot be trusted here; checks: results of the A/A checks;
    missing: tests that were not calibrated. draws: the number of redrawn experiments; 0 where
    nothing was calibrated.
    """

    answer: str
    tables: dict[str, pd.DataFrame]
    warnings: list[str]
    checks: list[str]
    missing: list[str]
    draws: int


def section(frame: pd.DataFrame, *, alpha: float) -> CalibrationSection:
    """Return the tables and sentences that show a calibration.

    frame: columns of `maw.verdicts.calibration_rows.COLUMNS`, as computed or as read from a file.
    """
    frame = frame.fillna({"system": "", "baseline": "", "dataset": "", "seeds": "", "note": ""})
    tables = {
        "false_words": calibration_tables.false_words(frame),
        "claims": calibration_tables.claims(frame),
        "sizes": calibration_tables.sizes(frame),
    }
    redrawn = frame[(frame["test"] != AT_OWN_LEVEL) & frame["draws"].notna()]
    return CalibrationSection(
        answer=_answer(frame, alpha=alpha),
        tables={key: rows for key, rows in tables.items() if len(rows)},
        warnings=list(_warnings(frame)),
        checks=[*_non_inferiority(frame), *_others(frame, alpha=alpha), *_checks(frame)],
        missing=list(_missing(frame)),
        draws=int(redrawn["draws"].max()) if len(redrawn) else 0,
    )


def content(frame: pd.DataFrame | None, *, alpha: float) -> dict[str, Any]:
    """Return the calibration as the page's template reads it; {} where there is none.

    frame: columns of `maw.verdicts.calibration_rows.COLUMNS`, or None where there is no
    calibration.
    """
    if frame is None:
        return {}
    shown = section(frame, alpha=alpha)
    return {
        "answer": shown.answer,
        "draws": shown.draws,
        "tables": [{"legend": LEGENDS[key], **rows_of(rows)} for key, rows in shown.tables.items()],
        "warnings": shown.warnings,
        "checks": shown.checks,
        "missing": shown.missing,
    }


def _answer(frame: pd.DataFrame, *, alpha: float) -> str:
    """Return the sentence on how often the plan would say any false word; "" without claims."""
    rates = calibration_tables.whole_plan(frame)
    null = rates[(rates["multiple"] == 0) & (rates["seeds"] == "estimate")]
    if null.empty:
        return ""
    worst = rates.loc[rates["rate"].idxmax()]
    return (
        f"On data like these the plan would say a false word in {_percent(null.iloc[0])} of "
        f"experiments without any effect, and in at most {_percent(worst)} with any of the true "
        f"leads and variances of seeds that were tried; it may in {100 * alpha:g} %."
    )


def _percent(row: Any) -> str:
    return f"{100 * row['rate']:.1f} ± {100 * row['error']:.1f} %"


def _warnings(frame: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence for each reason not to trust the plan on these scores.

    The reasons: words are false, or the deciding test rejects without an effect, too often (above
    TOO_OFTEN · level, and above the level by more than three standard errors); a caution about the
    scores; a test finds a difference between a system and a copy of itself.
    """
    too_often = frame[
        frame["quantity"].isin([ANY_FALSE, REJECTS])
        & frame["test"].isin([WORD, DECIDING, AT_OWN_LEVEL])
        & (frame["rate"] > TOO_OFTEN * frame["level"])
        & (frame["rate"] - 3 * frame["error"] > frame["level"])
    ]
    for row in too_often.to_dict("records"):
        at = f" at a true lead of {row['effect']:g}" if row["multiple"] else " without any effect"
        errs = "a word is false" if row["test"] == WORD else f"{row['test']} rejects"
        yield (
            f"{_subject(row)}: {errs} in {number(row['rate'], 4)} ± {number(row['error'], 4)} of "
            f"experiments{at}{AT_LEVEL[row['seeds']]}, where {row['level']:.3g} is allowed: too "
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


def _non_inferiority(frame: pd.DataFrame) -> Iterator[str]:
    """Yield how often each contrast of non-inferiority holds where there is no difference."""
    rows = frame[(frame["test"] == NON_INFERIORITY) & frame["rate"].notna()]
    for row in rows[rows["seeds"] == "estimate"].to_dict("records"):
        yield (
            f"{_subject(row)}: non-inferiority is shown in {number(row['rate'])} ± "
            f"{number(row['error'])} of experiments without any effect."
        )


def _others(frame: pd.DataFrame, *, alpha: float) -> Iterator[str]:
    """Yield a sentence on the tests that decide nothing, and one on such intervals.

    Most of these tests ask about these runs only. How often they reject without any effect of the
    training procedure shows how often each would err if it decided. alpha: the plan's level.
    """
    null = frame[(frame["seeds"] == "estimate") & (frame["multiple"] == 0) & frame["rate"].notna()]
    others = null[~null["test"].isin(IN_FULL)]
    rejects = others[(others["quantity"] == REJECTS) & others["test"].isin(OF_RUNS)]
    if len(rejects):
        rates = _by_test(rejects.groupby("test", sort=False)["rate"].max())
        yield (
            f"If tests of single runs decided, false alarms would come in up to {rates} instead of "
            f"{100 * alpha:g} % of experiments."
        )
    covers = others[others["quantity"].isin([COVERS_CHECKPOINTS, COVERS_VARIANCE])]
    if len(covers):
        rates = _by_test(covers.groupby("test", sort=False)["rate"].min())
        yield (
            f"The 95 % intervals that decide nothing cover what they are about in at least {rates} "
            "of experiments."
        )


def _by_test(rates: pd.Series) -> str:
    """Return the rates of several tests as `16.2 % (t), 19.2 % (Wilcoxon)`."""
    return ", ".join(f"{100 * rate:.1f} % ({test})" for test, rate in rates.items())


def _missing(frame: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each reason why something that decides was not calibrated.

    A test with several reasons has several lines. A line names the contrasts, systems or claims
    concerned, unless the reason holds for all. What decides nothing is counted in one line.
    """
    rows = frame[frame["quantity"] == NOT_CALIBRATED]
    deciding = rows["test"].isin(SAID_WHY)
    subjects: dict[tuple[str, str], list[str]] = {}
    for row in rows[deciding].to_dict("records"):
        subjects.setdefault((row["test"], row["note"]), []).append(_subject(row))
    for (test, note), names in subjects.items():
        listed = ", ".join(filter(None, names))
        yield f"{test} ({listed}): {note}" if listed else f"{test}: {note}"
    n_others = rows.loc[~deciding, "test"].nunique()
    if n_others:
        kinds = "kind" if n_others == 1 else "kinds"
        yield (
            f"{n_others} {kinds} of tests and checks that decide nothing: the rows “not "
            "calibrated” of the table `calibration` say why"
        )


def _subject(row: Mapping[str, Any]) -> str:
    """Return the name of a row's contrast and dataset: `maw − non_maw on tiny`.

    The system (or claim), the baseline or the dataset is left out where the row does not name it.
    """
    contrast = " − ".join(filter(None, (row["system"], row["baseline"])))
    return " on ".join(filter(None, (contrast, row["dataset"])))
