"""Families of tests: which p-values are adjusted together, and how.

Confirmatory family: all claims and all contrasts of non-inferiority on all datasets, by the primary
measure; `maw.verdicts.claims` judges it. Reference family: all reference contrasts on all datasets
by the primary measure. Exploratory families: the contrasts that the plan calls exploratory, and all
contrasts by every other measure; one family for each role in the plan and each dataset. Exploratory
rows get the false discovery rate of Benjamini & Hochberg, and those that it selects get intervals
whose expected share of misses is at most α: Benjamini & Yekutieli, JASA 100 (2005) 71-81.
"""

from collections.abc import Callable, Sequence
from math import nan

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.settings.planned import DECIDING_ROLES
from maw.significance import bh, bonferroni, by, holm
from maw.significance.clean import Array
from maw.verdicts.contrasts import MeasuredContrast

CORRECTIONS: dict[str, Callable[[npt.ArrayLike], Array]] = {
    "p_holm": holm, "p_bonferroni": bonferroni, "p_bh": bh, "p_by": by,
}  # fmt: skip
EXPLORATORY = "exploratory"


def adjusted(p: Array, *, shares: Array) -> dict[str, Array]:
    """Return the adjusted p-values [m] of tests that share one level, by their column.

    p [m]: nan where a test has no number; it counts as 1 for the others and stays nan. shares [m]:
    the share of the level that each test has, above 0, of sum 1. With equal shares the corrections
    are the usual ones; else Holm (Scandinavian Journal of Statistics 6 (1979) 65-70, section 3) and
    Genovese, Roeder & Wasserman (Biometrika 93 (2006) 509-524): each p over m times its share.
    """
    counted = np.where(np.isnan(p), 1.0, p)
    relative = counted / (len(p) * shares)
    order = np.argsort(relative, kind="stable")
    remaining = np.cumsum(shares[order][::-1])[::-1]  # of this test and all that come after it
    raised = np.maximum.accumulate(counted[order] / shares[order] * remaining)
    by_holm = np.empty_like(p)
    by_holm[order] = np.minimum(1.0, raised)
    capped = np.minimum(1.0, relative)
    values = {
        "p_bonferroni": np.minimum(1.0, counted / shares),
        "p_holm": by_holm,
        "p_bh": bh(capped),
        "p_by": by(capped),
    }
    return {name: np.where(np.isnan(p), nan, value) for name, value in values.items()}


def family_of(role: str, *, declared: str, dataset: str) -> str:
    """Return the name of a row's family; p-values of rows with one name are adjusted together.

    role: that of the row. declared: the role of its contrast in the plan.
    """
    return f"{EXPLORATORY}/{declared}/{dataset}" if role == EXPLORATORY else role


def correct_families(
    rows: pd.DataFrame, contrasts: Sequence[MeasuredContrast], *, alpha: float
) -> pd.DataFrame:
    """Return the rows with adjusted p-values, levels and intervals of all that decides nothing.

    rows: columns role, family, p and tested, a row for each of `contrasts`. New columns: p_holm,
    p_bonferroni, p_bh, p_by and level (α over the number of tests in the family), and fcr_low and
    fcr_high for exploratory rows that Benjamini & Hochberg's procedure selects at α. All are nan in
    rows whose role decides something.
    """
    names = [*CORRECTIONS, "level", "fcr_low", "fcr_high"]
    rows = rows.assign(**dict.fromkeys(names, nan))
    p_entering = rows["p"].where(rows["tested"])
    for members in rows.groupby("family", sort=False).groups.values():
        role = rows.loc[members[0], "role"]
        if role in DECIDING_ROLES:
            continue
        p = p_entering[members].to_numpy()
        n_tests = max(1, int(np.sum(~np.isnan(p))))
        for name, correct in CORRECTIONS.items():
            rows.loc[members, name] = correct(p)
        rows.loc[members, "level"] = alpha / n_tests
        if role == EXPLORATORY:
            selected = rows.loc[members].index[rows.loc[members, "p_bh"] <= alpha]
            tail = len(selected) * alpha / n_tests / 2
            for row in selected:
                contrast = contrasts[row].contrast
                half = contrast.half_width(tail)
                rows.loc[row, ["fcr_low", "fcr_high"]] = contrast.mean - half, contrast.mean + half
    return rows
