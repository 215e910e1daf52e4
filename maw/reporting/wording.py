"""Numbers, verdicts and systems as text for people.

A sentence says no more than the statistics support: “inconclusive” never becomes “no difference”.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

PREDICATES = {
    "better": "ranks better than",
    "worse": "ranks worse than",
    "equivalent": "differs by less than the smallest effect of interest from",
    "inconclusive": "is not shown to differ from",
    "not controlled": "cannot be judged with so few seeds against",
    "not estimable": "cannot be judged against",
}


def number(value: Any, digits: int = 3) -> str:
    """Return a number as `0.678`, with a true minus sign; a missing value is a dash."""
    return "–" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")


def beyond_scale(difference: Any) -> bool:
    """Return True for a difference above 1, which no measure from 0 to 1 can show."""
    return bool(pd.notna(difference) and difference > 1)


def detectable(value: Any, digits: int = 3) -> str:
    """Return a detectable difference as `0.016`, or `> 1` if no measure from 0 to 1 can show it."""
    return "> 1" if beyond_scale(value) else number(value, digits)


def signed(value: Any, digits: int = 4) -> str:
    """Return a number with its sign, as `+0.0123`; a missing value is a dash."""
    return "–" if pd.isna(value) else f"{value:+.{digits}f}".replace("-", "−")


def pvalue(value: Any) -> str:
    """Return a p-value as `p = 0.034` or `p < 0.001`; a missing value is `not tested`."""
    if pd.isna(value):
        return "not tested"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def bare_p(value: Any) -> str:
    """Return a p-value as `0.034` or `<0.001`, never as 0; a missing value is a dash."""
    if pd.isna(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def quantity(value: Any) -> str:
    """Return a quantity as `1,774,464` or `12.3`; a missing value is a dash.

    Whole numbers are shown in full, other numbers with three significant digits.
    """
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


def system(entry: Mapping[str, Any]) -> str:
    """Return a system's configuration as `bi_encoder; attention maw (depths 8); router grpo`.

    entry: the configuration. Options that are None or an empty list are left out.
    """
    parts, options = [], []
    for key, value in entry.items():
        if isinstance(value, Mapping):
            parts.append(f"{key} {system(value)}")
        elif key != "kind" and value not in (None, []):
            text = " + ".join(map(str, value)) if isinstance(value, list) else value
            options.append(f"{key.replace('_', ' ')} {text}")
    plain = f"{entry['kind']} ({', '.join(options)})" if options else str(entry["kind"])
    return "; ".join([plain, *parts])


def interval(low: Any, high: Any) -> str:
    """Return an interval as `[−0.0123, +0.0045]`; a dash where both ends are missing."""
    return "–" if pd.isna(low) and pd.isna(high) else f"[{signed(low)}, {signed(high)}]"


def intervals(rows: pd.DataFrame, low: str, high: str) -> list[str]:
    """Return the interval of each row as text. low, high: names of the columns with its ends."""
    return [interval(a, b) for a, b in zip(rows[low], rows[high], strict=True)]


def span(low: Any, high: Any, digits: int = 3, show: Callable[[Any, int], str] = number) -> str:
    """Return a range as `0.014 to 0.021`. show: the function that writes a number with `digits`."""
    return f"{show(low, digits)} to {show(high, digits)}"


def sentence(row: Any, *, sesoi: float | None) -> str:
    """Return sentences on one contrast: its verdict, its difference and its 95 % interval.

    row: a row of `maw.verdicts.decide.COLUMNS`. sesoi: the smallest effect size of interest, or
    None. For an inconclusive verdict the text adds that all differences in the interval remain
    possible and, with a sesoi, the chance that the verdict would have been “equivalent” if there is
    no difference. Where no difference was found, the text says if the sesoi might have been missed.
    """
    verdict = str(row["verdict"])
    phrases = (phrase for start, phrase in PREDICATES.items() if verdict.startswith(start))
    text = f"{row['system']} {next(phrases, verdict)} {row['baseline']} on {row['dataset']}"
    ends = interval(row["ci_low"], row["ci_high"])
    text += f": {row['measure']} {signed(row['difference'])}, 95 % interval {ends}."
    if verdict.startswith("inconclusive"):
        text += " The data are compatible with every difference in that interval."
        chance = row["p_equivalent_if_no_difference"]
        if sesoi and not math.isnan(chance):
            text += f" If there is no difference, the chance of “equivalent” was {chance:.2f}."
    undecided = verdict.startswith(("inconclusive", "equivalent", "not "))
    if undecided and sesoi and not math.isnan(row["mde"]) and row["mde"] > sesoi:
        subject = (
            "No difference up to 1 would"
            if beyond_scale(row["mde"])
            else f"Only a difference of {number(row['mde'])} would"
        )
        text += (
            f" {subject} have been found with probability 0.8; the smallest of interest, {sesoi}, "
            "might have been missed."
        )
    return text


def claim(row: Any) -> str:
    """Return the verdict on one named claim, with its controls and its p-values, as one line.

    Controls are the baselines that the system must beat. row: a row of
    `maw.verdicts.families.CLAIMS`.
    """
    reach = f"{signed(row['least'])} to {signed(row['most'])}"
    controls = f"{row['n_controls']} control{'s' * (row['n_controls'] != 1)}"
    return (
        f"{row['system']} on {row['dataset']}, “{row['claim']}”: {row['verdict']}. "
        f"Over {controls} {row['measure']} {reach}, hardest {row['hardest']}; largest "
        f"{pvalue(row['p'])}, {pvalue(row['p_holm'])} (Holm)"
    )


def estimand(row: Any) -> str:
    """Return a phrase on the subject of a contrast's deciding p-value.

    row: a contrast whose `estimand` is E2 (the training procedure) or E1 (these checkpoints).
    """
    if row["estimand"] == "E2":
        return "the training procedure, over new queries and new seeds"
    return "these checkpoints, over new queries; nothing is known about re-training"
