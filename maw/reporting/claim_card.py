"""The card at the top of a page on a contrast that carries a claim.

It says the verdict in words, and which differences more data could detect.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting.wording import detectable, estimand, interval, number, sentence, span
from maw.verdicts.prospects import AS_IT_IS, TOGETHER


def content(
    row: Mapping[str, Any], prospects: pd.DataFrame, *, sesoi: float | None
) -> dict[str, Any]:
    """Return the data of one contrast for the template macro `cards`, without its costs.

    row: a row of `maw.verdicts.decide.COLUMNS`. prospects: forecasts for all contrasts, columns of
    `maw.verdicts.prospects.PROSPECTS`.
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
    """Return a sentence on how often the system ranks the first relevant document higher.

    Only a contrast by a reciprocal rank has one, because a mean reciprocal rank alone says little;
    for other contrasts the sentence is "".
    """
    if not str(row["measure"]).startswith(("RR", "MRR")):
        return ""
    return (
        f"The first relevant document stands higher on {row['wins']} queries, lower on "
        f"{row['losses']}, as high on {row['ties']} (mean reciprocal rank over seeds); the sign "
        "test is in the appendix."
    )


def more_would_buy(row: Mapping[str, Any], prospects: pd.DataFrame) -> str:
    """Return sentences on the difference that a contrast could detect, as it is and with more data.

    The sentences also name the chances of the verdict “equivalent”. row, prospects: as for
    `content`. Example: `Detectable: 0.016 as it is (0.014 to 0.021 …); 0.015 with 5 more seeds, …`
    """
    keys = ["dataset", "system", "baseline"]
    plans = prospects[(prospects[keys] == [row[key] for key in keys]).all(axis=1)]
    plans = plans[plans["mde"].notna()]
    if plans.empty:
        return "No detectable difference can be computed, because the contrast is not estimable."
    now, later = plans.iloc[0], plans.iloc[1:]
    text = f"Detectable: {detectable(now['mde'])} {AS_IT_IS}"
    if now["mde_low"] < now["mde_high"]:
        ends = span(now["mde_low"], now["mde_high"], show=detectable)
        text += f" ({ends}, because the seeds' variance is uncertain)"
    text += "".join(f"; {detectable(plan.mde)} with {plan.plan}" for plan in later.itertuples())
    text += "."
    if plans["p_equivalent"].notna().any():
        text += _chances(plans)
    if TOGETHER in str(now["note"]):
        text += f" {TOGETHER.capitalize()}."
    return text


def _chances(plans: pd.DataFrame) -> str:
    """Return a sentence on the chances of the verdict “equivalent” if there is no difference.

    plans: the contrast's forecasts as it is (the first row), and with more seeds or queries.
    """
    if plans["p_equivalent"].max() < 0.005:
        return " The verdict “equivalent” would be out of reach in each case."
    now, *later = plans.itertuples()
    chances = [f"{number(now.p_equivalent, 2)} {AS_IT_IS}"]
    chances += [f"{number(plan.p_equivalent, 2)} with {plan.plan}" for plan in later]
    return " Chance of “equivalent” if there is no difference: " + "; ".join(chances) + "."
