"""Do the page's tests keep what they promise on these very scores? Frames in, one long table out.

A row is a share of experiments that `maw.significance.calibrate` redrew from the scores, an A/A
check, or a test that could not be calibrated and why. The primary measure alone: it decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd

from maw.contrasts import Side
from maw.plan import BETTER, Analysis, Contrast
from maw.score_table import Clusters, Labels, ScoreTables, cluster_labels, same_queries
from maw.significance import ANY_CLAIM, Calibration, Planned, Rate, Settings, calibrate, crossed
from maw.significance.copies import FEWEST_FOR_HALVES
from maw.significance.reasons import seed_flags
from maw.significance.score_model import LEVELS

# fmt: off
COLUMNS = (
    "dataset", "system", "baseline", "test", "quantity", "multiple", "effect", "seeds", "rate",
    "error", "draws", "note",
)
TESTS = ("E2", "t", "BCa", "Wilcoxon", "sign", "sign-flip", "TOST", "E2, Holm", "TOST, Holm")
# fmt: on
KEY = ["dataset", "system", "baseline", "test", "quantity", "multiple", "seeds"]
OF_PROCEDURE = ("E2", "TOST")  # tests of what one seed of a trained system cannot show
HOLM, COPY, HALVES = "E2, Holm", "A/A copy", "A/A halves"
NOT = "not calibrated"
UNCOUNTED = "max-T, McNemar, simultaneous intervals, those of effect sizes, datasets together"
RESAMPLES = 999  # of sign-flip and BCa in each experiment; α is far above 1/1,000

Row = dict[str, Any]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Contrasts of one dataset that are redrawn together: those with linked seeds, or the rest.

    refused: why a contrast is not redrawn at all; lone: why only E1's tests of it are counted.
    """

    dataset: str
    linked: bool
    contrasts: tuple[Contrast, ...]
    sides: Mapping[str, Side]
    labels: Labels
    refused: Mapping[Pair, str]
    lone: Mapping[Pair, str]

    @property
    def redrawn(self) -> list[Contrast]:
        """What is left to redraw."""
        return [pair for pair in self.contrasts if _key(pair) not in self.refused]


def groups_of(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> list[Group]:
    """All groups, dataset by dataset. InputError as `maw.analysis.compare`."""
    tables = ScoreTables(scores)
    found = []
    for dataset in tables.datasets:
        names = dict.fromkeys(name for pair in plan.contrasts for name in _key(pair))
        sides = {
            name: Side(name, trained[name], tables.get(dataset, system=name, measure=plan.primary))
            for name in names
        }
        first, *rest = sides.values() if sides else (None,)
        if first is None:
            continue
        for other in rest:
            same_queries(first.table, other.table, names=(first.name, other.name), dataset=dataset)
        labels = cluster_labels(clusters, dataset=dataset, queries=first.table.queries)
        for linked in (False, True):
            pairs = tuple(pair for pair in plan.contrasts if pair.linked is linked)
            if pairs:
                found.append(_group(dataset, pairs, sides, labels, linked=linked))
    return found


def n_experiments(groups: Sequence[Group], *, draws: int) -> int:
    """How many experiments `calibrate_plan` redraws."""
    return sum(len(LEVELS) * draws for group in groups if group.redrawn)


def calibrate_plan(
    groups: Sequence[Group],
    *,
    plan: Analysis,
    draws: int,
    seed: int,
    advance: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """Columns as in COLUMNS. Same groups, draws and seed: the same rows.

    rate, error: a share and its Monte-Carlo standard error. effect: the true difference, multiple ×
    SESOI; seeds: drawn as variable as estimated, or at the upper 80 % limit of that ("upper"). A
    claim's rows have no baseline; of a claim with a name, system is `system: claim`. quantity "not
    calibrated": note says why.
    """
    settings = Settings(
        alpha=plan.alpha, sesoi=plan.sesoi, draws=draws, resamples=RESAMPLES, seed=seed
    )
    rows = []
    for group in groups:
        claims = _claims(group, groups)
        rows += [_absent(group.dataset, *key, told=told) for key, told in group.refused.items()]
        for key, told in group.lone.items():
            rows += [_absent(group.dataset, *key, told=told, test=name) for name in OF_PROCEDURE]
        rows += [
            _absent(group.dataset, name, told=told, test=HOLM)
            for name, told in claims.items()
            if told
        ]
        if group.redrawn:
            found = _calibrated(group, claims, settings=settings, advance=advance)
            rows += [*_rates(found, group, settings=settings), *_self_checks(found, group)]
    rows += _limits(plan, n_datasets=len({group.dataset for group in groups}))
    found = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"draws": "Int64"})
    # a system with linked and with other contrasts is redrawn with both: its mean is told once
    return found[~found.duplicated(KEY) | found["multiple"].isna()].reset_index(drop=True)


def _group(
    dataset: str,
    pairs: tuple[Contrast, ...],
    sides: Mapping[str, Side],
    labels: Labels,
    *,
    linked: bool,
) -> Group:
    """Sorts out what cannot be redrawn, or not whole."""
    refused: dict[Pair, str] = {}
    lone: dict[Pair, str] = {}
    for pair in pairs:
        a, b = sides[pair.system], sides[pair.baseline]
        blocks = [f for f in crossed(a.table.values, b.table.values, labels).flags if f.blocks]
        alone = [
            str(flag)
            for flag in seed_flags(
                (a.n_seeds, b.n_seeds), trained=(a.trained, b.trained), names=(a.name, b.name)
            )
            if flag.blocks
        ]
        if linked and a.table.seeds != b.table.seeds:
            refused[_key(pair)] = "linked seeds, but the two systems do not have the same ones"
        elif blocks:
            refused[_key(pair)] = str(blocks[0])
        elif alone:
            lone[_key(pair)] = "; ".join(alone)
    return Group(dataset, linked, pairs, sides, labels, refused, lone)


def _claims(group: Group, groups: Sequence[Group]) -> dict[str, str]:
    """Claims of this group; "" where all controls can be redrawn together, else why not."""
    told = {}
    for claim in (name for pair in group.contrasts for name in _carried(pair)):
        mine = {_key(other) for other in group.contrasts if claim in _carried(other)}
        elsewhere = [
            other
            for there in groups
            if there.dataset == group.dataset and there is not group
            for other in there.contrasts
            if claim in _carried(other)
        ]
        lost = [why for key, why in {**group.refused, **group.lone}.items() if key in mine]
        if elsewhere:
            lost.append("some of its contrasts have linked seeds, others not")
        told[claim] = "; ".join(dict.fromkeys(lost))
    return told


def _carried(pair: Contrast) -> tuple[str, ...]:
    """The claims of a contrast, as they stand in the table."""
    return tuple(
        pair.system if claim == BETTER else f"{pair.system}: {claim}" for claim in pair.carried
    )


def _calibrated(
    group: Group,
    claims: Mapping[str, str],
    *,
    settings: Settings,
    advance: Callable[[int], object] | None,
) -> Calibration:
    kept = {name for name, told in claims.items() if not told}
    planned = [
        Planned(pair.system, pair.baseline, tuple(c for c in _carried(pair) if c in kept))
        for pair in group.redrawn
    ]
    names = _names(group)
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
    pairs = {f"{pair.system} - {pair.baseline}": _key(pair) for pair in group.redrawn}
    claims = dict.fromkeys(name for pair in group.redrawn for name in _carried(pair))
    order = [*pairs, *_names(group), *claims, ANY_CLAIM]

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
        yield {
            "dataset": group.dataset,
            "system": system,
            "baseline": baseline,
            "test": key.test,
            "quantity": key.quantity,
            "multiple": key.multiple,
            "effect": settings.effects[key.multiple],
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
    for name in _names(group):
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


def _limits(plan: Analysis, *, n_datasets: int) -> Iterator[Row]:
    """What this plan, or this calibration, leaves out whatever the scores are."""
    if plan.sesoi is None:
        yield _absent("", test="power, TOST", told="the plan states no smallest effect of interest")
    if n_datasets > 1 and any(pair.role == "confirmatory" for pair in plan.contrasts):
        told = "Holm goes over the claims of all datasets; here it goes over those of each"
        yield _absent("", test=HOLM, told=told)
    told = f"only {plan.primary} is redrawn: exploratory measures decide nothing"
    yield _absent("", test="other measures", told=told)
    yield _absent("", test=UNCOUNTED, told="they decide nothing, and are not redrawn")


def _absent(
    dataset: str, system: str = "", baseline: str = "", *, told: str, test: str = "every test"
) -> Row:
    return _row(dataset, system, baseline, test=test, quantity=NOT, note=told)


def _row(dataset: str, system: str = "", baseline: str = "", **cells: Any) -> Row:
    """A row without a redrawn experiment."""
    empty = {"multiple": nan, "effect": nan, "seeds": "", "rate": nan, "error": nan, "draws": None}
    return {"dataset": dataset, "system": system, "baseline": baseline, **empty, **cells}


def _names(group: Group) -> list[str]:
    """Systems that are redrawn, as the plan first names them."""
    return list(dict.fromkeys(name for pair in group.redrawn for name in _key(pair)))


def _key(pair: Contrast) -> Pair:
    return pair.system, pair.baseline
