"""Calibration of a plan: how often its words and tests err in experiments redrawn from its scores.

Groups of contrasts go in, one long table comes out. Most rows are rates: of the experiments that
`maw.significance.calibrate` redrew from the scores, the share in which a word is said or is false,
a test rejects, or an interval covers the true value. Other rows are A/A checks (a system tested
against itself), correlations, cautions about few seeds, and tests that are not calibrated, with the
reason. For the primary measure the words and all tests are calibrated except those named by such a
row; for other measures only E2 (the test of the training procedure) and its BH correction are. A
family is all contrasts of one role: its rate is the share of experiments in which max-T rejects any
of them.

Columns: rate and error are a share and its Monte-Carlo standard error; level is the largest rate of
errors that the plan allows, empty where a rate is no error. multiple and effect are the true
difference, in multiples of SESOI (the smallest effect size of interest) and in the measure's unit:
of a contrast, or of the systems of all claims from all other systems. seeds says which variance the
redrawn seeds have: the estimated one ("estimate"), its one-sided upper 80 % limit ("upper"), or
that of the errors over the number of queries ("error"). Only a contrast's row has a baseline. In
other rows, the column system is the name of a system, of a claim (as `calibration_groups.name_of`
returns it) or of a family, or `any claim`; the row of `any claim` without a dataset is about the
claims on all datasets.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import (
    ANY_CLAIM,
    ANY_FALSE,
    CalibratedClaim,
    CalibratedContrast,
    Calibration,
    CalibrationSettings,
    Outcome,
    OutcomeRate,
    calibrate,
)
from maw.significance.counting import WORD
from maw.significance.other_measures import BY_MEASURE, calibrate_measures
from maw.significance.over_datasets import DatasetScores, calibrate_across
from maw.significance.score_model import SEED_LEVELS
from maw.significance.words import WORDS
from maw.verdicts.calibration_groups import (
    Group,
    Pair,
    calibrated_claims,
    calibrated_contrasts,
    family_of,
    pair_of,
)
from maw.verdicts.calibration_rows import (
    COLUMNS,
    OF_PROCEDURE,
    TESTS,
    Row,
    correlation_rows,
    level_of_rate,
    limit_rows,
    missing_row,
    rate_row,
    self_check_rows,
)
from maw.verdicts.deciding import range_of

OTHER_DRAWS = 200  # experiments for results that decide nothing: other measures, E3 and k̂
# Draws of sufficient statistics for the error rate at α′: as many for each redrawn experiment
SIZES_PER_DRAW, MOST_SIZE_DRAWS = 100, 100_000
RESAMPLES = 999  # of sign-flip and BCa in each experiment; α is far above 1/1,000

FalseWords = dict[Any, list[Any]]  # multiple, level of seeds -> any false word [n] of each dataset


@dataclass(frozen=True, slots=True)
class Redrawing:
    """The plan, the settings of the redrawn experiments, and a progress callback.

    advance: called with the number of experiments that were just redrawn; None for no callback.
    """

    plan: Analysis
    settings: CalibrationSettings
    n_datasets: int
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
    """Return the calibration table, with the columns COLUMNS: rates of words, tests and intervals.

    groups: the contrasts of each dataset. draws: experiments for each dataset and each variance of
    seeds. The same arguments give the same rows. others: measure -> groups, from
    `calibration_groups.other_groups`; for these measures only E2 (the test of the training
    procedure) and BH are counted, with a true difference of 0 and at most OTHER_DRAWS experiments.
    repeats: datasets that are another split of a dataset in `groups`; the tests across datasets
    (E3: mean difference over datasets; k̂: number of datasets on which the system is better) leave
    them out. advance: called with the number of experiments that were just redrawn for `groups`.
    InputError where no look of the plan has this number of seeds.
    """
    settings = CalibrationSettings(
        alpha=plan.alpha,
        sesoi=plan.sesoi,
        draws=draws,
        size_draws=min(MOST_SIZE_DRAWS, SIZES_PER_DRAW * draws),
        resamples=RESAMPLES,
        seed=seed,
    )
    redrawing = Redrawing(plan, settings, len(groups), advance)
    rows: list[Row] = []
    false_words: FalseWords = {}
    for group in groups:
        rows += _of_group(group, redrawing, false_words)
    rows += _of_all_datasets(false_words, redrawing)
    fewer = replace(settings, draws=min(draws, OTHER_DRAWS))
    rows += _of_other_measures(others or {}, settings=fewer)
    independent = [group for group in groups if group.dataset not in repeats]
    rows += _across(independent, settings=fewer)
    n_independent = len({group.dataset for group in independent})
    rows += limit_rows(plan, groups, n_independent=n_independent)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"draws": "Int64"})


def _of_group(group: Group, redrawing: Redrawing, false_words: FalseWords) -> Iterator[Row]:
    """Yield all rows of one dataset by the primary measure; add its experiments to false_words."""
    plan, n_datasets = redrawing.plan, redrawing.n_datasets
    claims, unjudged = calibrated_claims(group, plan=plan, n_datasets=n_datasets)
    for pair, reason in group.refused.items():
        yield missing_row(group.dataset, *pair, note=reason)
    for pair, reason in group.lone.items():
        for test in OF_PROCEDURE:
            yield missing_row(group.dataset, *pair, note=reason, test=test)
    for claim, reason in unjudged.items():
        yield missing_row(group.dataset, claim, note=reason, test=WORD)
    if group.redrawn:
        contrasts = calibrated_contrasts(group, plan=plan, n_datasets=n_datasets)
        calibration = _calibrated(group, contrasts, claims, redrawing)
        for key, false in calibration.false_words.items():
            false_words.setdefault(key, []).append(false)
        yield from _rate_rows(calibration, group, contrasts=contrasts, claims=claims)
        yield from correlation_rows(calibration, group)
        yield from self_check_rows(calibration, group)


def _calibrated(
    group: Group,
    contrasts: Sequence[CalibratedContrast],
    claims: Sequence[CalibratedClaim],
    redrawing: Redrawing,
) -> Calibration:
    """Return the calibration of one dataset: rates in experiments with all its systems."""
    tables = {name: group.systems[name].table.values for name in group.names}
    return calibrate(
        tables,
        contrasts,
        group.labels,
        settings=replace(redrawing.settings, measure_range=range_of(tables.values())),
        claims=claims,
        labels={name: group.systems[name].table.seeds for name in group.names},
        trained={name: group.systems[name].trained for name in group.names},
        advance=redrawing.advance,
    )


def _rate_rows(
    calibration: Calibration,
    group: Group,
    *,
    contrasts: Sequence[CalibratedContrast],
    claims: Sequence[CalibratedClaim],
) -> Iterator[Row]:
    """Yield a row for each rate: of any claim, claims, contrasts, systems and families.

    Each of these kinds is in the plan's order. A contrast with a trained system of one seed has no
    rows for the tests of the training procedure, and a word that is never said has none.
    """
    pairs = {c.name: (c.system, c.baseline) for c in contrasts}
    families = dict.fromkeys(contrast.family for contrast in contrasts)
    order = [ANY_CLAIM, *(claim.name for claim in claims), *pairs, *group.names, *families]
    first = {subject: i for i, subject in reversed(list(enumerate(order)))}

    def position(rate: OutcomeRate) -> tuple[Any, ...]:
        outcome = rate.outcome
        return (
            TESTS.index(outcome.test) > 1,  # the words stand first
            first[outcome.subject],
            TESTS.index(outcome.test),
            outcome.quantity,
            SEED_LEVELS.index(outcome.seed_level),
            outcome.multiple,
        )

    levels = {c.name: c.level for c in contrasts} | {claim.name: claim.level for claim in claims}
    for rate in sorted(calibration.rates, key=position):
        outcome = rate.outcome
        system, baseline = pairs.get(outcome.subject, (outcome.subject, ""))
        if (system, baseline) in group.lone and outcome.test in OF_PROCEDURE:
            continue
        if outcome.quantity in WORDS and not rate.rate:
            continue
        effect = calibration.settings.effects[outcome.multiple]
        level = level_of_rate(
            outcome, alpha=calibration.settings.alpha, own=levels.get(outcome.subject)
        )
        yield rate_row(rate, group.dataset, system, baseline, effect=effect, level=level)


def _of_all_datasets(false_words: FalseWords, redrawing: Redrawing) -> Iterator[Row]:
    """Yield how often any word is false on any of several datasets, which are independent."""
    if redrawing.n_datasets == 1:
        return
    for (multiple, seed_level), of_datasets in false_words.items():
        any_false = np.any(of_datasets, axis=0)
        outcome = Outcome(ANY_CLAIM, WORD, ANY_FALSE, multiple, seed_level)
        rate = OutcomeRate(outcome, float(any_false.mean()), any_false.size)
        effect = redrawing.settings.effects[multiple]
        level = redrawing.settings.alpha
        yield rate_row(rate, "", ANY_CLAIM, "", effect=effect, level=level)


def _of_other_measures(
    others: Mapping[str, Sequence[Group]], *, settings: CalibrationSettings
) -> Iterator[Row]:
    """Yield the rows of all measures in `others`: rates of E2 by each, and of BH over all of them.

    E2: the test of the training procedure. BH: Benjamini and Hochberg's correction of its p-values.
    others: measure -> its groups. A contrast that cannot be calibrated has a row with the reason.
    """
    for dataset in dict.fromkeys(group.dataset for groups in others.values() for group in groups):
        group_by = {
            measure: group
            for measure, groups in others.items()
            for group in groups
            if group.dataset == dataset
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
                    CalibratedContrast(
                        *pair_of(pair), group.pairs[pair_of(pair)].form, family=family_of(pair.role)
                    )
                    for pair in kept
                ]
        if not tables:
            continue
        seed_labels = {
            name: system.table.seeds
            for group in group_by.values()
            for name, system in group.systems.items()
        }
        labels = next(iter(group_by.values())).labels
        rates = calibrate_measures(tables, contrasts, labels, settings=settings, labels=seed_labels)
        for rate in rates:
            system, _, baseline = rate.outcome.subject.partition(" - ")
            level = level_of_rate(rate.outcome, alpha=settings.alpha)
            yield rate_row(rate, dataset, system, baseline, effect=0.0, level=level)


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
                a, b = (group.systems[name].table for name in key)
                on_dataset = DatasetScores(
                    a.values, b.values, group.labels, group.pairs[key].form, (a.seeds, b.seeds)
                )
                datasets_of.setdefault(key, {})[group.dataset] = on_dataset
    for (system, baseline), datasets in datasets_of.items():
        if len(datasets) > 1:
            rates = calibrate_across({f"{system} - {baseline}": datasets}, settings=settings)
            for rate in sorted(rates, key=lambda rate: TESTS.index(rate.outcome.test)):
                effect = settings.effects[rate.outcome.multiple]
                level = level_of_rate(rate.outcome, alpha=settings.alpha)
                yield rate_row(rate, "", system, baseline, effect=effect, level=level)
