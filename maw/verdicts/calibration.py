"""Calibration of a plan's tests: their error rates on experiments redrawn from these very scores.

Groups of contrasts go in, one long table comes out. A row is a share of the experiments that
`maw.significance.calibrate` redrew from the scores, an A/A check, or a test that could not be
calibrated, with the reason. All tests of the primary measure are counted, because it decides; for
other measures only E2 and its BH correction are. A family's row is about all of its contrasts: the
share in which any of them is rejected, or in which all of their intervals cover the truth.

Columns: rate and error are a share and its Monte-Carlo standard error; effect is the true
difference, multiple × SESOI; seeds says whether seeds were redrawn as variable as estimated
("estimate"), or at the upper 80 % limit of that variance ("upper"). A claim's row has no baseline;
where the claim has a name, its system is `system: claim`.
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
OTHER_DRAWS = 200  # experiments of what decides nothing: other measures, E3 and k̂
RESAMPLES = 999  # of sign-flip and BCa in each experiment; α is far above 1/1,000


@dataclass(frozen=True, slots=True)
class Redrawing:
    """The settings of the redrawn experiments, the sizes of families, and a progress callback."""

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
    """Redraw `draws` experiments for each group and count how often each test errs.

    The same groups, draws and seed give the same rows, with the columns COLUMNS. others: result of
    `calibration_groups.other_groups`; only E2 is counted for these measures, at no effect, in fewer
    experiments. repeats: datasets that are further splits of another dataset; E3 leaves them out.
    advance: called with the number of experiments that were just redrawn.
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
    """Return the name of a role's family in the table."""
    return f"any {role} contrast"


def _of_group(group: Group, groups: Sequence[Group], redrawing: Redrawing) -> Iterator[Row]:
    """Yield all rows of one group by the primary measure."""
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
    """Redraw the experiments of one group. claims: those that are counted."""
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
    """Yield the rates: contrasts in the plan's order, systems, claims, families, any claim."""
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
    """Yield the rates of E2 by each other measure and of BH over them, and what is left out."""
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
    """Yield the rates of E3 and k̂ of each contrast that at least two datasets can estimate."""
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
