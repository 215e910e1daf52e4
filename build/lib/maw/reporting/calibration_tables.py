"""The tables of a calibration: false words, words of each claim, sizes of the deciding test.

All take the table of `maw.verdicts.calibration`, with "" in place of missing texts, and return
tables of text. A rate stands with its Monte-Carlo standard error, `0.053 ± 0.007`.
"""

import pandas as pd

from maw.reporting.wording import number
from maw.significance import ANY_CLAIM, ANY_FALSE, COVERS, REJECTS, Word
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import DECIDING, FALSE_WORD, WORD

EMPTY = "–"
AS_ESTIMATED, WORST = "Seeds as estimated", "Worst of three variances"
CLAIM_WORDS = {
    "Better": (Word.BETTER, Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER),
    "Equivalent, no relevant gain": (Word.EQUIVALENT, Word.NO_RELEVANT_GAIN),
    "Refuted": (Word.REFUTED,),
    "Undecided": (Word.INCONCLUSIVE, Word.NOT_CONTROLLED, Word.NOT_ESTIMABLE),
}


def false_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how often any word of the plan is false: a row for each true lead of its systems."""
    counted = whole_plan(frame)
    rows = [
        {
            "True lead": f"{effect:g}",
            AS_ESTIMATED: _share(of_effect[of_effect["seeds"] == "estimate"]),
            WORST: _share(_worst(of_effect)),
        }
        for effect, of_effect in counted.groupby("effect", sort=True)
    ]
    return pd.DataFrame(rows)


def whole_plan(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rates at which any word is false, over the claims of all datasets together."""
    counted = frame[
        (frame["test"] == WORD)
        & (frame["system"] == ANY_CLAIM)
        & (frame["quantity"] == ANY_FALSE)
        & frame["rate"].notna()
    ]
    together = counted[counted["dataset"] == ""]
    return together if len(together) else counted


def claims(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how often each word is said about each claim, with seeds as variable as estimated."""
    said = frame[
        frame["test"].isin([WORD, FALSE_WORD])
        & (frame["system"] != ANY_CLAIM)
        & (frame["seeds"] == "estimate")
        & frame["rate"].notna()
    ]
    several = _several_datasets(frame)
    rows = []
    for (dataset, claim, effect), rates in said.groupby(
        ["dataset", "system", "effect"], sort=False
    ):
        words = rates[rates["test"] == WORD].set_index("quantity")
        rows.append(
            {
                **({"Dataset": dataset} if several else {}),
                "Claim": claim,
                "True lead": f"{effect:g}",
                **{
                    column: _summed(words, [word.value for word in group])
                    for column, group in CLAIM_WORDS.items()
                },
                "A false word": _share(words.loc[[ANY_FALSE]]),
                "Bar covers": _share(words.loc[[COVERS]]),
            }
        )
    return pd.DataFrame(rows)


def sizes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how often the deciding test of each contrast errs, at α′ and at α.

    Contrasts without a level α′ decide no claim; they are left out where others have one.
    """
    redrawn = frame[(frame["test"] == DECIDING) & (frame["quantity"] == REJECTS)]
    redrawn = redrawn[(redrawn["multiple"] == 0) & (redrawn["seeds"] == "estimate")]
    decides = frame[frame["test"] == AT_OWN_LEVEL]
    several = _several_datasets(frame)
    rows = []
    for row in redrawn.to_dict("records"):
        key = {name: row[name] for name in ("dataset", "system", "baseline")}
        of_contrast = frame[(frame[list(key)] == pd.Series(key)).all(axis=1)]
        normal = of_contrast[of_contrast["test"] == AT_OWN_LEVEL]
        if len(decides) and normal.empty:
            continue
        rows.append(
            {
                **({"Dataset": row["dataset"]} if several else {}),
                "Contrast": f"{row['system']} − {row['baseline']}",
                "Level α′": number(normal["level"].iloc[0], 4) if len(normal) else EMPTY,
                AS_ESTIMATED: _share(normal[normal["seeds"] == "estimate"], digits=4),
                WORST: _share(_worst(normal), digits=4),
                "Redrawn, at α": _share(pd.DataFrame([row])),
            }
        )
    return pd.DataFrame(rows)


def _several_datasets(frame: pd.DataFrame) -> bool:
    return bool(frame["dataset"].replace("", pd.NA).nunique() > 1)


def _worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the row with the highest rate; no row where there is none."""
    return rows.nlargest(1, "rate")


def _share(rows: pd.DataFrame, *, digits: int = 3) -> str:
    """Return the rate and the error of the only row; a dash where there is none."""
    if rows.empty:
        return EMPTY
    row = rows.iloc[0]
    return f"{number(row['rate'], digits)} ± {number(row['error'], digits)}"


def _summed(words: pd.DataFrame, quantities: list[str]) -> str:
    """Return the share of experiments in which one of several words is said.

    words: rates by word, without those of words that are never said.
    """
    counted = words[words.index.isin(quantities)]
    return number(counted["rate"].sum()) if len(counted) else number(0.0)
