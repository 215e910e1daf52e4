"""The card on a claim: what its numbers are about, and what more data could detect.

A claim with several controls is detected if each of them is. Chances are multiplied over controls,
as in `maw.significance.planning`: a lower bound, because all leads are measured from one system.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting.wording import detectable, estimand, probability
from maw.verdicts.prospects import AS_IT_IS


def content(
    row: Mapping[str, Any], prospects: pd.DataFrame, *, claim: str, sesoi: float | None
) -> dict[str, Any]:
    """Return the data of one claim for the template macro `cards`, without its costs.

    row: the contrast with the claim's deciding control, a row of `maw.verdicts.decide.COLUMNS`.
    prospects: forecasts for all claims, columns of `maw.verdicts.prospects.PROSPECTS`.
    """
    return {
        "row": dict(row),
        "estimand": estimand(row),
        "notes": [note for note in str(row["note"]).split("; ") if note],
        "signs": first_ranks(row),
        "more": more_would_buy(row, prospects, claim=claim, sesoi=sesoi),
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


def more_would_buy(
    row: Mapping[str, Any], prospects: pd.DataFrame, *, claim: str, sesoi: float | None
) -> str:
    """Return a sentence on the chance to detect the SESOI, as it is and with more data.

    Example: `To detect 0.02: probability 0.48 as it is, 0.94 with 5 more seeds, …`. Without a SESOI
    (smallest effect size of interest) it names the differences that are detectable with probability
    0.8. Other arguments as for `content`.
    """
    of_claim = prospects["claim"].eq(claim)
    for name in ("dataset", "system"):
        of_claim &= prospects[name].eq(row[name])
    forecasts = over_controls(prospects[of_claim])
    if forecasts.empty or forecasts["mde"].isna().all():
        return "No detectable difference can be computed, because too little is known of training."
    column, write = ("mde", detectable) if sesoi is None else ("power_at_sesoi", probability)
    told = [
        f"{write(value)} {plan if plan == AS_IT_IS else f'with {plan}'}"
        for plan, value in forecasts[column].items()
        if pd.notna(value)
    ]
    if sesoi is None:
        return f"Detectable with probability 0.8: {', '.join(told)}."
    return f"To detect {sesoi:g}: probability {', '.join(told)}."


def over_controls(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each plan of the next experiment, with columns mde and power_at_sesoi.

    forecasts: those of one claim, a row for each control and plan. The claim's mde is the largest
    of its controls, and its power is their product; a number that one control lacks is nan. A
    control whose systems have no seeds stays as it is where others have more.
    """
    plans = forecasts["plan"].drop_duplicates()
    tables = {}
    for column in ("mde", "power_at_sesoi"):
        table = forecasts.pivot(index="plan", columns="baseline", values=column).reindex(plans)
        for control in table:
            own = forecasts.loc[forecasts["baseline"] == control, "plan"]
            table.loc[~table.index.isin(own), control] = table.loc[AS_IT_IS, control]
        tables[column] = table
    return pd.DataFrame(
        {
            "mde": tables["mde"].max(axis=1, skipna=False),
            "power_at_sesoi": tables["power_at_sesoi"].prod(axis=1, skipna=False),
        }
    )
