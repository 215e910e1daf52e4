"""How many questions were asked at once? Families, claims, and the verdict on each claim.

Confirmatory: a claim is about a system on a dataset, by the primary measure; its p is the largest
over the controls that it must beat, and the family is all claims. A plan may name several of a
system, such as "better" and "routing helps", which needs further controls beaten. Reference: all
reference contrasts by the primary measure. Exploratory: all other measures, per contrast role and
dataset.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from maw.settings.plan import BETTER, Analysis
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
CLAIMS = [
    "dataset", "system", "claim", "measure", "n_controls", "controls", "hardest", "least", "most",
    "direction", "p", "p_holm", "p_bonferroni", "p_tost", "p_tost_holm", "level", "fewest_seeds",
    "equivalent", "verdict",
]  # fmt: skip
SIGNS = "reciprocal rank alone: see wins and losses"


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """rows: one per contrast, dataset and measure; claims: one per claim, columns CLAIMS."""

    rows: pd.DataFrame
    claims: pd.DataFrame


def judge(rows: pd.DataFrame, *, plan: Analysis) -> Decided:
    """Adds role, adjusted p, what was detectable, equivalence and verdict to each row.

    rows: as `measure_contrast` makes them, with dataset, system, baseline, measure, declared (the
    contrast's role in the plan), tested and fewest_seeds (nan where both sides are fixed). A row
    whose baseline several claims need beaten shows the verdict on the first that the plan names.
    """
    primary = rows["measure"] == plan.primary
    rows = rows.assign(role=rows["declared"].where(primary, "exploratory"))
    rows = rows.assign(family=_families(rows), p_entering=rows["p"].where(rows["tested"]))
    members = _members(rows, plan=plan)
    units = _units(members, rows)
    for name, correct in CORRECTIONS.items():
        units[name] = _within_families(units, "p", correct)
    units["level"] = plan.alpha / _within_families(units, "p", _count).clip(lower=1)
    first = members.drop_duplicates("row").set_index("row")["unit"]
    for name in (*CORRECTIONS, "level", "direction"):
        rows[name] = first.map(units[name])
    claims = rows["role"] == "confirmatory"
    rows["claim_p"] = first.map(units["p"]).where(claims)
    rows = rows.assign(**_detectable(rows))
    rows = rows.assign(**_equivalence(rows, plan=plan))
    units["p_tost"] = _largest(members, rows["p_tost"])
    units["p_tost_holm"] = _within_families(units, "p_tost", holm)
    decides = units["p_tost_holm"].notna() & ~(units["fewest_seeds"] < FEWEST_SEEDS)
    units["equivalent"] = (units["p_tost_holm"] < plan.alpha).astype("boolean").where(decides)
    units["verdict"] = _words(units, alpha=plan.alpha)
    for name in ("p_tost_holm", "equivalent"):
        rows[name] = first.map(units[name])
    rows["verdict"] = first.map(units["verdict"]).where(claims, rows["role"])
    rows = _noted(rows, plan=plan, headlines=members.drop_duplicates("row").set_index("row"))
    return Decided(rows, _claims(members, units, rows=rows, plan=plan))


def _noted(rows: pd.DataFrame, *, plan: Analysis, headlines: pd.DataFrame) -> pd.DataFrame:
    """What a reader must know before believing a row's verdict, as notes."""
    claims = rows["role"] == "confirmatory"
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
        rows = _add_note(rows, where=rows["measure"] == plan.primary, told=SIGNS)
    if rows["dataset"].nunique() == 1:
        rows = _add_note(rows, where=claims, told="one dataset: nothing is shown about others")
    for claim in dict.fromkeys(name for _, name in plan.claims if name != BETTER):
        told = f"the verdict is on the claim “{claim}”"
        rows = _add_note(rows, where=headlines["claim"] == claim, told=told)
    return rows


def _add_note(rows: pd.DataFrame, *, where: pd.Series, told: str) -> pd.DataFrame:
    added = rows["note"] + np.where(rows["note"] == "", "", "; ") + told
    return rows.assign(note=rows["note"].mask(where, added))


def _members(rows: pd.DataFrame, *, plan: Analysis) -> pd.DataFrame:
    """Which rows stand for which unit: row (its index), unit, claim ("" outside the claims).

    A unit is what is counted in a family: a claim, whatever its number of controls; else a row.
    """
    carried = {(pair.system, pair.baseline): pair.carried for pair in plan.contrasts}
    found = []
    for row in rows[["dataset", "system", "baseline", "role"]].itertuples():
        if row.role == "confirmatory":
            for claim in carried[row.system, row.baseline]:
                found.append((row.Index, f"claim/{row.dataset}/{row.system}/{claim}", claim))
        else:
            found.append((row.Index, f"row/{row.Index}", ""))
    return pd.DataFrame(found, columns=["row", "unit", "claim"])


def _families(rows: pd.DataFrame) -> pd.Series:
    """Rows that are corrected together share a name."""
    exploratory = "exploratory/" + rows["declared"] + "/" + rows["dataset"]
    return rows["role"].where(rows["role"] != "exploratory", exploratory)


def _units(members: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """By unit: role, family, largest p, fewest seeds of any side, and the direction of all."""
    whole = members.join(rows[["role", "family", "fewest_seeds", "difference"]], on="row")
    grouped = whole.groupby("unit", sort=False)
    units = grouped[["role", "family"]].first()
    units["p"] = _largest(members, rows["p_entering"])
    units["fewest_seeds"] = grouped["fewest_seeds"].min()
    units["direction"] = grouped["difference"].agg(_common_sign)
    return units


def _largest(members: pd.DataFrame, values: pd.Series) -> pd.Series:
    """By unit, nan if any is nan: a claim stands on all of its controls."""
    filled = members["row"].map(values.fillna(inf))
    return filled.groupby(members["unit"], sort=False).max().replace(inf, nan)


def _within_families(
    units: pd.DataFrame, column: str, correct: Callable[[npt.ArrayLike], Array]
) -> pd.Series:
    """`correct` applied to one p per unit, family by family."""
    corrected = units.groupby("family")[column].transform(lambda p: correct(p.to_numpy()))
    return corrected.astype(float)


def _claims(
    members: pd.DataFrame, units: pd.DataFrame, *, rows: pd.DataFrame, plan: Analysis
) -> pd.DataFrame:
    """The family: a row per claim, as the plan names them. hardest: the control of the largest p.

    p, its neighbours and direction are those that the verdict rests on; least and most: the
    smallest and the largest difference to a control.
    """
    found = []
    of_claims = members[members["claim"] != ""]
    for unit, group in of_claims.groupby("unit", sort=False):
        controls, about = rows.loc[group["row"]], units.loc[unit]
        hardest = controls["p_entering"].fillna(inf).idxmax()
        found.append(
            {
                **{name: controls[name].iloc[0] for name in ("dataset", "system", "measure")},
                "claim": group["claim"].iloc[0],
                "n_controls": len(group),
                "controls": "; ".join(controls["baseline"]),
                "hardest": controls.loc[hardest, "baseline"],
                "least": controls["difference"].min(),
                "most": controls["difference"].max(),
                **{name: about[name] for name in CLAIMS if name in units},
            }
        )
    frame = pd.DataFrame(found, columns=CLAIMS)
    order = {pair: place for place, pair in enumerate(plan.claims)}
    named = zip(frame["system"], frame["claim"], strict=True)
    places = frame.assign(place=[order[pair] for pair in named]).sort_values(
        ["dataset", "place"], kind="stable"
    )
    return frame.loc[places.index].reset_index(drop=True)


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
    """TOST of each contrast that carries a claim; empty without a margin and elsewhere."""
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
    return {"p_tost": p_tost, "p_equivalent_if_no_difference": p_none}


def _common_sign(differences: pd.Series) -> int:
    """1 or −1 where all agree, else 0."""
    signs = {int(sign) for sign in np.sign(differences)}
    return signs.pop() if len(signs) == 1 else 0


def _words(units: pd.DataFrame, *, alpha: float) -> list[str]:
    """A verdict for each claim; every other unit says what it is."""
    return [
        verdict(
            p=unit.p_holm,
            direction=unit.direction,
            p_equivalent=unit.p_tost_holm,
            alpha=alpha,
            fewest_seeds=None if isnan(unit.fewest_seeds) else int(unit.fewest_seeds),
        ).value
        if unit.role == "confirmatory"
        else unit.role
        for unit in units.itertuples()
    ]
