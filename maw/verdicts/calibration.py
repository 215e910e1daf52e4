"""Do the page's tests keep what they promise on these very scores? Frames in, one long table out.

A row is a share of experiments that `maw.significance.calibrate` redrew from the scores, an A/A
check, or a test that could not be calibrated and why. The primary measure decides and is counted
whole; of the others E2 and their BH. A family's row is about all of its contrasts: that any is
rejected, that all intervals hold.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import ANY_CLAIM, Calibration, Planned, Rate, Settings, calibrate
from maw.significance.copies import FEWEST_FOR_HALVES
from maw.significance.other_measures import BY_OTHER, calibrate_measures
from maw.significance.over_datasets import ACROSS, OnDataset, calibrate_across
from maw.significance.random_effects import FEWEST_DATASETS
from maw.verdicts.calibration_groups import (
    Group,
    Pair,
    carried_by,
    claims_of,
    family_sizes,
    names_of,
    pair_of,
)
from maw.verdicts.contrasts import BINARY

# fmt: off
COLUMNS = (
    "dataset", "system", "baseline", "test", "quantity", "multiple", "effect", "seeds", "rate",
    "error", "draws", "note",
)
TESTS = (
    "E2", "E2, simultaneous", "t", "BCa", "Wilcoxon", "Pratt", "sign", "sign-flip", "max-T",
    "McNemar", "d_z", "rank-biserial", "TOST", "E2, Holm", "E2, Bonferroni", "E2, BH", "E2, BY",
    "TOST, Holm", "variance of query", "variance of seed", "variance of error", *ACROSS,
)
# fmt: on
KEY = ["dataset", "system", "baseline", "test", "quantity", "multiple", "seeds"]
OF_PROCEDURE = (
    "E2",
    "E2, simultaneous",
    "TOST",
)  # tests of what one seed of a trained system cannot show
HOLM, COPY, HALVES = "E2, Holm", "A/A copy", "A/A halves"
NOT = "not calibrated"
OTHER_DRAWS = 200  # experiments of what decides nothing: other measures, E3 and k̂
RESAMPLES = 999  # of sign-flip and BCa in each experiment; α is far above 1/1,000

Row = dict[str, Any]


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
    """Columns as in COLUMNS. Same groups, draws and seed: the same rows.

    others: as `redrawn.other_groups`, of which E2 is counted at no effect, in fewer experiments.
    repeats: datasets that are further splits of another, and of which E3 therefore knows nothing.

    rate, error: a share and its Monte-Carlo standard error. effect: the true difference, multiple ×
    SESOI; seeds: drawn as variable as estimated, or at the upper 80 % limit of that ("upper"). A
    claim's rows have no baseline; of a claim with a name, system is `system: claim`. quantity "not
    calibrated": note says why.
    """
    settings = Settings(
        alpha=plan.alpha, sesoi=plan.sesoi, draws=draws, resamples=RESAMPLES, seed=seed
    )
    rows = []
    tests = family_sizes(groups)
    for group in groups:
        claims = claims_of(group, groups)
        rows += [_absent(group.dataset, *key, told=told) for key, told in group.refused.items()]
        for key, told in group.lone.items():
            rows += [_absent(group.dataset, *key, told=told, test=name) for name in OF_PROCEDURE]
        rows += [
            _absent(group.dataset, name, told=told, test=HOLM)
            for name, told in claims.items()
            if told
        ]
        if group.redrawn:
            found = _calibrated(group, claims, tests=tests, settings=settings, advance=advance)
            rows += [*_rates(found, group, settings=settings), *_self_checks(found, group)]
    fewer = replace(settings, draws=min(draws, OTHER_DRAWS))
    rows += _of_others(others or {}, settings=fewer)
    apart = [group for group in groups if group.dataset not in repeats]
    rows += _across(apart, settings=fewer)
    rows += _limits(plan, groups, n_apart=len({group.dataset for group in apart}))
    found = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"draws": "Int64"})
    # a system with linked and with other contrasts is redrawn with both: its mean is told once
    return found[~found.duplicated(KEY) | found["multiple"].isna()].reset_index(drop=True)


def _calibrated(
    group: Group,
    claims: Mapping[str, str],
    *,
    tests: Mapping[str, int],
    settings: Settings,
    advance: Callable[[int], object] | None,
) -> Calibration:
    kept = {name for name, told in claims.items() if not told}
    planned = [
        Planned(
            pair.system,
            pair.baseline,
            tuple(claim for claim in carried_by(pair) if claim in kept),
            family=family_of(pair.role),
            tests=max(1, tests.get(pair.role, 1)),
        )
        for pair in group.redrawn
    ]
    names = names_of(group)
    return calibrate(
        {name: group.sides[name].table.values for name in names},
        planned,
        group.labels,
        settings=settings,
        trained={name: group.sides[name].trained for name in names},
        linked=group.linked,
        advance=advance,
    )


def _rates(found: Calibration, group: Group, *, settings: Settings) -> Iterator[Row]:
    """Contrasts in the plan's order, then claims, then any claim; test by test."""
    pairs = {f"{pair.system} - {pair.baseline}": pair_of(pair) for pair in group.redrawn}
    claims = dict.fromkeys(name for pair in group.redrawn for name in carried_by(pair))
    families = dict.fromkeys(family_of(pair.role) for pair in group.redrawn)
    order = [*pairs, *names_of(group), *claims, *families, ANY_CLAIM]

    def place(rate: Rate) -> tuple[Any, ...]:
        key = rate.key
        return (
            order.index(key.contrast),
            TESTS.index(key.test),
            key.quantity,
            key.seeds,
            key.multiple,
        )

    for rate in sorted(found.rates, key=place):
        key = rate.key
        system, baseline = pairs.get(key.contrast, (key.contrast, ""))
        if (system, baseline) in group.lone and key.test in OF_PROCEDURE:
            continue
        effect = settings.effects[key.multiple]
        yield _counted(rate, group.dataset, system, baseline, effect=effect)


def _of_others(others: Mapping[str, Sequence[Group]], *, settings: Settings) -> Iterator[Row]:
    """E2 by each other measure, and BH over them, group by group; what cannot be tested and why."""
    places = dict.fromkeys((g.dataset, g.linked) for groups in others.values() for g in groups)
    for dataset, linked in places:
        here = {
            measure: group
            for measure, groups in others.items()
            for group in groups
            if (group.dataset, group.linked) == (dataset, linked)
        }
        tables, contrasts = {}, {}
        for measure, group in here.items():
            for key, told in {**group.refused, **group.lone}.items():
                yield _absent(dataset, *key, told=told, test=BY_OTHER + measure)
            kept = [pair for pair in group.redrawn if pair_of(pair) not in group.lone]
            if kept:
                sides = dict.fromkeys(name for pair in kept for name in pair_of(pair))
                tables[measure] = {name: group.sides[name].table.values for name in sides}
                contrasts[measure] = [
                    Planned(*pair_of(pair), family=family_of(pair.role)) for pair in kept
                ]
        if not tables:
            continue
        labels = next(iter(here.values())).labels
        found = calibrate_measures(tables, contrasts, labels, settings=settings, linked=linked)
        for rate in found:
            system, _, baseline = rate.key.contrast.partition(" - ")
            yield _counted(rate, dataset, system, baseline, effect=0.0)


def _across(groups: Sequence[Group], *, settings: Settings) -> Iterator[Row]:
    """E3 and k̂ of each contrast that two datasets or more can tell of."""
    found: dict[Pair, dict[str, OnDataset]] = {}
    for group in groups:
        for key in map(pair_of, group.redrawn):
            if key not in group.lone:
                a, b = (group.sides[name].table.values for name in key)
                here = OnDataset(a, b, group.labels, group.linked)
                found.setdefault(key, {})[group.dataset] = here
    for (system, baseline), datasets in found.items():
        if len(datasets) > 1:
            rates = calibrate_across({f"{system} - {baseline}": datasets}, settings=settings)
            for rate in sorted(rates, key=lambda rate: TESTS.index(rate.key.test)):
                effect = settings.effects[rate.key.multiple]
                yield _counted(rate, "", system, baseline, effect=effect)


def _counted(rate: Rate, dataset: str, system: str, baseline: str, *, effect: float) -> Row:
    key = rate.key
    return {
        "dataset": dataset,
        "system": system,
        "baseline": baseline,
        "test": key.test,
        "quantity": key.quantity,
        "multiple": key.multiple,
        "effect": effect,
        "seeds": key.seeds,
        "rate": rate.rate,
        "error": rate.error,
        "draws": rate.draws,
        "note": "",
    }


def _self_checks(found: Calibration, group: Group) -> Iterator[Row]:
    """A/A: a system against its copy, and two halves of its seeds against each other."""
    share = 0.0 if found.copies_never_differ else 1.0
    told = "every test of every system against a copy of itself"
    yield _row(group.dataset, test=COPY, quantity="differs", rate=share, note=told)
    for name in names_of(group):
        n_seeds = group.sides[name].n_seeds
        if name in found.halves:
            told = f"share of the splits of {n_seeds} seeds into halves with p < α: one look"
            rate = found.halves[name]
            yield _row(group.dataset, name, test=HALVES, quantity="differs", rate=rate, note=told)
        elif n_seeds > 1:
            told = f"{n_seeds} seeds; halves need {FEWEST_FOR_HALVES}"
            yield _absent(group.dataset, name, told=told, test=HALVES)
    for flag in found.flags:
        if not flag.blocks:
            yield _row(group.dataset, test="E2", quantity="caution", note=str(flag))


def _limits(plan: Analysis, groups: Sequence[Group], *, n_apart: int) -> Iterator[Row]:
    """What this plan, or this calibration, leaves out whatever the scores are."""
    n_datasets = len({group.dataset for group in groups})
    if plan.sesoi is None:
        yield _absent("", test="power, TOST", told="the plan states no smallest effect of interest")
    if n_datasets > 1 and any(pair.role == "confirmatory" for pair in plan.contrasts):
        told = "Holm goes over the claims of all datasets; here it goes over those of each"
        yield _absent("", test=HOLM, told=told)
    if n_datasets > 1 or len({group.linked for group in groups}) > 1:
        told = "its family is redrawn for each dataset, and for linked seeds, by itself"
        yield _absent("", test="max-T", told=told)
    if not plan.primary.startswith(BINARY):
        told = f"shown for single runs by measures that are 0 or 1, and {plan.primary} is none"
        yield _absent("", test="McNemar", told=told)
    if any(group.labels for group in groups):
        told = "not shown either where queries come in clusters"
        yield _absent("", test="McNemar, rank-biserial interval", told=told)
    told = "they decide nothing: of them E2 alone is counted, at no effect, in fewer experiments"
    yield _absent("", test="other tests of other measures", told=told)
    if n_apart == 1:
        told = "one dataset: nothing is estimated across datasets, so there is nothing to calibrate"
        yield _absent("", test="E3 and k̂", told=told)
    elif n_apart < FEWEST_DATASETS:
        told = f"{n_apart} datasets: the spread over datasets needs {FEWEST_DATASETS}"
        yield _absent("", test="E3", told=told)
    if n_apart < n_datasets:
        told = "its splits share queries and documents, which scores alone cannot be redrawn with"
        yield _absent("", test="corrected resampled t", told=told)


def family_of(role: str) -> str:
    """What the family of a role is called in the table."""
    return f"any {role} contrast"


def _absent(
    dataset: str, system: str = "", baseline: str = "", *, told: str, test: str = "every test"
) -> Row:
    return _row(dataset, system, baseline, test=test, quantity=NOT, note=told)


def _row(dataset: str, system: str = "", baseline: str = "", **cells: Any) -> Row:
    """A row without a redrawn experiment."""
    empty = {"multiple": nan, "effect": nan, "seeds": "", "rate": nan, "error": nan, "draws": None}
    return {"dataset": dataset, "system": system, "baseline": baseline, **empty, **cells}
