"""The learning-rate sensitivity analysis on the page: a table of cells, and their disagreements.

A cell of this table is a system and its baseline on one dataset, both trained at one learning rate;
its verdict is not part of the plan.
"""

import pandas as pd

from maw.reporting.wording import intervals, signed
from maw.significance import Word

UNJUDGED = (Word.NOT_CONTROLLED.value, Word.NOT_ESTIMABLE.value)


def table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each dataset, learning rate and system; * marks a rate that a search chose.

    cells: columns of `maw.verdicts.rate_sensitivity.COLUMNS`.
    """
    return pd.DataFrame(
        {
            "Dataset": cells["dataset"],
            "Learning rate": [f"{learning_rate:g}" for learning_rate in cells["learning_rate"]],
            "System": _marked(cells["system"], cells["selected"]),
            "Baseline": _marked(cells["baseline"], cells["selected_baseline"]),
            "Difference": cells["difference"].map(signed),
            "Limits": intervals(cells, "bar_low", "bar_high"),
            "Would read": [
                f"{word}, {suffix}" if suffix else word
                for word, suffix in zip(cells["word"], cells["suffix"], strict=True)
            ],
            "Seeds": [f"{a} / {b}" for a, b in cells[["n_seeds", "n_seeds_baseline"]].to_numpy()],
        }
    )


def disagreements(cells: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """Return a sentence for each contrast whose verdict depends on the learning rate.

    Its verdicts at several learning rates differ from each other or from the plan's verdict; they
    are compared up to the first comma, so that “better, but by less than SESOI” equals “better”.
    The plan's verdict is compared only where the claim needs no other baseline to be beaten.
    Learning rates without a verdict, as with too few seeds, are left out. cells: columns of
    `maw.verdicts.rate_sensitivity.COLUMNS`; claims: columns of `maw.verdicts.claims.CLAIMS`.
    """
    alone = claims[(claims["n_controls"] == 1) & ~claims["word"].isin(UNJUDGED)]
    verdicts = {(row.dataset, row.system, row.decided_by): row.word for row in alone.itertuples()}
    sentences = []
    for key, group in cells.groupby(["dataset", "system", "baseline"], sort=False):
        judged, verdict = group[~group["word"].isin(UNJUDGED)], verdicts.get(key)
        directions = {_direction(word) for word in judged["word"]}
        if verdict is not None:
            directions.add(_direction(verdict))
            judged = judged[judged["word"].map(_direction) != _direction(verdict)]
        if len(directions) < 2:
            continue
        readings = [
            f"“{row.word}” at {row.learning_rate:g} ({signed(row.difference)})"
            for row in judged.itertuples()
        ]
        dataset, system, baseline = key
        sentences.append(
            f"The learning rate matters: {system} against {baseline} on {dataset} would read "
            f"{', '.join(readings)}, each rate on its own with {group['n_seeds'].max()} seeds and "
            f"nothing adjusted{f'; the verdict is “{verdict}”' if verdict else ''}."
        )
    return sentences


def _direction(word: str) -> str:
    """Return a verdict up to its first comma: “better” for “better, but by less than SESOI”."""
    return word.split(",")[0]


def _marked(names: pd.Series, selected: pd.Series) -> list[str]:
    return [f"{name} *" if mark else name for name, mark in zip(names, selected, strict=True)]
