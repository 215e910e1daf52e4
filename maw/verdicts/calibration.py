"""Calibration of a plan's tests: their error rates in experiments redrawn from these very scores.

Groups of contrasts go in, one long table comes out. Most rows are rates: of the experiments that
`maw.significance.calibrate` redrew from the scores, the share in which a test rejects or an
interval covers the true value. Other rows are A/A checks (a system tested against itself), cautions
about few seeds, and tests that are not calibrated, with the reason. For the primary measure all
tests are calibrated except those named by such a row; for other measures only E2 (the test of the
training procedure) and its BH correction are. A family is all contrasts of one role: its rates are
the share of experiments in which max-T rejects any of them, and in which the simultaneous intervals
of all of them cover the true values.

Columns: rate and error are a share and its Monte-Carlo standard error; effect is the true
difference, multiple × SESOI (the smallest effect size of interest); seeds says which variance the
redrawn seeds have: the estimated one ("estimate"), or its one-sided upper 80 % limit ("upper").
Only a contrast's row has a baseline. In other rows, the column system is the name of a system, of a
claim (as `calibration_groups.carried_by` returns it) or of a family, or `any claim`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import (
    ANY_CLAIM,
    CalibratedContrast,
    Calibration,
    CalibrationSettings,
    OutcomeRate,
    calibrate,
)
from maw.significance.other_measures import BY_MEASURE, calibrate_measures
from maw.significance.over_datasets import DatasetScores, calibrate_across
from maw.verdicts.calibration_groups import (
    Group,
    Pair,
    carried_by,
    claims_of,
    family_sizes,
    names_of,
    pair_of,
)
from maw.verdicts.calibration_rows import (
    COLUMNS,
    HOLM,
    OF_PROCEDURE,
    TESTS,
    Row,
    limit_rows,
    missing_row,
    rate_row,
    self_check_rows,
)

KEY = ["dataset", "system", "baseline", "test", "quantity", "multiple", "seeds"]
OTHER_DRAWS = 200  # experiments for results that decide nothing: other measures, E3 and k̂
RESAMPLES = 999  # of sign-flip and BCa in each experiment; α is far above 1/1,000


@dataclass(frozen=True, slots=True)
class Redrawing:
    """The settings of the redrawn experiments, the sizes of families, and a progress callback.

    advance: called with the number of experiments that were just redrawn; None for no callback.
    """

    settings: CalibrationSettings
    n_tests: Mapping[str, int]  # role -> number of tests in its family
    advance: Callable[[int], object] | None


def calibrate_plan(
    groups: Sequence[Group],
    *,
    plan: Analysis,
    draws: int,
    seed: int,
    others: Mapping[str, Sequence[Group]] | None = None,
    repeats: Collection[str] = (),
    advance: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """Return the calibration table, with the columns COLUMNS: rates of tests and intervals.

    groups: contrasts whose scores are redrawn together. draws: experiments for each group and each
    of the two variances of seeds (estimate, upper limit). The same arguments give the same rows.
    others: measure -> groups, from `calibration_groups.other_groups`; for these measures only E2
    (the test of the training procedure) and BH are counted, with a true difference of 0 and at most
    OTHER_DRAWS experiments. repeats: datasets that are another split of a dataset in `groups`; the
    tests across datasets (E3: mean difference over datasets; k̂: number of datasets on which the
    system is better) leave them out. advance: called with the number of experiments that were just
    redrawn for `groups`.
    """
    settings = CalibrationSettings(
        alpha=plan.alpha, sesoi=plan.sesoi, draws=draws, resamples=RESAMPLES, seed=seed
    )
    redrawing = Redrawing(settings, family_sizes(groups), advance)
    rows = [row for group in groups for row in _of_group(group, groups, redrawing)]
    fewer = replace(settings, draws=min(draws, OTHER_DRAWS))
    rows += _of_other_measures(others or {}, settings=fewer)
    independent = [group for group in groups if group.dataset not in repeats]
    rows += _across(independent, settings=fewer)
    n_independent = len({group.dataset for group in independent})
    rows += limit_rows(plan, groups, n_independent=n_independent)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"draws": "Int64"})
    # a system with linked and with other contrasts is in two groups: its mean is shown once
    return table[~table.duplicated(KEY) | table["multiple"].isna()].reset_index(drop=True)


def family_of(role: str) -> str:
    """Return the name that the table gives to the family of all contrasts of a role."""
    return f"any {role} contrast"


def _of_group(group: Group, groups: Sequence[Group], redrawing: Redrawing) -> Iterator[Row]:
    """Yield all rows of one group by the primary measure.

    groups: all groups, because a claim may have contrasts in several of them.
    """
    claims = claims_of(group, groups)
    for pair, reason in group.refused.items():
        yield missing_row(group.dataset, *pair, note=reason)
    for pair, reason in group.lone.items():
        for test in OF_PROCEDURE:
            yield missing_row(group.dataset, *pair, note=reason, test=test)
    for claim, reason in claims.items():
        if reason:
            yield missing_row(group.dataset, claim, note=reason, test=HOLM)
    if group.redrawn:
        counted_claims = {claim for claim, reason in claims.items() if not reason}
        calibration = _calibrated(group, counted_claims, redrawing)
        yield from _rate_rows(calibration, group, effects=redrawing.settings.effects)
        yield from self_check_rows(calibration, group)


def _calibrated(group: Group, claims: Collection[str], redrawing: Redrawing) -> Calibration:
    """Return the calibration of one group: the rates of its tests in redrawn experiments.

    claims: the claims whose rates are counted, too.
    """
    planned = [
        CalibratedContrast(
            pair.system,
            pair.baseline,
            tuple(claim for claim in carried_by(pair) if claim in claims),
            family=family_of(pair.role),
            n_tests=max(1, redrawing.n_tests.get(pair.role, 1)),
        )
        for pair in group.redrawn
    ]
    names = names_of(group)
    return calibrate(
        {name: group.systems[name].table.values for name in names},
        planned,
        group.labels,
        settings=redrawing.settings,
        trained={name: group.systems[name].trained for name in names},
        linked=group.linked,
        advance=redrawing.advance,
    )


def _rate_rows(
    calibration: Calibration, group: Group, *, effects: Mapping[float, float]
) -> Iterator[Row]:
    """Yield a row for each rate: of contrasts, systems, claims, families, and of any claim.

    Each of these kinds is in the plan's order. A contrast with a trained system of one seed has no
    rows for the tests of the training procedure. effects: multiple of SESOI -> true difference.
    """
    pairs = {f"{pair.system} - {pair.baseline}": pair_of(pair) for pair in group.redrawn}
    claims = dict.fromkeys(name for pair in group.redrawn for name in carried_by(pair))
    families = dict.fromkeys(family_of(pair.role) for pair in group.redrawn)
    order = [*pairs, *names_of(group), *claims, *families, ANY_CLAIM]

    def position(rate: OutcomeRate) -> tuple[Any, ...]:
        outcome = rate.outcome
        test = TESTS.index(outcome.test)
        return (
            order.index(outcome.subject),
            test,
            outcome.quantity,
            outcome.seed_level,
            outcome.multiple,
        )

    for rate in sorted(calibration.rates, key=position):
        outcome = rate.outcome
        system, baseline = pairs.get(outcome.subject, (outcome.subject, ""))
        if (system, baseline) in group.lone and outcome.test in OF_PROCEDURE:
            continue
        effect = effects[outcome.multiple]
        yield rate_row(rate, group.dataset, system, baseline, effect=effect)


def _of_other_measures(
    others: Mapping[str, Sequence[Group]], *, settings: CalibrationSettings
) -> Iterator[Row]:
    """Yield the rows of all measures in `others`: rates of E2 by each, and of BH over all of them.

    E2: the test of the training procedure. BH: Benjamini and Hochberg's correction of its p-values.
    others: measure -> its groups. A contrast that cannot be calibrated has a row with the reason.
    """
    keys = dict.fromkeys((g.dataset, g.linked) for groups in others.values() for g in groups)
    for dataset, linked in keys:
        group_by = {
            measure: group
            for measure, groups in others.items()
            for group in groups
            if (group.dataset, group.linked) == (dataset, linked)
        }
        tables, contrasts = {}, {}
        for measure, group in group_by.items():
            for key, reason in {**group.refused, **group.lone}.items():
                yield missing_row(dataset, *key, note=reason, test=BY_MEASURE + measure)
            kept = [pair for pair in group.redrawn if pair_of(pair) not in group.lone]
            if kept:
                names = dict.fromkeys(name for pair in kept for name in pair_of(pair))
                tables[measure] = {name: group.systems[name].table.values for name in names}
                contrasts[measure] = [
                    CalibratedContrast(*pair_of(pair), family=family_of(pair.role)) for pair in kept
                ]
        if not tables:
            continue
        labels = next(iter(group_by.values())).labels
        for rate in calibrate_measures(tables, contrasts, labels, settings=settings, linked=linked):
            system, _, baseline = rate.outcome.subject.partition(" - ")
            yield rate_row(rate, dataset, system, baseline, effect=0.0)


def _across(groups: Sequence[Group], *, settings: CalibrationSettings) -> Iterator[Row]:
    """Yield rows on how often the tests over datasets reject, and the intervals of E3 cover.

    E3 is the mean difference over datasets, tested from three datasets on; k̂ is the number of
    datasets on which the system is shown to be better. Each contrast needs at least two datasets. A
    dataset on which a contrast is not redrawn, or only for its tests of E1 (`Group.lone`), is left
    out.
    """
    datasets_of: dict[Pair, dict[str, DatasetScores]] = {}
    for group in groups:
        for key in map(pair_of, group.redrawn):
            if key not in group.lone:
                a, b = (group.systems[name].table.values for name in key)
                on_dataset = DatasetScores(a, b, group.labels, group.linked)
                datasets_of.setdefault(key, {})[group.dataset] = on_dataset
    for (system, baseline), datasets in datasets_of.items():
        if len(datasets) > 1:
            rates = calibrate_across({f"{system} - {baseline}": datasets}, settings=settings)
            for rate in sorted(rates, key=lambda rate: TESTS.index(rate.outcome.test)):
                effect = settings.effects[rate.outcome.multiple]
                yield rate_row(rate, "", system, baseline, effect=effect)
