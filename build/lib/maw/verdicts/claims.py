"""The claims of a plan and its contrasts of non-inferiority: the verdict on each, on each dataset.

A claim says that a system beats each of its controls by the primary measure. All claims and all
contrasts of non-inferiority, on all datasets, share the plan's level α. Bonferroni's correction
decides: each has the level α′ = α/m, or its declared share of α. Adjusted p-values stand beside.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast, non_inferiority
from maw.settings.planned import DECIDING_ROLES
from maw.significance import ClaimVerdict, Word, claim_pvalue, judge_claims
from maw.significance.planning import ClaimOutlook, sesoi_flips_at, spreads_outlook
from maw.verdicts.contrasts import MeasuredContrast
from maw.verdicts.deciding import ControlContrast
from maw.verdicts.families import adjusted

CLAIMS = [
    "dataset", "system", "claim", "measure", "n_controls", "word", "suffix", "withheld", "estimate",
    "lower", "upper", "upper_gain", "equivalence_low", "equivalence_high", "decided_by",
    "loses_to", "level", "p", "p_bonferroni", "p_holm", "p_bh", "mde", "sesoi", "sesoi_flips_at",
    "seeds", "n_seeds", "n_queries", "n_clusters",
]  # fmt: skip
OF_ROWS = [
    "word", "suffix", "withheld", "bar_low", "bar_high", "level", "p_equivalent_if_no_difference",
    "p_bonferroni", "p_holm", "p_bh", "p_by",
]  # fmt: skip
# words that say that a gain is absent: a study that misses a known difference may not say them
OF_ABSENCE = (Word.EQUIVALENT, Word.NO_RELEVANT_GAIN)
NON_INFERIOR, NOT_SHOWN = "non-inferior", "non-inferiority not shown"

Key = tuple[str, str, str]  # dataset, system, baseline or name of a claim
Measured = Mapping[Key, MeasuredContrast]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedPlan:
    """The verdicts of a plan.

    claims: a row for each claim and dataset, with the columns CLAIMS. of_rows: dataset, system and
    baseline of a confirmatory or a non-inferiority contrast -> the columns OF_ROWS of its row.
    """

    claims: pd.DataFrame
    of_rows: dict[Key, dict[str, object]]


def judge_plan(
    measured: Measured, *, plan: Analysis, datasets: Collection[str], withheld: Mapping[str, str]
) -> JudgedPlan:
    """Return the verdicts on all claims and non-inferiority contrasts of the plan.

    measured: dataset, system, baseline -> the contrast by the primary measure. withheld: dataset ->
    the control of the study that failed there, which forbids to say that a gain is absent. Where
    several claims need the same baseline, its row shows the first of them in the plan. InputError
    where the plan has looks, and none of them has this number of seeds.
    """
    tests = {(dataset, *test): test for dataset in datasets for test in plan.tests}
    n_seeds = _seeds_of_look(measured, plan) if plan.looks else None
    levels = {
        key: plan.level_of(test, n_datasets=len(datasets), n_seeds=n_seeds)
        for key, test in tests.items()
    }
    claims = _judged_claims(
        {key: plan.controls_of[test] for key, test in tests.items() if test in plan.controls_of},
        measured,
        plan=plan,
        levels=levels,
        withheld=withheld,
    )
    pairs = {non_inferiority(pair): pair for pair in plan.contrasts if pair.margin is not None}
    margins = {key: pairs[test] for key, test in tests.items() if key not in claims}
    p = {
        key: claims[key].pvalue
        if key in claims
        else _margin_pvalue(measured[(*key[:2], margins[key].baseline)], margins[key])
        for key in tests
    }
    numbers = _corrected(p, levels=levels, alpha=plan.look_alpha(n_seeds))
    of_rows: dict[Key, dict[str, object]] = {}
    for key, pair in margins.items():
        row = (*key[:2], pair.baseline)
        of_rows[row] = _margin_row(measured[row], pair, level=levels[key]) | numbers[key]
    for key, claim in claims.items():
        for control, columns in claim.rows().items():
            of_rows.setdefault((*key[:2], control), columns | numbers[key])
    records = [claim.record(plan) | {"p": p[key]} | numbers[key] for key, claim in claims.items()]
    return JudgedPlan(_typed(pd.DataFrame(records, columns=CLAIMS)), of_rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Claim:
    """One claim on a dataset with its verdict.

    measured: each control -> the contrast of the system with it. level: α′. failed: the study's
    control that failed on this dataset, or "". outlook: what the experiment could show about the
    claim.
    """

    key: Key
    measured: dict[str, MeasuredContrast]
    verdict: ClaimVerdict
    level: float
    failed: str
    outlook: ClaimOutlook

    @property
    def controls(self) -> tuple[str, ...]:
        """Names of the controls, in the order of the plan."""
        return tuple(self.measured)

    @property
    def pvalue(self) -> float:
        """The claim's p-value, unadjusted; nan where no control can be judged."""
        return claim_pvalue([measured.contrast for measured in self.measured.values()])

    @property
    def withheld(self) -> str:
        """Name of the control that forbids to say the word; "" where the word may be said."""
        return self.failed if self.verdict.word in OF_ABSENCE else ""

    def rows(self) -> dict[str, dict[str, object]]:
        """Return control -> the columns OF_ROWS that the verdict gives for its row."""
        verdict = self.verdict
        return {
            control: {
                "word": verdict.word.value,
                "suffix": verdict.suffix.value,
                "withheld": self.withheld,
                "bar_low": bar.low,
                "bar_high": bar.high,
                "level": self.level,
                "p_equivalent_if_no_difference": self.outlook.p_equivalent,
            }
            for control, bar in zip(self.controls, verdict.bars, strict=True)
        }

    def record(self, plan: Analysis) -> dict[str, object]:
        """Return the claim's row without its p-values."""
        dataset, system, claim = self.key
        verdict = self.verdict
        columns = [measured.columns for measured in self.measured.values()]
        seeds = [measured.contrast.fewest_seeds for measured in self.measured.values()]
        decided_by = "" if verdict.decided_by is None else self.controls[verdict.decided_by]
        return {
            "dataset": dataset,
            "system": system,
            "claim": claim,
            "measure": plan.primary,
            "n_controls": len(self.controls),
            "word": verdict.word.value,
            "suffix": verdict.suffix.value,
            "withheld": self.withheld,
            "estimate": verdict.estimate,
            "lower": verdict.lower,
            "upper": verdict.upper,
            "upper_gain": verdict.upper_gain,
            "equivalence_low": verdict.equivalence.low,
            "equivalence_high": verdict.equivalence.high,
            "decided_by": decided_by,
            "loses_to": "; ".join(self.controls[k] for k in verdict.loses_to),
            "level": self.level,
            "mde": self.outlook.mde,
            "sesoi": nan if plan.sesoi is None else plan.sesoi,
            "sesoi_flips_at": sesoi_flips_at(verdict, sesoi=plan.sesoi),
            "seeds": "; ".join(dict.fromkeys(str(row["seeds"]) for row in columns)),
            "n_seeds": min((n for n in seeds if n is not None), default=None),
            "n_queries": columns[0]["n_queries"],
            "n_clusters": columns[0]["n_clusters"],
        }


def _judged_claims(
    controls_of: Mapping[Key, tuple[str, ...]],
    measured: Measured,
    *,
    plan: Analysis,
    levels: Mapping[Key, float],
    withheld: Mapping[str, str],
) -> dict[Key, _Claim]:
    """Return the verdict on each claim. controls_of: claim -> its controls."""
    of_claims = {
        key: {control: measured[key[0], key[1], control] for control in controls}
        for key, controls in controls_of.items()
    }
    contrasts = {key: [row.contrast for row in rows.values()] for key, rows in of_claims.items()}
    verdicts = judge_claims(
        contrasts,
        levels={key: levels[key] for key in contrasts},
        sesoi=plan.sesoi,
        includes=_includes(plan, dict.fromkeys(key[0] for key in contrasts)),
    )
    return {
        key: _Claim(
            key,
            of_claims[key],
            verdicts[key],
            level=levels[key],
            failed=withheld.get(key[0], ""),
            outlook=_outlook(contrasts[key], level=levels[key], sesoi=plan.sesoi),
        )
        for key in contrasts
    }


def _corrected(
    p: Mapping[Key, float], *, levels: Mapping[Key, float], alpha: float
) -> dict[Key, dict[str, object]]:
    """Return the adjusted p-values of each test, as column name -> value.

    alpha: the level that all tests share; levels: what each has of it.
    """
    shares = np.array([levels[key] for key in p]) / alpha
    corrections = adjusted(np.array(list(p.values()), dtype=np.float64), shares=shares)
    return {
        key: {name: float(values[i]) for name, values in corrections.items()}
        for i, key in enumerate(p)
    }


def _outlook(
    contrasts: Sequence[ControlContrast], *, level: float, sesoi: float | None
) -> ClaimOutlook:
    """Return what this experiment could show about a claim with these controls.

    level: α′. All numbers are nan where a control cannot be judged.
    """
    if not all(contrast.decides for contrast in contrasts):
        return ClaimOutlook(nan, nan, nan)
    return spreads_outlook([contrast.spread for contrast in contrasts], level=level, sesoi=sesoi)


def _includes(plan: Analysis, datasets: Collection[str]) -> dict[Key, list[Key]]:
    """Return, on each dataset, the claims that each claim includes."""
    return {
        (dataset, *outer): [(dataset, *inner) for inner in included]
        for dataset in datasets
        for outer, included in plan.includes.items()
    }


def _seeds_of_look(measured: Measured, plan: Analysis) -> int | None:
    """Return the number of seeds by which the look is found: the fewest in a deciding contrast.

    None where no system has training seeds.
    """
    deciding = {(p.system, p.baseline) for p in plan.contrasts if p.role in DECIDING_ROLES}
    counts = [
        contrast.contrast.fewest_seeds for key, contrast in measured.items() if key[1:] in deciding
    ]
    return min((n for n in counts if n is not None), default=None)


def _margin_pvalue(measured: MeasuredContrast, pair: PlannedContrast) -> float:
    """Return the p-value of a contrast of non-inferiority: twice that of "worse by the margin".

    It is below the level exactly where the lower limit at half the level is above −margin; nan
    where too few seeds, or no spread, leave no number.
    """
    contrast = measured.contrast
    if not contrast.decides:
        return nan
    p = contrast.pvalue_at(-_margin(pair))
    return p if contrast.mean > -_margin(pair) else min(1.0, 2 - p)


def _margin_row(
    measured: MeasuredContrast, pair: PlannedContrast, *, level: float
) -> dict[str, object]:
    """Return the columns OF_ROWS of a contrast of non-inferiority without its p-values.

    The contrast holds if the lower end of its bar is above −margin.
    """
    contrast = measured.contrast
    half = contrast.half_width(level / 2) if contrast.decides else inf
    low, high = contrast.mean - half, contrast.mean + half
    if not contrast.has_number:
        word = Word.NOT_ESTIMABLE.value
    elif not contrast.decides:
        word = Word.NOT_CONTROLLED.value
    else:
        word = NON_INFERIOR if low > -_margin(pair) else NOT_SHOWN
    return {
        "word": word,
        "suffix": "",
        "withheld": "",
        "bar_low": low,
        "bar_high": high,
        "level": level,
        "p_equivalent_if_no_difference": nan,
    }


def _margin(pair: PlannedContrast) -> float:
    if pair.margin is None:
        raise ValueError(f"{pair.system} against {pair.baseline} has no margin")
    return pair.margin


def _typed(claims: pd.DataFrame) -> pd.DataFrame:
    return claims.astype({"n_seeds": "Int64", "n_clusters": "Int64"})
