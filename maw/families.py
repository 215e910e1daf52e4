"""How many questions were asked at once? Families, claims, and the verdict on each claim.

Confirmatory: a claim is a system on a dataset, by the primary measure; its p is the largest over
the controls that it must beat, and the family is all claims. Reference: all reference contrasts by
the primary measure. Exploratory: all other measures, per contrast role and dataset.
"""

from collections.abc import Callable
from math import inf, isnan, nan

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from maw.plan import Analysis
from maw.significance import (
    FEWEST_SEEDS,
    bh,
    bonferroni,
    by,
    equivalence_power,
    holm,
    minimum_detectable_effect,
    tost,
    verdict,
)
from maw.significance.clean import Array

CORRECTIONS = {"p_holm": holm, "p_bonferroni": bonferroni, "p_bh": bh, "p_by": by}


def judge(rows: pd.DataFrame, *, plan: Analysis) -> pd.DataFrame:
    """Adds role, adjusted p, what was detectable, equivalence and verdict to each row.

    rows: as `measure_contrast` makes them, with dataset, system, baseline, measure, declared (the
    contrast's role in the plan), tested and fewest_seeds (nan where both sides are fixed).
    """
    primary = rows["measure"] == plan.primary
    rows = rows.assign(role=rows["declared"].where(primary, "exploratory"))
    rows = rows.assign(unit=_units(rows), family=_families(rows))
    rows["p_entering"] = rows["p"].where(rows["tested"])
    for name, correct in CORRECTIONS.items():
        rows[name] = _within_families(rows, "p_entering", correct)
    n_units = _within_families(rows, "p_entering", _count)
    rows["level"] = plan.alpha / n_units.fillna(1).clip(lower=1)
    claims = rows["role"] == "confirmatory"
    rows["claim_p"] = _claim(rows, "p_entering").where(claims)
    units = rows.groupby("unit", sort=False)
    rows["claim_seeds"] = units["fewest_seeds"].transform("min")
    rows["direction"] = units["difference"].transform(_common_sign)
    rows = rows.assign(**_detectable(rows))
    rows = rows.assign(**_equivalence(rows, plan=plan))
    rows["verdict"] = _words(rows, alpha=plan.alpha)
    checkpoints = claims & (rows["verdict"] == "inconclusive") & (rows["estimand"] == "E2")
    for word, sign in (("better", 1), ("worse", -1)):
        rows = _add_note(
            rows,
            where=checkpoints & (rows["p_t"] < plan.alpha) & (np.sign(rows["difference"]) == sign),
            told=f"these checkpoints are {word} (E1, unadjusted); not shown for the procedure",
        )
    disagree = claims & (rows["direction"] == 0) & (rows["difference"] != 0)
    rows = _add_note(rows, where=disagree, told="the controls disagree about the direction")
    if plan.primary.startswith(("RR", "MRR")):
        rows = _add_note(rows, where=primary, told="reciprocal rank alone: see wins and losses")
    if rows["dataset"].nunique() == 1:
        rows = _add_note(rows, where=claims, told="one dataset: nothing is shown about others")
    return rows


def _add_note(rows: pd.DataFrame, *, where: pd.Series, told: str) -> pd.DataFrame:
    added = rows["note"] + np.where(rows["note"] == "", "", "; ") + told
    return rows.assign(note=rows["note"].mask(where, added))


def _units(rows: pd.DataFrame) -> pd.Series:
    """What is counted in a family: a claim, whatever its number of controls; else a row."""
    claim = "claim/" + rows["dataset"] + "/" + rows["system"]
    return claim.where(rows["role"] == "confirmatory", "row/" + rows.index.astype(str))


def _families(rows: pd.DataFrame) -> pd.Series:
    """Rows that are corrected together share a name."""
    exploratory = "exploratory/" + rows["declared"] + "/" + rows["dataset"]
    return rows["role"].where(rows["role"] != "exploratory", exploratory)


def _claim(rows: pd.DataFrame, column: str) -> pd.Series:
    """The largest p of each unit, nan if any is nan: a claim stands on all of its controls."""
    largest = rows[column].fillna(inf).groupby(rows["unit"]).transform("max")
    return largest.replace(inf, nan)


def _within_families(
    rows: pd.DataFrame, column: str, correct: Callable[[npt.ArrayLike], Array]
) -> pd.Series:
    """`correct` applied to one p per unit, family by family; each row gets its unit's."""
    units = rows.assign(value=_claim(rows, column)).drop_duplicates("unit")
    corrected = units.groupby("family")["value"].transform(lambda p: correct(p.to_numpy()))
    return rows["unit"].map(dict(zip(units["unit"], corrected, strict=True))).astype(float)


def _count(p: npt.ArrayLike) -> Array:
    """Units that are tested, for every unit of the family."""
    values = np.asarray(p, dtype=np.float64)
    return np.full(len(values), float(np.sum(~np.isnan(values))))


def _detectable(rows: pd.DataFrame) -> dict[str, Array]:
    """Minimum detectable effect and simultaneous interval at the family's Bonferroni level."""
    df, se, level = (rows[name].to_numpy(np.float64) for name in ("df", "se", "level"))
    half = special.stdtrit(df, 1 - level / 2) * se
    difference = rows["difference"].to_numpy(np.float64)
    found = [
        minimum_detectable_effect(s, df=d, alpha=a) for s, d, a in zip(se, df, level, strict=True)
    ]
    return {
        "mde": np.array(found),
        "ci_low_simultaneous": difference - half,
        "ci_high_simultaneous": difference + half,
    }


def _equivalence(rows: pd.DataFrame, *, plan: Analysis) -> dict[str, pd.Series]:
    """TOST of each claim, raw and adjusted; empty without a margin and outside the claims."""
    p_tost = pd.Series(nan, index=rows.index)
    p_none = pd.Series(nan, index=rows.index)
    testable = rows["tested"] & (rows["role"] == "confirmatory")
    if plan.sesoi is not None:
        for row in rows[testable].itertuples():
            test = tost(row.difference, standard_error=row.se, df=row.df, sesoi=plan.sesoi)
            p_tost[row.Index] = test.pvalue
            p_none[row.Index] = equivalence_power(
                row.se, df=row.df, alpha=row.level, sesoi=plan.sesoi
            )
    adjusted = _within_families(rows.assign(p_tost=p_tost), "p_tost", holm)
    decides = adjusted.notna() & ~(rows["claim_seeds"] < FEWEST_SEEDS)
    return {
        "p_tost": p_tost,
        "p_tost_holm": adjusted,
        "p_equivalent_if_no_difference": p_none,
        "equivalent": (adjusted < plan.alpha).astype("boolean").where(decides),
    }


def _common_sign(differences: pd.Series) -> int:
    """1 or −1 where all agree, else 0."""
    signs = {int(sign) for sign in np.sign(differences)}
    return signs.pop() if len(signs) == 1 else 0


def _words(rows: pd.DataFrame, *, alpha: float) -> list[str]:
    """A verdict for each claim's rows; every other row says what it is."""
    return [
        verdict(
            p=row.p_holm,
            direction=row.direction,
            p_equivalent=row.p_tost_holm,
            alpha=alpha,
            fewest_seeds=None if isnan(row.claim_seeds) else int(row.claim_seeds),
        ).value
        if row.role == "confirmatory"
        else row.role
        for row in rows.itertuples()
    ]
