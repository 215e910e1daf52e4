"""The verdict in every learning-rate cell: a table, and a sentence for each that disagrees."""

import pandas as pd

from maw.reporting.wording import bare_p, interval, number, signed
from maw.significance import Verdict

UNJUDGED = (Verdict.NOT_CONTROLLED.value, Verdict.NOT_ESTIMABLE.value)


def table(cells: pd.DataFrame) -> pd.DataFrame:
    """A row per dataset, learning rate and system; * marks a rate that the search chose."""
    return pd.DataFrame(
        {
            "Dataset": cells["dataset"],
            "Learning rate": [f"{rate:g}" for rate in cells["learning_rate"]],
            "System": _marked(cells["system"], cells["selected"]),
            "Baseline": _marked(cells["baseline"], cells["selected_baseline"]),
            "Means": [
                f"{number(a)} / {number(b)}"
                for a, b in zip(cells["mean"], cells["mean_baseline"], strict=True)
            ],
            "Difference": cells["difference"].map(signed),
            "95 % interval": [
                interval(low, high)
                for low, high in zip(cells["ci_low"], cells["ci_high"], strict=True)
            ],
            "p (E2)": cells["p"].map(bare_p),
            "p (TOST)": cells["p_tost"].map(bare_p),
            "Would read": cells["word"],
            "Seeds": [f"{a} / {b}" for a, b in cells[["n_seeds", "n_seeds_baseline"]].to_numpy()],
        }
    )


def disagreements(cells: pd.DataFrame, compared: pd.DataFrame) -> list[str]:
    """A sentence per system whose word at some rate is not the verdict's on the same contrast.

    Where a cell's seeds are too few for a verdict there is none that could disagree.
    """
    keys = ["dataset", "system", "baseline"]
    claims = compared[compared["role"] == "confirmatory"]
    verdicts = {(row.dataset, row.system, row.baseline): row.verdict for row in claims.itertuples()}
    told = []
    for key, group in cells.groupby(keys, sort=False):
        verdict = verdicts.get(key)
        others = [
            f"“{row.word}” at {row.learning_rate:g} ({signed(row.difference)})"
            for row in group.itertuples()
            if verdict is not None
            and row.word not in UNJUDGED
            and _kind(row.word) != _kind(verdict)
        ]
        if others:
            dataset, system, baseline = key
            told.append(
                f"The learning rate matters: {system} against {baseline} on {dataset} would read "
                f"{', '.join(others)}, each rate on its own with {group['n_seeds'].max()} seeds "
                f"and nothing adjusted; the verdict is “{verdict}”."
            )
    return told


def _kind(word: str) -> str:
    """“better, but by less than SESOI” is no other direction than “better”."""
    return word.split(",")[0]


def _marked(names: pd.Series, chosen: pd.Series) -> list[str]:
    return [f"{name} *" if mark else name for name, mark in zip(names, chosen, strict=True)]
