"""Could the study see a difference, and does it see one where there is none?

A loss of SESOI (the smallest effect size of interest) is planted into rankings, and the tests have
to find it. Two systems that are known to differ have to differ. One system, trained again on
further seeds, must not differ from itself. Each control has a row, which also says in which
direction a failure would push the verdicts: against the claims, or either way. The control of the
training budget is in `maw.verdicts.budget`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast, Test
from maw.settings.planned import SeedsForm
from maw.significance import FEWEST_SEEDS, Contrast, Interval, Word, crossed, judge_claim
from maw.significance.planning import power
from maw.verdicts.score_table import (
    Clusters,
    Labels,
    ScoredSystem,
    ScoreTables,
    cluster_labels,
    same_queries,
)
from maw.verdicts.seed_forms import PairedSystems, pair_seeds

CONTROLS = [
    "dataset", "control", "kind", "system", "baseline", "estimate", "low", "high", "target",
    "passed", "outcome", "pushes",
]  # fmt: skip
PLANTED, POSITIVE, NEGATIVE, BUDGET = "planted", "positive", "negative", "budget"
EXACT = 1e-9  # by which the measured loss may miss the planted one
ENOUGH = 0.9  # share of SESOI that must have been planted
DIFFERENCE_LEVEL = 0.95  # of the intervals that should exclude 0, or cover it
LOSS_LEVEL = 0.99  # of the interval that should cover a planted loss
SHARED: SeedsForm = "shared"

Row = dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The scores of all reported runs by the primary measure, and what is needed to test them.

    trained: system -> whether it is trained. n_seeds: number of reported seeds of trained systems.
    clusters: dataset -> query_id -> cluster, or None.
    """

    scores: ScoreTables
    plan: Analysis
    trained: Mapping[str, bool]
    n_seeds: int
    clusters: Clusters | None

    def system(self, dataset: str, name: str, scores: ScoreTables | None = None) -> ScoredSystem:
        """Return a system with its scores on a dataset; they are in `scores` if these are given."""
        tables = self.scores if scores is None else scores
        table = tables.get(dataset, system=name, measure=self.plan.primary)
        return ScoredSystem(name, self.trained[name], table)

    def labels(self, dataset: str, system: ScoredSystem) -> Labels:
        """Return the cluster of each query of a dataset, or None where they are independent."""
        return cluster_labels(self.clusters, dataset=dataset, queries=system.table.queries)

    @property
    def level(self) -> float:
        """The level α′ of the plan's first claim; α for a plan without claims."""
        tests = self.plan.tests
        return self.level_of(tests[0]) if tests else self.plan.alpha

    def level_of(self, test: Test) -> float:
        """Return the level α′ of one of the plan's claims."""
        n_datasets = len(self.scores.datasets)
        return self.plan.level_of(test, n_datasets=n_datasets, n_seeds=self.n_seeds)

    def test(self, a: ScoredSystem, b: ScoredSystem, *, dataset: str, seeds: SeedsForm) -> Contrast:
        """Return the deciding test of a − b; the plan may not have this contrast."""
        pair = self.pair(a, b, dataset=dataset, seeds=seeds)
        return crossed(
            pair.a.table.values,
            pair.b.table.values,
            self.labels(dataset, a),
            seeds=pair.form,
            trained=(a.trained, b.trained),
        )

    def pair(
        self, a: ScoredSystem, b: ScoredSystem, *, dataset: str, seeds: SeedsForm
    ) -> PairedSystems:
        """Return two systems with the seeds that a test compares, and the form of these."""
        same_queries(a.table, b.table, names=(a.name, b.name), dataset=dataset)
        # not validated: a planned contrast may not compare a system with itself
        planned = PlannedContrast.model_construct(system=a.name, baseline=b.name, seeds=seeds)
        return pair_seeds(planned, a, b, labels=self.labels(dataset, a))

    def planned_seeds(self, system: str, baseline: str) -> SeedsForm:
        """Return what the plan says of the seeds of a contrast; shared where it has none such."""
        forms = {(each.system, each.baseline): each.seeds for each in self.plan.contrasts}
        return forms.get((system, baseline), SHARED)


def planted_rows(
    study: Study, *, system: str, planted: ScoreTables | None, losses: Mapping[str, float]
) -> list[Row]:
    """Return a row for each dataset: is a loss found that was planted into a system's rankings?

    planted: the scores of the system with the loss; None where the primary measure is not nDCG@k,
    in which alone a loss can be planted. losses: dataset -> what the mean has lost. The difference
    from the same rankings without the loss must be just this, and its word "refuted".
    """
    rows = []
    for dataset in study.scores.datasets:
        lost = losses.get(dataset, nan)
        row = control_row(dataset, "planted loss", PLANTED, pair=(system, system), target=-lost)
        reason = _not_possible(study.plan, lost=lost)
        if reason or planted is None:
            rows.append(row | {"outcome": f"not possible: {reason}"})
            continue
        a, b = study.system(dataset, system, planted), study.system(dataset, system)
        contrast = study.test(a, b, dataset=dataset, seeds="shared")
        rows.append(row | _planted_outcome(contrast, study, lost=lost))
    return rows


def _not_possible(plan: Analysis, *, lost: float) -> str:
    """Return why no loss can be planted that the tests must find; "" where one was planted."""
    if isnan(lost):
        return f"a loss is planted in nDCG@k, and the primary measure is {plan.primary}"
    if lost < ENOUGH * (plan.sesoi or 0):
        return f"the rankings can lose no more than {lost:.4f}"
    return ""


def _planted_outcome(contrast: Contrast, study: Study, *, lost: float) -> Row:
    verdict = judge_claim([contrast], level=study.level, sesoi=study.plan.sesoi)
    columns: Row = {"estimate": contrast.mean, "low": verdict.lower, "high": verdict.upper}
    if abs(contrast.mean + lost) > EXACT:
        return columns | _failed("of another size than planted", pushes="both")
    if verdict.word in (Word.NOT_ESTIMABLE, Word.NOT_CONTROLLED):
        return columns | {"outcome": f"not possible: {_too_few(contrast)}"}
    if verdict.word != Word.REFUTED:
        return columns | _failed(f"missed: {verdict.word}", pushes="against")
    return columns | _passed("found")


def positive_rows(study: Study) -> list[Row]:
    """Return a row for each dataset: do two systems differ that are known to differ?

    The 95 % interval of their difference must lie above 0.
    """
    pair = study.plan.controls.positive
    if pair is None:
        return []
    seeds = study.planned_seeds(pair.system, pair.baseline)
    rows = []
    for dataset in study.scores.datasets:
        a, b = study.system(dataset, pair.system), study.system(dataset, pair.baseline)
        contrast = study.test(a, b, dataset=dataset, seeds=seeds)
        row = control_row(dataset, "known difference", POSITIVE, pair=(a.name, b.name), target=0)
        interval, columns = _interval(contrast, level=DIFFERENCE_LEVEL)
        if interval is not None:
            is_found = interval.low > 0
            columns |= _passed("found") if is_found else _failed("missed", pushes="against")
        rows.append(row | columns)
    return rows


def negative_rows(study: Study, *, further: ScoreTables) -> list[Row]:
    """Return a row for each dataset: does a system differ from itself, trained on further seeds?

    further: the scores of the further trainings. The seeds are independent. The difference is the
    noise floor; its 95 % interval should cover 0, and misses it by chance in one of 20 studies.
    """
    negative = study.plan.controls.negative
    if negative is None:
        return []
    name, rows = negative.system, []
    for dataset in study.scores.datasets:
        a, b = study.system(dataset, name, further), study.system(dataset, name)
        contrast = study.test(a, b, dataset=dataset, seeds="independent")
        row = control_row(dataset, "further seeds", NEGATIVE, pair=(name, name), target=0)
        interval, columns = _interval(contrast, level=DIFFERENCE_LEVEL)
        if interval is not None:
            covers = interval.low <= 0 <= interval.high
            columns |= _passed("covers 0") if covers else _failed("excludes 0", pushes="both")
        rows.append(row | columns)
    return rows


def planted_further_rows(
    study: Study, *, planted: ScoreTables, losses: Mapping[str, float]
) -> list[Row]:
    """Return a row for each dataset: is a loss found that was planted into further trainings?

    planted, losses: as in `planted_rows`, for the trainings of the negative control, which are
    compared with the reported ones. The 99 % interval must cover the loss. The power is the chance
    that an experiment of this size finds the loss at the level of the first claim.
    """
    negative = study.plan.controls.negative
    if negative is None:
        return []
    name, rows = negative.system, []
    for dataset in study.scores.datasets:
        lost = losses.get(dataset, nan)
        control = "planted loss on further seeds"
        row = control_row(dataset, control, POSITIVE, pair=(name, name), target=-lost)
        if reason := _not_possible(study.plan, lost=lost):
            rows.append(row | {"outcome": f"not possible: {reason}"})
            continue
        a, b = study.system(dataset, name, planted), study.system(dataset, name)
        contrast = study.test(a, b, dataset=dataset, seeds="independent")
        interval, columns = _interval(contrast, level=LOSS_LEVEL)
        if interval is not None:
            chance = power(contrast.test.spread, lead=lost, alpha=study.level)
            beside = f"(power {chance:.2f})"
            covers = interval.low <= -lost <= interval.high
            columns |= (
                _passed(f"covers the loss {beside}")
                if covers
                else _failed(f"misses the loss {beside}", pushes="both")
            )
        rows.append(row | columns)
    return rows


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the table of controls, with the columns CONTROLS.

    estimate, low, high and target are in the primary measure's unit, nan where there is none;
    passed is empty where the control was not possible.
    """
    frame = pd.DataFrame(rows, columns=CONTROLS)
    numbers = dict.fromkeys(("estimate", "low", "high", "target"), "float64")
    texts = {name: "str" for name in CONTROLS if name not in (*numbers, "passed")}
    return frame.astype({**numbers, **texts, "passed": "boolean"})


def withheld(controls: pd.DataFrame) -> dict[str, str]:
    """Return dataset -> the control that failed there, and so forbids "equivalent" and its like.

    A study that misses a loss of SESOI, or a difference that is known, may not say that a gain is
    absent (ICH E10). controls: the table of controls. Datasets without such a failure are left out.
    """
    failed = controls[controls["kind"].isin([PLANTED, POSITIVE]) & controls["passed"].eq(False)]
    return dict(zip(failed["dataset"][::-1], failed["control"][::-1], strict=True))


def _interval(contrast: Contrast, *, level: float) -> tuple[Interval | None, Row]:
    """Return the interval at a level, and the columns of the estimate and of its limits.

    The interval is None, and the outcome "not possible", where too few seeds are there to test.
    """
    interval = contrast.confidence_interval(level)
    columns: Row = {"estimate": contrast.mean, "low": interval.low, "high": interval.high}
    if reason := _too_few(contrast):
        return None, columns | {"outcome": f"not possible: {reason}"}
    return interval, columns


def _too_few(contrast: Contrast) -> str:
    """Return why a contrast cannot be judged; "" where it can."""
    n_seeds = contrast.fewest_seeds
    if n_seeds is not None and n_seeds < FEWEST_SEEDS:
        return f"{n_seeds} seeds, and {FEWEST_SEEDS} are needed"
    return "" if contrast.estimable else "the difference cannot be estimated"


def control_row(
    dataset: str, control: str, kind: str, *, pair: tuple[str, str], target: float
) -> Row:
    """Return the row of a control that was not possible. pair: a system and its baseline."""
    return {
        **{"dataset": dataset, "control": control, "kind": kind},
        **{"system": pair[0], "baseline": pair[1]},
        **dict.fromkeys(("estimate", "low", "high"), nan),
        **{"target": target, "passed": None, "outcome": "", "pushes": "none"},
    }


def _passed(outcome: str) -> Row:
    return {"passed": True, "outcome": outcome, "pushes": "none"}


def _failed(outcome: str, *, pushes: str) -> Row:
    return {"passed": False, "outcome": outcome, "pushes": pushes}
