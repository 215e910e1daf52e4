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


def disagreements(cells: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """A sentence per contrast whose words differ between rates, or from its own verdict.

    A verdict is a contrast's own where its claim has no other control. A cell whose seeds are too
    few for a verdict has none that could disagree.
    """
    alone = claims[claims["n_controls"] == 1]
    verdicts = {(row.dataset, row.system, row.controls): row.verdict for row in alone.itertuples()}
    told = []
    for key, group in cells.groupby(["dataset", "system", "baseline"], sort=False):
        judged, verdict = group[~group["word"].isin(UNJUDGED)], verdicts.get(key)
        kinds = {_kind(word) for word in judged["word"]}
        if len(kinds | ({_kind(verdict)} if verdict else set())) < 2:
            continue
        shown = judged if verdict is None else judged[judged["word"].map(_kind) != _kind(verdict)]
        words = [
            f"“{row.word}” at {row.learning_rate:g} ({signed(row.difference)})"
            for row in shown.itertuples()
        ]
        dataset, system, baseline = key
        told.append(
            f"The learning rate matters: {system} against {baseline} on {dataset} would read "
            f"{', '.join(words)}, each rate on its own with {group['n_seeds'].max()} seeds and "
            f"nothing adjusted{f'; the verdict is “{verdict}”' if verdict else ''}."
        )
    return told


def _kind(word: str) -> str:
    """“better, but by less than SESOI” is no other direction than “better”."""
    return word.split(",")[0]


def _marked(names: pd.Series, chosen: pd.Series) -> list[str]:
    return [f"{name} *" if mark else name for name, mark in zip(names, chosen, strict=True)]
