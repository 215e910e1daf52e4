"""Families of tests, the claims of a plan, and the verdict on each claim.

A family is a set of tests whose p-values are adjusted together. Confirmatory family: all claims on
all datasets by the primary measure. A claim is about a system on a dataset; its p is the largest p
over its controls, the baselines that the system must beat. A plan may name several claims about one
system, such as "better" and "routing helps", and each claim has its own controls. Reference family:
all reference contrasts on all datasets by the primary measure. Exploratory families: all contrasts
by the other measures, one family for each role in the plan (confirmatory, reference) and each
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
RECIPROCAL_RANK = ("RR", "MRR")
RECIPROCAL_RANK_NOTE = "judged by reciprocal rank alone: see wins and losses, too"


@dataclass(frozen=True, slots=True, eq=False)
class FamilyVerdicts:
    """The verdicts on all contrasts and on all claims.

    rows: a row for each contrast, dataset and measure. claims: a row for each claim and dataset,
    with the columns CLAIMS.
    """

    rows: pd.DataFrame
    claims: pd.DataFrame


def judge(rows: pd.DataFrame, *, plan: Analysis) -> FamilyVerdicts:
    """Return the rows with role, adjusted p, detectable effect and verdict added, and the claims.

    rows: the columns of `measure_contrast`, and dataset, system, baseline, measure, declared (the
    contrast's role in the plan), tested (whether its p enters a family) and fewest_seeds (nan where
    neither system has training seeds). Where several claims need the same baseline to be beaten,
    its row shows the verdict on the first of them in the plan.
    """
    is_primary = rows["measure"] == plan.primary
    rows = rows.assign(role=rows["declared"].where(is_primary, "exploratory"))
    rows = rows.assign(family=_families(rows), p_entering=rows["p"].where(rows["tested"]))
    members = _members(rows, plan=plan)
    units = _units(members, rows)
    for name, correct in CORRECTIONS.items():
        units[name] = _within_families(units, "p", correct)
    units["level"] = plan.alpha / _within_families(units, "p", _count).clip(lower=1)
    headlines = members.drop_duplicates("row").set_index("row")
    unit_of_row = headlines["unit"]
    for name in (*CORRECTIONS, "level", "direction"):
        rows[name] = unit_of_row.map(units[name])
    is_claim = rows["role"] == "confirmatory"
    rows["claim_p"] = unit_of_row.map(units["p"]).where(is_claim)
    rows = rows.assign(**_detectable(rows))
    rows = rows.assign(**_equivalence(rows, plan=plan))
    units["p_tost"] = _largest(members, rows["p_tost"])
    units["p_tost_holm"] = _within_families(units, "p_tost", holm)
    decides = units["p_tost_holm"].notna() & ~(units["fewest_seeds"] < FEWEST_SEEDS)
    units["equivalent"] = (units["p_tost_holm"] < plan.alpha).astype("boolean").where(decides)
    units["verdict"] = _words(units, alpha=plan.alpha)
    for name in ("p_tost_holm", "equivalent"):
        rows[name] = unit_of_row.map(units[name])
    rows["verdict"] = unit_of_row.map(units["verdict"]).where(is_claim, rows["role"])
    rows = _noted(rows, plan=plan, headlines=headlines)
    return FamilyVerdicts(rows, _claims(members, units, rows=rows, plan=plan))


def _noted(rows: pd.DataFrame, *, plan: Analysis, headlines: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with notes added that limit or explain their verdicts.

    headlines: indexed by row; its column claim is the first claim that needs the row's contrast.
    """
    is_claim = rows["role"] == "confirmatory"
    undecided = is_claim & (rows["verdict"] == "inconclusive") & (rows["estimand"] == "E2")
    for word, sign in (("better", 1), ("worse", -1)):
        rows = _add_note(
            rows,
            where=undecided & (rows["p_t"] < plan.alpha) & (np.sign(rows["difference"]) == sign),
            note=f"these checkpoints are {word} (E1, unadjusted); not shown for the procedure",
        )
    disagree = is_claim & (rows["direction"] == 0) & (rows["difference"] != 0)
    rows = _add_note(rows, where=disagree, note="the controls disagree about the direction")
    if plan.primary.startswith(RECIPROCAL_RANK):
        is_primary = rows["measure"] == plan.primary
        rows = _add_note(rows, where=is_primary, note=RECIPROCAL_RANK_NOTE)
    if rows["dataset"].nunique() == 1:
        rows = _add_note(rows, where=is_claim, note="one dataset: nothing is shown about others")
    for claim in dict.fromkeys(name for _, name in plan.claims if name != BETTER):
        note = f"the verdict is on the claim “{claim}”"
        rows = _add_note(rows, where=headlines["claim"] == claim, note=note)
    return rows


def _add_note(rows: pd.DataFrame, *, where: pd.Series, note: str) -> pd.DataFrame:
    longer = rows["note"] + np.where(rows["note"] == "", "", "; ") + note
    return rows.assign(note=rows["note"].mask(where, longer))


def _members(rows: pd.DataFrame, *, plan: Analysis) -> pd.DataFrame:
    """Return which rows belong to which unit: row (its index), unit (its name), claim.

    A unit counts as one test of its family. It is a claim on a dataset with all of its controls, or
    a row that belongs to no claim; its claim is then "".
    """
    claims_of = {(pair.system, pair.baseline): pair.carried for pair in plan.contrasts}
    members = []
    for row in rows[["dataset", "system", "baseline", "role"]].itertuples():
        if row.role == "confirmatory":
            for claim in claims_of[row.system, row.baseline]:
                members.append((row.Index, f"claim/{row.dataset}/{row.system}/{claim}", claim))
        else:
            members.append((row.Index, f"row/{row.Index}", ""))
    return pd.DataFrame(members, columns=["row", "unit", "claim"])


def _families(rows: pd.DataFrame) -> pd.Series:
    """Return the name of each row's family; p-values of rows with one name are adjusted together.

    The name is the row's role; exploratory rows add their role in the plan and their dataset.
    """
    exploratory = "exploratory/" + rows["declared"] + "/" + rows["dataset"]
    return rows["role"].where(rows["role"] != "exploratory", exploratory)


def _units(members: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each unit: role, family, largest p, fewest seeds, and direction.

    A unit counts as one test of its family: a claim with all of its controls, or a row of no claim.
    direction: 1 or −1 where all differences of the unit have that sign, else 0.
    """
    columns = ["role", "family", "fewest_seeds", "difference"]
    grouped = members.join(rows[columns], on="row").groupby("unit", sort=False)
    units = grouped[["role", "family"]].first()
    units["p"] = _largest(members, rows["p_entering"])
    units["fewest_seeds"] = grouped["fewest_seeds"].min()
    units["direction"] = grouped["difference"].agg(_common_sign)
    return units


def _largest(members: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Return the largest value of each unit (a claim or a single row), or nan if one is nan.

    values: one for each row. A claim needs all of its controls, so one missing test leaves no p.
    """
    filled = members["row"].map(values.fillna(inf))
    return filled.groupby(members["unit"], sort=False).max().replace(inf, nan)


def _within_families(
    units: pd.DataFrame, column: str, correct: Callable[[npt.ArrayLike], Array]
) -> pd.Series:
    """Return a number for each unit: `correct` applied to each family's p-values in `column`."""
    corrected = units.groupby("family")[column].transform(lambda p: correct(p.to_numpy()))
    return corrected.astype(float)


def _claims(
    members: pd.DataFrame, units: pd.DataFrame, *, rows: pd.DataFrame, plan: Analysis
) -> pd.DataFrame:
    """Return a row for each claim and dataset, by dataset and then in the order of the plan.

    hardest: the control with the largest p, or one that could not be tested. The verdict rests on
    p_holm, direction, p_tost_holm and fewest_seeds. least, most: the smallest and the largest
    difference to a control.
    """
    records = []
    of_claims = members[members["claim"] != ""]
    for unit, group in of_claims.groupby("unit", sort=False):
        controls, numbers = rows.loc[group["row"]], units.loc[unit]
        hardest = controls["p_entering"].fillna(inf).idxmax()
        records.append(
            {
                **{name: controls[name].iloc[0] for name in ("dataset", "system", "measure")},
                "claim": group["claim"].iloc[0],
                "n_controls": len(group),
                "controls": "; ".join(controls["baseline"]),
                "hardest": controls.loc[hardest, "baseline"],
                "least": controls["difference"].min(),
                "most": controls["difference"].max(),
                **{name: numbers[name] for name in CLAIMS if name in units},
            }
        )
    claims = pd.DataFrame(records, columns=CLAIMS)
    position = {pair: n for n, pair in enumerate(plan.claims)}
    pairs = zip(claims["system"], claims["claim"], strict=True)
    ordered = claims.assign(position=[position[pair] for pair in pairs]).sort_values(
        ["dataset", "position"], kind="stable"
    )
    return claims.loc[ordered.index].reset_index(drop=True)


def _count(p: npt.ArrayLike) -> Array:
    """Return the number of a family's p-values [m] that are not nan, repeated m times."""
    values = np.asarray(p, dtype=np.float64)
    return np.full(len(values), float(np.sum(~np.isnan(values))))


def _detectable(rows: pd.DataFrame) -> dict[str, Array]:
    """Return each row's minimum detectable effect and simultaneous interval, at its level α/m."""
    df, se, level = (rows[name].to_numpy(np.float64) for name in ("df", "se", "level"))
    half_width = special.stdtrit(df, 1 - level / 2) * se
    difference = rows["difference"].to_numpy(np.float64)
    effects = [
        minimum_detectable_effect(s, df=d, alpha=a) for s, d, a in zip(se, df, level, strict=True)
    ]
    return {
        "mde": np.array(effects),
        "ci_low_simultaneous": difference - half_width,
        "ci_high_simultaneous": difference + half_width,
    }


def _equivalence(rows: pd.DataFrame, *, plan: Analysis) -> dict[str, pd.Series]:
    """Return the columns p_tost and p_equivalent_if_no_difference, by name.

    p_tost: TOST's p-value of each contrast of a claim. p_equivalent_if_no_difference: the
    probability that TOST shows equivalence at level α/m when the true difference is 0. Both are nan
    outside the claims, where the plan has no SESOI (smallest effect size of interest, the margin of
    TOST), and where the contrast is not tested.
    """
    p_tost = pd.Series(nan, index=rows.index)
    power = pd.Series(nan, index=rows.index)
    testable = rows["tested"] & (rows["role"] == "confirmatory")
    if plan.sesoi is not None:
        for row in rows[testable].itertuples():
            test = tost(row.difference, standard_error=row.se, df=row.df, sesoi=plan.sesoi)
            p_tost[row.Index] = test.pvalue
            power[row.Index] = equivalence_power(
                row.se, df=row.df, alpha=row.level, sesoi=plan.sesoi
            )
    return {"p_tost": p_tost, "p_equivalent_if_no_difference": power}


def _common_sign(differences: pd.Series) -> int:
    """Return 1 or −1 where all differences have that sign, else 0."""
    signs = {int(sign) for sign in np.sign(differences)}
    return signs.pop() if len(signs) == 1 else 0


def _words(units: pd.DataFrame, *, alpha: float) -> list[str]:
    """Return a word for each unit: the verdict on a claim, or the role of any other unit."""
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
