"""The card on one claim that opens a page: its verdict in words, and what more data would buy."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting.wording import detectable, estimand, interval, number, sentence, span
from maw.verdicts.prospects import AS_IT_IS, TOGETHER


def content(
    row: Mapping[str, Any], prospects: pd.DataFrame, *, sesoi: float | None
) -> dict[str, Any]:
    """Return what the template `cards` shows of one contrast, but for its price.

    row: a row of `maw.verdicts.decide.COLUMNS`; prospects: of all contrasts.
    """
    return {
        "row": dict(row),
        "sentence": sentence(row, sesoi=sesoi),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "estimand": estimand(row),
        "notes": [note for note in str(row["note"]).split("; ") if note],
        "signs": first_ranks(row),
        "more": more_would_buy(row, prospects),
    }


def first_ranks(row: Mapping[str, Any]) -> str:
    """Say how often the first relevant document stood higher; "" unless a reciprocal rank decides.

    A mean reciprocal rank says little by itself, so its wins and losses stand beside it.
    """
    if not str(row["measure"]).startswith(("RR", "MRR")):
        return ""
    return (
        f"The first relevant document stands higher on {row['wins']} queries, lower on "
        f"{row['losses']}, as high on {row['ties']} (mean reciprocal rank over seeds); the sign "
        "test is in the appendix."
    )


def more_would_buy(row: Mapping[str, Any], prospects: pd.DataFrame) -> str:
    """Say which difference each plan could detect, and how likely "equivalent" is under it.

    Example: `Detectable: 0.016 as it is (0.014 to 0.021 …); 0.015 with 5 more seeds, …`
    """
    keys = ["dataset", "system", "baseline"]
    plans = prospects[(prospects[keys] == [row[key] for key in keys]).all(axis=1)]
    plans = plans[plans["mde"].notna()]
    if plans.empty:
        return "Nothing can be planned from what is not estimable."
    now, later = plans.iloc[0], plans.iloc[1:]
    text = f"Detectable: {detectable(now['mde'])} {AS_IT_IS}"
    if now["mde_low"] < now["mde_high"]:
        ends = span(now["mde_low"], now["mde_high"], show=detectable)
        text += f" ({ends}, so little is known of the seeds' variance)"
    text += "".join(f"; {detectable(plan.mde)} with {plan.plan}" for plan in later.itertuples())
    text += "."
    if plans["p_equivalent"].notna().any():
        text += _chances(plans)
    if TOGETHER in str(now["note"]):
        text += f" {TOGETHER.capitalize()}."
    return text


def _chances(plans: pd.DataFrame) -> str:
    """Say how likely "equivalent" would be under each plan, were there no difference."""
    if plans["p_equivalent"].max() < 0.005:
        return " “Equivalent” would be out of reach of each of them."
    now, *later = plans.itertuples()
    chances = [f"{number(now.p_equivalent, 2)} {AS_IT_IS}"]
    chances += [f"{number(plan.p_equivalent, 2)} with {plan.plan}" for plan in later]
    return " Chance of “equivalent”, were there no difference: " + "; ".join(chances) + "."
