"""Does a verdict depend on how long the systems were trained? The control of the training budget.

The system of each claim and the control that decided it are trained again with a multiple of the
steps, each with a learning rate that decays over its own steps. Γ is how much the difference of the
two changes. A development curve cannot tell: the learning rate falls to 0 in every training, so
that the last steps of any training gain almost nothing. The plan's budget alone gives the verdict.
"""

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
import pandas as pd

from maw.settings.planned import SeedsForm
from maw.significance import FEWEST_SEEDS, ClaimVerdict, Contrast, Word, crossed, judge_claim
from maw.significance.clean import Array
from maw.verdicts.score_table import ScoredSystem, ScoreTables
from maw.verdicts.study_controls import BUDGET, Row, Study, control_row

RUNS = ["dataset", "system", "factor", "seed", "steps", "dev", "primary"]
PAIR = ["dataset", "system", "decided_by"]  # a claim's system, and the control that decided it
HOLDS, ONLY_HERE, NOT_SHOWN = "holds", "at this budget only", "not shown"
LEVEL = 0.95  # of the interval of Γ
RELEVANT_CHANGE = 0.5  # share of SESOI from which a change of the difference counts
RANGE = 2.0  # of a difference of two scores between 0 and 1: Γ is a difference of differences
# suffixes of "refuted", as `judge_claim` gives them
LESS, AT_LEAST = "by less than SESOI", "by at least SESOI"


def decided(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that a control decided; there is none where no control has a number."""
    return claims[claims["decided_by"].notna() & claims["decided_by"].ne("")]


def budget_rows(
    study: Study, claims: pd.DataFrame, *, longer: ScoreTables | None, factor: int
) -> list[Row]:
    """Return a row for each system with a claim, dataset and control that decided a claim.

    claims: the table of claims. longer: the scores of the runs with `factor` times the steps; None
    where no claim has a trained system. A claim without a deciding control has no row; neither has
    one whose two systems are both untrained.
    """
    rows = []
    for (dataset, name, baseline), group in decided(claims).groupby(PAIR, sort=False):
        trained = study.trained[name] or study.trained[baseline]
        if trained and longer is not None:
            pair = (str(name), str(baseline))
            levels = group["level"].astype("float64").tolist()
            rows.append(
                _budget_row(study, str(dataset), pair, longer, factor=factor, levels=levels)
            )
    return rows


def _budget_row(
    study: Study,
    dataset: str,
    pair: tuple[str, str],
    longer: ScoreTables,
    *,
    factor: int,
    levels: Sequence[float],
) -> Row:
    """Return the row of a system against the control that decided its claims, at these levels."""
    a, b = (study.system(dataset, name) for name in pair)
    longer_a, longer_b = (
        study.system(dataset, name, longer if study.trained[name] else None) for name in pair
    )
    seeds = study.planned_seeds(*pair)
    change = _change((longer_a, longer_b), (a, b), study=study, dataset=dataset, seeds=seeds)
    interval = change.confidence_interval(LEVEL)
    tests = [
        study.test(*systems, dataset=dataset, seeds=seeds)
        for systems in ((a, b), (longer_a, longer_b))
    ]
    sesoi = study.plan.sesoi
    contradicts = any(
        contradict(*(judge_claim([test], level=level, sesoi=sesoi) for test in tests), sesoi=sesoi)
        for level in levels
    )
    outcome = outcome_of(change, sesoi=sesoi, words_contradict=contradicts)
    row = control_row(dataset, f"{factor} times the steps", BUDGET, pair=pair, target=0)
    return row | {
        **{"estimate": change.mean, "low": interval.low, "high": interval.high},
        "passed": {HOLDS: True, ONLY_HERE: False}.get(outcome),
        "outcome": outcome,
        "pushes": _pushes(outcome, change.mean),
    }


def _change(
    longer: tuple[ScoredSystem, ScoredSystem],
    reported: tuple[ScoredSystem, ScoredSystem],
    *,
    study: Study,
    dataset: str,
    seeds: SeedsForm,
) -> Contrast:
    """Return the test of Γ, the difference at more steps minus that at the plan's.

    A system has the same seeds at both budgets. seeds: whether the two systems share theirs. If so,
    the differences of the systems are taken seed by seed; if not, what a system gains by more steps
    is, and the gains of the two systems are compared as independent.
    """
    form = study.pair(*reported, dataset=dataset, seeds=seeds).form
    if form == "independent" and all(system.varies for system in reported):
        gain, gain_of_control = (_gain(*each) for each in zip(longer, reported, strict=True))
        return crossed(
            gain,
            gain_of_control,
            study.labels(dataset, reported[0]),
            seeds=form,
            measure_range=RANGE,
            trained=(True, True),
        )
    common = tuple(
        sorted(set.intersection(*(set(s.table.seeds) for s in (*longer, *reported) if s.varies)))
    )
    differences = [_of_seeds(a, common) - _of_seeds(b, common) for a, b in (longer, reported)]
    return crossed(
        differences[0],
        differences[1],
        study.labels(dataset, reported[0]),
        seeds="shared",
        measure_range=RANGE,
        trained=(True, True),
    )


def _gain(longer: ScoredSystem, reported: ScoredSystem) -> Array:
    """Return what a trained system gains by more steps [Q, S], at the seeds of both budgets."""
    common = tuple(sorted(set(longer.table.seeds) & set(reported.table.seeds)))
    gain: Array = _of_seeds(longer, common) - _of_seeds(reported, common)
    return gain


def _of_seeds(system: ScoredSystem, seeds: tuple[int, ...]) -> Array:
    """Return scores [Q, S] of these seeds; those of an untrained system are equal at all seeds."""
    table = system.table
    if system.varies:
        return table.of_seeds(seeds).values
    return np.repeat(table.values, len(seeds), axis=1)


def outcome_of(change: Contrast, *, sesoi: float | None, words_contradict: bool) -> str:
    """Return whether a verdict holds at more steps, holds at this budget only, or neither is shown.

    change: the test of Γ. words_contradict: whether the words at the two budgets cannot both be
    true; then the verdict is of this budget only, however small Γ is. Else it holds where the 95 %
    interval of Γ lies inside ±sesoi, and is of this budget only where that interval excludes 0 and
    Γ is at least half of sesoi.
    """
    interval = change.confidence_interval(LEVEL)
    n_seeds = change.fewest_seeds or 0
    if sesoi is None or n_seeds < FEWEST_SEEDS or not change.has_number:
        return NOT_SHOWN
    if words_contradict:
        return ONLY_HERE
    if -sesoi < interval.low and interval.high < sesoi:
        return HOLDS
    excludes_zero = interval.low > 0 or interval.high < 0
    is_relevant = abs(change.mean) >= RELEVANT_CHANGE * sesoi
    return ONLY_HERE if excludes_zero and is_relevant else NOT_SHOWN


def contradict(one: ClaimVerdict, other: ClaimVerdict, *, sesoi: float | None) -> bool:
    """Return whether the words of two verdicts cannot both be true of one lead.

    sesoi: the smallest effect size of interest, which the words speak of; None where there is none.
    """
    delta = inf if sesoi is None else sesoi
    (low, high), (other_low, other_high) = (_leads(each, delta) for each in (one, other))
    return max(low, other_low) >= min(high, other_high)


def _leads(verdict: ClaimVerdict, delta: float) -> tuple[float, float]:
    """Return the leads, from and to, of which a verdict's word is true. delta: SESOI."""
    refuted = {LESS: (-delta, 0.0), AT_LEAST: (-inf, -delta)}
    leads: Mapping[Word, tuple[float, float]] = {
        Word.BETTER_BY_SESOI: (delta, inf),
        Word.SLIGHTLY_BETTER: (0.0, delta),
        Word.BETTER: (0.0, inf),
        Word.REFUTED: refuted.get(verdict.suffix, (-inf, 0.0)),
        Word.EQUIVALENT: (-delta, delta),
        Word.NO_RELEVANT_GAIN: (-inf, delta),
    }
    return leads.get(verdict.word, (-inf, inf))


def _pushes(outcome: str, change: float) -> str:
    """Return in which direction the plan's budget pushes the verdict.

    Where more steps raise the difference, the plan's budget counts against the claim.
    """
    if outcome != ONLY_HERE:
        return "none"
    return "against" if change > 0 else "for"


def budget_runs(runs: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each system, number of steps and seed on a dataset, with the columns RUNS.

    runs: a row for each training: dataset, system, factor, seed, steps, and dev, the development
    score after its last step. scores: the primary measure of each test query of the same runs:
    dataset, system, factor, seed, query_id, value. The trainings of a dataset's folds are averaged.
    """
    key = ["dataset", "system", "factor", "seed"]
    trainings = runs.groupby(key, sort=False, as_index=False)[["steps", "dev"]].mean()
    primary = scores.groupby(key, sort=False)["value"].mean().rename("primary").reset_index()
    joined = trainings.merge(primary, on=key, how="left", validate="one_to_one")[RUNS]
    return joined.astype({"factor": "int64", "seed": "int64", "steps": "int64"})
