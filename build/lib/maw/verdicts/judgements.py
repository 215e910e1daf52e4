"""Are enough documents judged to tell two systems apart? Rows of the study's controls.

Measures count unjudged documents as not relevant. Each system has a row with its Judged@10, the
share of its first ten documents that is judged. Where that share is below .6 for a system or its
baseline, their difference is measured on judged documents alone, too: by the primary measure of
condensed lists, and by bpref. It fails where one of these says the opposite of the primary measure.
The last row of a contrast has the bounds of the difference under unjudged documents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import pandas as pd

from maw.measures.condensed import BPREF, condensed_name
from maw.measures.judged import JUDGED
from maw.settings.plan import PlannedContrast
from maw.verdicts.score_table import ScoredSystem, ScoreTables
from maw.verdicts.study_controls import Row, Study, control_row

JUDGED_KIND = "judged"
ENOUGH_JUDGED = 0.6
LEVEL = 0.95  # of the intervals of differences on judged documents


@dataclass(frozen=True, slots=True)
class ContrastBounds:
    """The mean difference of one contrast on one dataset, and its bounds, over queries and runs."""

    dataset: str
    system: str
    baseline: str
    difference: float
    low: float
    high: float


def shares_of(judged: pd.DataFrame) -> pd.Series:
    """Return the mean Judged@10 by dataset and system.

    judged: columns dataset, system, seed, query_id, measure, value.
    """
    rows = judged[judged["measure"] == JUDGED]
    return rows.groupby(["dataset", "system"], sort=False)["value"].mean()


def contrasts_of(study: Study) -> list[PlannedContrast]:
    """Return the planned contrasts whose judgements are looked at: those that decide something."""
    deciding = ("confirmatory", "non-inferiority")
    return [pair for pair in study.plan.contrasts if pair.role in deciding]


def few_judged(study: Study, shares: pd.Series) -> dict[str, list[PlannedContrast]]:
    """Return dataset -> the contrasts of which one system has too few judged documents.

    shares: the result of `shares_of`.
    """
    return {
        dataset: [
            pair
            for pair in contrasts_of(study)
            if min(shares[dataset, pair.system], shares[dataset, pair.baseline]) < ENOUGH_JUDGED
        ]
        for dataset in study.scores.datasets
    }


def share_rows(shares: pd.Series) -> list[Row]:
    """Return a row for each dataset and system: are enough of its first documents judged?

    shares: the result of `shares_of`. A smaller share does not fail: what follows from it is seen
    in the rows on judged documents alone.
    """
    rows = []
    for (dataset, system), share in shares.items():
        row = control_row(dataset, JUDGED, JUDGED_KIND, pair=(system, ""), target=ENOUGH_JUDGED)
        row |= {
            "estimate": float(share),
            "outcome": f"{100 * share:.0f} % of the first ten documents are judged",
        }
        rows.append(row | ({"passed": True} if share >= ENOUGH_JUDGED else {}))
    return rows


def condensed_rows(
    study: Study, few: dict[str, list[PlannedContrast]], *, scores: ScoreTables
) -> list[Row]:
    """Return two rows for each contrast with few judged documents: condensed lists, and bpref.

    few: the result of `few_judged`. scores: those of `maw.measures.condensed` for all runs of their
    systems. estimate, low and high: the difference with its 95 % interval.
    """
    rows = []
    for dataset, pairs in few.items():
        for pair in pairs:
            for measure in (condensed_name(study.plan.primary), BPREF):
                rows.append(_condensed_row(study, pair, dataset, scores=scores, measure=measure))
    return rows


def bounds_rows(bounds: Iterable[ContrastBounds]) -> list[Row]:
    """Return a row for each contrast and dataset: could unjudged documents turn the difference?

    low, high: its bounds where the unjudged documents that one system alone has among its first ten
    are as relevant as can be for one side, and not relevant for the other. Wide bounds do not fail:
    they say that the judgements alone do not decide.
    """
    rows = []
    for each in bounds:
        pair = (each.system, each.baseline)
        control = "bounds under unjudged documents"
        row = control_row(each.dataset, control, JUDGED_KIND, pair=pair, target=nan)
        row |= {"estimate": each.difference, "low": each.low, "high": each.high}
        if each.low > 0 or each.high < 0:
            row |= {"passed": True, "outcome": "the direction stands whatever they are"}
        else:
            row["outcome"] = "they could turn the direction"
        rows.append(row)
    return rows


def _condensed_row(
    study: Study, pair: PlannedContrast, dataset: str, *, scores: ScoreTables, measure: str
) -> Row:
    """Return the row of one contrast by a measure that reads judged documents alone."""
    names = (pair.system, pair.baseline)
    a, b = (
        ScoredSystem(name, study.trained[name], scores.get(dataset, system=name, measure=measure))
        for name in names
    )
    contrast = study.test(a, b, dataset=dataset, seeds=pair.seeds)
    primary = study.test(
        *(study.system(dataset, name) for name in names), dataset=dataset, seeds=pair.seeds
    )
    row = control_row(dataset, measure, JUDGED_KIND, pair=names, target=nan)
    low, high = contrast.confidence_interval(LEVEL)
    row |= {"estimate": contrast.mean, "low": low, "high": high}
    if not (low > 0 or high < 0):
        return row | {"passed": True, "outcome": "not against the primary measure"}
    if contrast.mean * primary.mean >= 0:
        return row | {"passed": True, "outcome": "in the direction of the primary measure"}
    # the primary measure leans to the side that has more of its documents judged
    pushes = "for" if primary.mean > contrast.mean else "against"
    return row | {"passed": False, "outcome": "against the primary measure", "pushes": pushes}
