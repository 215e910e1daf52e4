"""What may be said of a contrast, in a sentence that a reviewer would let stand."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

SAID = {
    "better": "ranks better than",
    "worse": "ranks worse than",
    "equivalent": "ranks within the smallest effect of interest of",
    "inconclusive": "is not shown to differ from",
    "not controlled": "cannot be judged with so few seeds against",
    "not estimable": "cannot be judged against",
}


def number(value: Any, digits: int = 3) -> str:
    """`0.678`, with a true minus; an empty cell is a dash."""
    return "–" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")


def beyond_scale(difference: Any) -> bool:
    """Whether it is larger than any that a measure from 0 to 1 can show."""
    return bool(pd.notna(difference) and difference > 1)


def detectable(value: Any, digits: int = 3) -> str:
    """`0.016`; what lies beyond the whole scale of a measure is told as that: `> 1`."""
    return "> 1" if beyond_scale(value) else number(value, digits)


def signed(value: Any, digits: int = 4) -> str:
    """`+0.0123` with a true minus."""
    return "–" if pd.isna(value) else f"{value:+.{digits}f}".replace("-", "−")


def pvalue(value: Any) -> str:
    """`p = 0.034`, `p < 0.001`."""
    if pd.isna(value):
        return "not tested"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def bare_p(value: Any) -> str:
    """`0.034`, `<0.001`: never 0; an empty cell is a dash."""
    if pd.isna(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def quantity(value: Any) -> str:
    """`1,774,464`, `12.3`, `0.001`: whole numbers whole, others to three digits."""
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


def system(entry: Mapping[str, Any]) -> str:
    """`bi_encoder; attention maw (depths 8); router grpo (…)`, from its configuration."""
    parts, options = [], []
    for key, value in entry.items():
        if isinstance(value, Mapping):
            parts.append(f"{key} {system(value)}")
        elif key != "kind" and value not in (None, []):
            said = " + ".join(map(str, value)) if isinstance(value, list) else value
            options.append(f"{key.replace('_', ' ')} {said}")
    plain = f"{entry['kind']} ({', '.join(options)})" if options else str(entry["kind"])
    return "; ".join([plain, *parts])


def interval(low: Any, high: Any) -> str:
    """`[−0.0123, +0.0045]`; a dash where there is none."""
    return "–" if pd.isna(low) and pd.isna(high) else f"[{signed(low)}, {signed(high)}]"


def span(low: Any, high: Any, digits: int = 3, show: Callable[[Any, int], str] = number) -> str:
    """`0.014 to 0.021`."""
    return f"{show(low, digits)} to {show(high, digits)}"


def sentence(row: Any, *, sesoi: float | None) -> str:
    """One claim: what was found, on what, and what the data are compatible with."""
    verdict = str(row["verdict"])
    word = next((said for start, said in SAID.items() if verdict.startswith(start)), verdict)
    told = f"{row['system']} {word} {row['baseline']} on {row['dataset']}"
    scale = interval(row["ci_low"], row["ci_high"])
    told += f": {row['measure']} {signed(row['difference'])}, 95 % interval {scale}."
    if verdict.startswith("inconclusive"):
        told += " The data are compatible with every difference in that interval."
        chance = row["p_equivalent_if_no_difference"]
        if sesoi and not math.isnan(chance):
            told += (
                f" Were there none, “equivalent” would have come out with probability {chance:.2f}."
            )
    undecided = verdict.startswith(("inconclusive", "equivalent", "not "))
    if undecided and sesoi and not math.isnan(row["mde"]) and row["mde"] > sesoi:
        found = (
            "No difference up to 1 would"
            if beyond_scale(row["mde"])
            else f"Only a difference of {number(row['mde'])} would"
        )
        told += (
            f" {found} have been found with probability 0.8; the smallest of interest, {sesoi}, "
            "might have been missed."
        )
    return told


def claim(row: Any) -> str:
    """`maw_grpo on pydocs, “routing helps”: inconclusive. Over 7 controls nDCG@10 …, hardest …`"""
    reach = f"{signed(row['least'])} to {signed(row['most'])}"
    controls = f"{row['n_controls']} control{'s' * (row['n_controls'] != 1)}"
    return (
        f"{row['system']} on {row['dataset']}, “{row['claim']}”: {row['verdict']}. "
        f"Over {controls} {row['measure']} {reach}, hardest {row['hardest']}; largest "
        f"{pvalue(row['p'])}, {pvalue(row['p_holm'])} (Holm)"
    )


def estimand(row: Any) -> str:
    """What the deciding p-value is about."""
    if row["estimand"] == "E2":
        return "the training procedure, over new queries and new seeds"
    return "these checkpoints, over new queries; nothing is known about re-training"
