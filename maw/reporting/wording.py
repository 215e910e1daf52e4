"""Numbers, verdicts and systems in words: each function returns text for people.

A sentence says no more than its statistics support: "inconclusive" is never told as "no
difference".
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

PREDICATES = {
    "better": "ranks better than",
    "worse": "ranks worse than",
    "equivalent": "ranks within the smallest effect of interest of",
    "inconclusive": "is not shown to differ from",
    "not controlled": "cannot be judged with so few seeds against",
    "not estimable": "cannot be judged against",
}


def number(value: Any, digits: int = 3) -> str:
    """Return `0.678`, with a true minus sign; a missing value is a dash."""
    return "–" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")


def beyond_scale(difference: Any) -> bool:
    """Whether a difference is larger than any that a measure from 0 to 1 can show."""
    return bool(pd.notna(difference) and difference > 1)


def detectable(value: Any, digits: int = 3) -> str:
    """Return `0.016`, or `> 1` for a difference beyond the scale of a measure from 0 to 1."""
    return "> 1" if beyond_scale(value) else number(value, digits)


def signed(value: Any, digits: int = 4) -> str:
    """Return `+0.0123`, with a true minus sign; a missing value is a dash."""
    return "–" if pd.isna(value) else f"{value:+.{digits}f}".replace("-", "−")


def pvalue(value: Any) -> str:
    """Return `p = 0.034`, `p < 0.001`, or `not tested` for a missing value."""
    if pd.isna(value):
        return "not tested"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def bare_p(value: Any) -> str:
    """Return `0.034` or `<0.001`, never 0; a missing value is a dash."""
    if pd.isna(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def quantity(value: Any) -> str:
    """Return `1,774,464`, `12.3` or `0.001`: whole numbers in full, others to three digits."""
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


def system(entry: Mapping[str, Any]) -> str:
    """Describe a system by its configuration: `bi_encoder; attention maw (depths 8); router grpo`.

    Options that are None or empty are left out.
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
    """Return `[−0.0123, +0.0045]`; a dash where there is no interval."""
    return "–" if pd.isna(low) and pd.isna(high) else f"[{signed(low)}, {signed(high)}]"


def intervals(rows: pd.DataFrame, low: str, high: str) -> list[str]:
    """Return the interval of each row, from the columns that hold its two ends."""
    return [interval(a, b) for a, b in zip(rows[low], rows[high], strict=True)]


def span(low: Any, high: Any, digits: int = 3, show: Callable[[Any, int], str] = number) -> str:
    """Return `0.014 to 0.021`; show writes one number with so many digits."""
    return f"{show(low, digits)} to {show(high, digits)}"


def sentence(row: Any, *, sesoi: float | None) -> str:
    """Return the verdict on one contrast as sentences, with its interval and what it leaves open.

    row: a row of `maw.verdicts.decide.COLUMNS`. The text adds what the data are compatible with
    and, where no difference was found, whether one of the smallest size of interest could have
    been found.
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
            text += (
                f" Were there none, “equivalent” would have come out with probability {chance:.2f}."
            )
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

    row: a row of `maw.verdicts.families.CLAIMS`.
    """
    reach = f"{signed(row['least'])} to {signed(row['most'])}"
    controls = f"{row['n_controls']} control{'s' * (row['n_controls'] != 1)}"
    return (
        f"{row['system']} on {row['dataset']}, “{row['claim']}”: {row['verdict']}. "
        f"Over {controls} {row['measure']} {reach}, hardest {row['hardest']}; largest "
        f"{pvalue(row['p'])}, {pvalue(row['p_holm'])} (Holm)"
    )


def estimand(row: Any) -> str:
    """Return what the deciding p-value of a contrast is about, by the row's estimand."""
    if row["estimand"] == "E2":
        return "the training procedure, over new queries and new seeds"
    return "these checkpoints, over new queries; nothing is known about re-training"
