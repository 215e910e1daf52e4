"""The rows of the forest plot: each claim, its controls below it, and contrasts for scale."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import pandas as pd

from maw.reporting import answer
from maw.reporting.frames import VerdictFrames
from maw.reporting.tables import spelled
from maw.reporting.words import Claim
from maw.settings.plan import Analysis
from maw.significance import Word

COLUMNS = [
    "block", "kind", "dataset", "system", "claim", "baseline", "n_controls", "difference", "low",
    "high", "upper_gain", "equivalence_low", "equivalence_high", "margin", "word",
]  # fmt: skip
CLAIM, CONTROL, MARGIN, SCALE = "claim", "control", "non-inferiority", "scale"
DECIDES, REFERENCE, EXPLORATORY = "decides", "reference", "exploratory"
WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Outside:
    """A block of contrasts that decide nothing: their role, and the columns of their limits."""

    role: str
    low: str
    high: str


OUTSIDE = (
    Outside(REFERENCE, "ci_low", "ci_high"),
    Outside(EXPLORATORY, "fcr_low", "fcr_high"),
)


def forest_rows(frames: VerdictFrames, plan: Analysis) -> pd.DataFrame:
    """Return a row for each bar, from the top of the plot down, with the columns COLUMNS.

    Where nothing is decided, exploratory contrasts come before those for scale.
    block: `decides`, `reference` or `exploratory`. kind: `claim`, `control` (a control of the claim
    above it), `non-inferiority` or `scale`. difference, low, high, upper_gain (U₂),
    equivalence_low, equivalence_high and margin are in the primary measure's unit; they are
    infinite or nan where there is no such limit. word: what the limits say, `withheld` where a
    failed control of the study forbids to say it, else "".
    """
    compared = frames.comparisons
    compared = compared[compared["measure"] == plan.primary]
    rows = [
        *(row for claim in answer.judged_claims(frames, plan=plan) for row in _of_claim(claim)),
        *map(_of_margin, compared[compared["role"] == MARGIN].to_dict("records")),
        *(
            _contrast(row, block=block.role, kind=SCALE, limits=(block.low, block.high))
            for block in (OUTSIDE if plan.tests else reversed(OUTSIDE))
            for row in compared[compared["role"] == block.role].to_dict("records")
        ),
    ]
    margins = answer.margins_of(plan)
    for row in rows:
        if row["kind"] == MARGIN:
            row["margin"] = margins[(row["system"], row["baseline"])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_claim(claim: Claim) -> Iterator[dict[str, Any]]:
    """Yield the claim's row, then its controls' rows, the worst for the system first.

    One control has no row of its own, because its bar is the claim's. A control whose bar belongs
    to another claim about the same system stands below that claim alone.
    """
    row = claim.row
    yield {
        "block": DECIDES,
        "kind": CLAIM,
        "dataset": row["dataset"],
        "system": claim.system,
        "claim": row["claim"],
        "baseline": claim.closest,
        "n_controls": claim.n_controls,
        "difference": row["estimate"],
        "low": row["lower"],
        "high": row["upper"],
        "upper_gain": row["upper_gain"],
        "equivalence_low": row["equivalence_low"],
        "equivalence_high": row["equivalence_high"],
        "margin": nan,
        "word": WITHHELD if row["withheld"] else spelled(row),
    }
    if claim.n_controls > 1:
        own = claim.controls[~claim.controls["baseline"].isin(claim.foreign)]
        worst_first = own.sort_values("difference", kind="stable")
        for control in worst_first.to_dict("records"):
            bar = _contrast(control, block=DECIDES, kind=CONTROL, limits=("bar_low", "bar_high"))
            yield bar | {"claim": row["claim"]}


def _of_margin(row: Mapping[str, Any]) -> dict[str, Any]:
    bar = _contrast(row, block=DECIDES, kind=MARGIN, limits=("bar_low", "bar_high"))
    return bar | {"word": spelled(row)}


def _contrast(
    row: Mapping[str, Any], *, block: str, kind: str, limits: tuple[str, str]
) -> dict[str, Any]:
    """Return the row of one contrast without a word. limits: columns of its lower and upper end."""
    return {
        "block": block,
        "kind": kind,
        "dataset": row["dataset"],
        "system": row["system"],
        "claim": "",
        "baseline": row["baseline"],
        "n_controls": 1,
        "difference": row["difference"],
        "low": _limit(row[limits[0]], missing=-inf),
        "high": _limit(row[limits[1]], missing=inf),
        "upper_gain": nan,
        "equivalence_low": nan,
        "equivalence_high": nan,
        "margin": nan,
        "word": "",
    }


def _limit(value: Any, *, missing: float) -> float:
    return missing if pd.isna(value) else float(value)


def shows_equivalence(row: Mapping[str, Any]) -> bool:
    """Return whether the limits of equivalence are drawn as the thick part of a claim's bar.

    With one control always, since they lie inside its bar. With several, they reach from the lowest
    to the highest bar of all controls, and are drawn where they show equivalence.
    """
    if row["kind"] != CLAIM:
        return False
    return int(row["n_controls"]) == 1 or row["word"] == Word.EQUIVALENT.value
