"""The page's section on the source's theory: what it states, whether that holds, and how tight."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting.tables import rows_of
from maw.reporting.wording import number, quantity

HOLDS = {True: "holds", False: "does not hold", None: "no rate is given"}


def content(found: Mapping[str, Any]) -> dict[str, Any]:
    """For the template. found: as the stage `theory` writes it."""
    wrong = found["counterexample"]
    return {
        "statements": [
            {**statement, "word": HOLDS[statement["holds"]]} for statement in found["statements"]
        ],
        "counterexample": (
            "Theorem 1 on two tokens of one head of size 1, with standard queries and keys of 0 "
            f"and one depth's of ±1: its left side is {number(wrong['left'], 4)}, its right side "
            f"{wrong['right']:g}, whatever α and the number of depths."
        ),
        "trials": [trial(one) for one in found["trials"]],
        "bounds": rows_of(bounds(found["bounds"])),
        "costs": rows_of(costs(found["costs"])),
    }


def trial(one: Mapping[str, Any]) -> str:
    """Theorem 1 on random heads: how often it failed, or how loose it was."""
    told = (
        f"Theorem 1 with {one['depths']} depths, standard queries and keys of size "
        f"{one['size']:g}: violated by {one['violations']} of {one['draws']} random heads"
    )
    held = one["violations"] < one["draws"]
    loose = f"; where it held, {one['looseness']:.3g} times too large (median)" if held else ""
    return f"{told}{loose}."


def bounds(rows: list[Mapping[str, Any]]) -> pd.DataFrame:
    """A row per bound: violations over all settings, and the setting in which it is tightest."""
    frame = pd.DataFrame(rows)
    shown = []
    for name, group in frame.groupby("bound", sort=False):
        best = group.loc[group["largest"].idxmax()]
        shown.append(
            {
                "Bound on ‖A_d − A‖": name,
                "Heads drawn": int(group["draws"].sum()),
                "Violations": int(group["violations"].sum()),
                "Tightest": number(best["largest"], 4),
                "on": best["setting"],
                "Loosest setting, median": number(group["median"].min(), 4),
            }
        )
    return pd.DataFrame(shown)


def costs(rows: list[Mapping[str, Any]]) -> pd.DataFrame:
    """A row per attention, a column per length: FLOPs as a ratio to standard attention's."""
    frame = pd.DataFrame(rows)
    shown = frame.pivot(index="kind", columns="length", values="ratio")
    shown = shown.loc[list(dict.fromkeys(frame["kind"]))]
    shown = shown.map(lambda ratio: f"{ratio:.2f}×").rename(columns=lambda n: f"L = {n}")
    once = frame.drop_duplicates("kind").set_index("kind")
    for name, told in (("parameters", "Parameters"), ("parameters_used", "Used by a text")):
        shown[told] = once[name].map(quantity)
    shown = shown.reset_index().rename(columns={"kind": "Attention"})
    shown.columns.name = None
    return shown
