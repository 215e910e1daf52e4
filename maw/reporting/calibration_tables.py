"""The tables of a calibration: false words, words of each claim, sizes of tests, other tests.

All take the table of `maw.verdicts.calibration`, with "" in place of missing texts, and return
tables of text. A rate stands with its Monte-Carlo standard error, `0.053 ± 0.007`.
"""

from collections.abc import Iterator

import pandas as pd

from maw.reporting.wording import number
from maw.significance import (
    ANY_CLAIM,
    ANY_FALSE,
    COVERS,
    COVERS_CHECKPOINTS,
    COVERS_VARIANCE,
    REJECTS,
    Word,
)
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import DECIDING, FALSE_WORD, NON_INFERIORITY, WORD
from maw.significance.other_measures import BH, BY_MEASURE
from maw.significance.score_model import SEED_LEVELS
from maw.verdicts.calibration_rows import CORRELATION, TESTS

EMPTY = "–"
SEED_COLUMNS = dict(
    zip(SEED_LEVELS, ("Seeds as estimated", "at their upper limit", "σ²s = σ²e/Q"), strict=True)
)
CLAIM_WORDS = {
    "Better": (Word.BETTER, Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER),
    "Equivalent, no relevant gain": (Word.EQUIVALENT, Word.NO_RELEVANT_GAIN),
    "Refuted": (Word.REFUTED,),
    "Undecided": (Word.INCONCLUSIVE, Word.NOT_CONTROLLED, Word.NOT_ESTIMABLE),
}
IN_FULL = (WORD, FALSE_WORD, DECIDING, AT_OWN_LEVEL, NON_INFERIORITY)  # not in `other_tests`


def false_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how often any word of the plan is false: a row for each true lead of its systems."""
    counted = whole_plan(frame)
    rows = [
        {
            "True lead": f"{effect:g}",
            **{
                column: _share(of_effect[of_effect["seeds"] == seeds])
                for seeds, column in SEED_COLUMNS.items()
            },
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

    The correlation is that of the errors of the two systems at one seed.
    """
    redrawn = frame[(frame["test"] == DECIDING) & (frame["quantity"] == REJECTS)]
    redrawn = redrawn[(redrawn["multiple"] == 0) & (redrawn["seeds"] == "estimate")]
    several = _several_datasets(frame)
    rows = []
    for row in redrawn.to_dict("records"):
        key = {name: row[name] for name in ("dataset", "system", "baseline")}
        of_contrast = frame[(frame[list(key)] == pd.Series(key)).all(axis=1)]
        normal = of_contrast[of_contrast["test"] == AT_OWN_LEVEL]
        correlation = of_contrast.loc[of_contrast["test"] == CORRELATION, "rate"]
        rows.append(
            {
                **({"Dataset": row["dataset"]} if several else {}),
                "Contrast": f"{row['system']} − {row['baseline']}",
                "Level α′": number(normal["level"].iloc[0], 4) if len(normal) else EMPTY,
                **{
                    column: _share(normal[normal["seeds"] == seeds], digits=4)
                    for seeds, column in SEED_COLUMNS.items()
                },
                "Redrawn, at α": _share(pd.DataFrame([row])),
                "Errors correlate": number(correlation.iloc[0], 2) if len(correlation) else EMPTY,
            }
        )
    return pd.DataFrame(rows)


def other_tests(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the lowest and highest rates of all tests and intervals that are not IN_FULL.

    A test has one row for contrasts, one for single systems, and one for families of tests, where
    it has such rates. Only experiments without an effect, with the seeds' variance as estimated,
    are counted.
    """
    rows = []
    null = frame[(frame["seeds"] == "estimate") & (frame["multiple"] == 0)]
    by_measure = [name for name in null["test"].unique() if name.startswith(BY_MEASURE)]
    for test in (*TESTS, *by_measure, BH):
        of_test = null[(null["test"] == test) & null["rate"].notna()]
        if test in IN_FULL or of_test.empty:
            continue
        for name, counted in _named(test, of_test):
            rows.append(
                {
                    "Test or interval": name,
                    "Rejects without effect": _span(counted, REJECTS),
                    "Covers the procedure": _span(counted, COVERS),
                    "Covers the checkpoints": _span(counted, COVERS_CHECKPOINTS),
                    "Covers the variance": _span(counted, COVERS_VARIANCE),
                }
            )
    return pd.DataFrame(rows)


def _several_datasets(frame: pd.DataFrame) -> bool:
    return bool(frame["dataset"].replace("", pd.NA).nunique() > 1)


def _named(test: str, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield up to three parts of a test's rows, each with its name for the table.

    The parts are the contrasts; the single systems, whose rows have no baseline; and the families
    of tests, whose `system` begins with “any ”. A part without rows is left out.
    """
    alone = rows["baseline"] == ""
    family = alone & rows["system"].str.startswith("any ")
    own = f"{test} of a system's mean" if test == "BCa" else test  # on the leaderboard
    for name, selected in (
        (test, ~alone),
        (own, alone & ~family),
        (f"{test}, whole family", family),
    ):
        if selected.any():
            yield name, rows[selected]


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


def _span(rows: pd.DataFrame, quantity: str) -> str:
    """Return the lowest and highest rate of a quantity, and their largest Monte-Carlo error.

    Example: `0.040 to 0.061 ± 0.005`. Two equal rates are shown once; a dash means not counted.
    """
    counted = rows[rows["quantity"] == quantity]
    if counted.empty:
        return EMPTY
    low, high = number(counted["rate"].min()), number(counted["rate"].max())
    shares = low if low == high else f"{low} to {high}"
    return f"{shares} ± {number(counted['error'].max())}"
