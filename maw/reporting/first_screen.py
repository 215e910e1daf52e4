"""The first screen of a suite's page: the verdicts in one line, then cards.

There is a card for each system and dataset with a claim.
"""

from typing import Any

import pandas as pd

from maw.reporting import claim_card
from maw.reporting.frames import SuiteFrames, VerdictFrames
from maw.reporting.price import price
from maw.reporting.routing import routing
from maw.reporting.templates import MANY
from maw.settings.plan import Analysis


def headline(frames: VerdictFrames) -> str:
    """Return the verdict on every claim in one line: `maw: better; maw_grpo: inconclusive`.

    A verdict names its dataset where the suite has several, and its claim where the plan names
    several claims. More than MANY verdicts on unnamed claims are grouped: `better: maw, maw_grpo`.
    """
    if frames.has_named_claims:
        rows, claims = frames.claims, [f", {claim}" for claim in frames.claims["claim"]]
    else:
        rows = frames.comparisons
        rows = rows[rows["role"] == "confirmatory"].drop_duplicates(["dataset", "system"])
        claims = [""] * len(rows)
    names = [f"{name}{claim}" for name, claim in zip(_names(rows), claims, strict=True)]
    if len(rows) > MANY and not frames.has_named_claims:
        groups = pd.Series(names, dtype=str).groupby(rows["verdict"].to_numpy(), sort=False)
        parts = [f"{verdict}: {', '.join(group)}" for verdict, group in groups]
    else:
        parts = [f"{name}: {word}" for name, word in zip(names, rows["verdict"], strict=True)]
    return "; ".join(parts) or "The plan names no claim"


def _names(rows: pd.DataFrame) -> list[str]:
    """Return each row's system, as `maw on pydocs` where the rows are of several datasets."""
    if rows["dataset"].nunique() < 2:
        return list(map(str, rows["system"]))
    pairs = zip(rows["system"], rows["dataset"], strict=True)
    return [f"{system} on {dataset}" for system, dataset in pairs]


def claims(frames: SuiteFrames, *, plan: Analysis) -> list[dict[str, Any]]:
    """Return the template's data of a card for each system and dataset with a claim.

    The baselines that a system must beat for its claim are its controls. A card is about the first
    control that the plan names for the system; tables show the others. It shows the verdict, the
    costs, the routing, and the gains over other baselines.
    """
    compared = frames.comparisons
    compared = compared[compared["measure"] == plan.primary]
    first = compared[compared["role"] == "confirmatory"].drop_duplicates(["dataset", "system"])
    return [
        {
            **claim_card.content(row, frames.prospects, sesoi=plan.sesoi),
            "price": price(frames.runs, row["system"], row["baseline"], dataset=row["dataset"]),
            "scale": _gains(compared, row),
            "routing": routing(frames.depths, row["system"], dataset=row["dataset"]),
        }
        for row in first.to_dict("records")
    ]


def _gains(compared: pd.DataFrame, row: dict[str, Any]) -> dict[str, tuple[float, float | None]]:
    """Return baseline -> the differences of a system and of its control to that baseline.

    row: the contrast of the system with its control. The baselines are all others with which the
    system has a contrast on this dataset. None stands for a control without a contrast with that
    baseline. compared: all contrasts by the primary measure.
    """
    rows = compared[compared["dataset"] == row["dataset"]]
    gains = rows.set_index(["system", "baseline"])["difference"].to_dict()
    control = row["baseline"]
    return {
        baseline: (gain, gains.get((control, baseline)))
        for (system, baseline), gain in gains.items()
        if system == row["system"] and baseline != control
    }
