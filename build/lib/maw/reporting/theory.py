"""The page's section on the theory of the method's source.

It shows which statements of the source hold, how often and how closely bounds hold on random
attention heads, and what each kind of attention costs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting.tables import rows_of
from maw.reporting.wording import number, quantity

HOLDS = {True: "holds", False: "does not hold", None: "no rate is given"}


def content(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section as the page's template reads it.

    results: the content of the JSON file that the stage `theory` wrote.
    """
    counterexample = results["counterexample"]
    return {
        "statements": [
            {**statement, "word": HOLDS[statement["holds"]]} for statement in results["statements"]
        ],
        "counterexample": (
            "Theorem 1 on two tokens of one head of size 1, with standard queries and keys of 0 "
            f"and one depth's of ±1: its left side is {number(counterexample['left'], 4)}, its "
            f"right side {counterexample['right']:g}, whatever α and the number of depths."
        ),
        "trials": [trial(result) for result in results["trials"]],
        "bounds": rows_of(bounds(results["bounds"])),
        "costs": rows_of(costs(results["costs"])),
    }


def trial(result: Mapping[str, Any]) -> str:
    """Return a sentence on how often the source's Theorem 1 failed on random attention heads.

    The theorem states an upper bound. For the heads on which it held, the sentence adds the median
    of right-hand side / left-hand side.
    """
    sentence = (
        f"Theorem 1 with {result['depths']} depths, standard queries and keys of size "
        f"{result['size']:g}: violated by {result['violations']} of {result['draws']} random heads"
    )
    if result["violations"] == result["draws"]:
        return f"{sentence}."
    return f"{sentence}; where it held, {result['looseness']:.3g} times too large (median)."


def bounds(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a row for each bound: its violations over all settings, and how tight it is.

    A setting is a distribution of random heads. Tightness is the distance divided by its bound,
    which is 1 where both are equal: the largest of all heads with its setting, and the smallest
    median of a setting.
    """
    frame = pd.DataFrame(rows)
    shown = []
    for name, group in frame.groupby("bound", sort=False):
        tightest = group.loc[group["largest"].idxmax()]
        shown.append(
            {
                "Bound on ‖A_d − A‖": name,
                "Heads drawn": int(group["draws"].sum()),
                "Violations": int(group["violations"].sum()),
                "Tightest": number(tightest["largest"], 4),
                "on": tightest["setting"],
                "Loosest setting, median": number(group["median"].min(), 4),
            }
        )
    return pd.DataFrame(shown)


def costs(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a row for each attention: FLOPs at each text length, and numbers of parameters.

    FLOPs are given as a ratio to standard attention at the same length. The parameters are all of
    the layer's, and those that one text uses.
    """
    frame = pd.DataFrame(rows)
    shown = frame.pivot(index="kind", columns="length", values="ratio")
    shown = shown.loc[list(dict.fromkeys(frame["kind"]))]
    shown = shown.map(lambda ratio: f"{ratio:.2f}×").rename(columns=lambda n: f"L = {n}")
    first = frame.drop_duplicates("kind").set_index("kind")
    for column, head in (("parameters", "Parameters"), ("parameters_used", "Used by a text")):
        shown[head] = first[column].map(quantity)
    shown = shown.reset_index().rename(columns={"kind": "Attention"})
    shown.columns.name = None
    return shown
