"""Which contrasts of a plan are redrawn together, and which cannot be? What calibration goes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from maw.settings.plan import BETTER, Analysis, PlannedContrast
from maw.significance import crossed
from maw.significance.reasons import seed_flags
from maw.significance.score_model import LEVELS
from maw.verdicts.contrasts import ScoredSystem
from maw.verdicts.score_table import Clusters, Labels, ScoreTables, cluster_labels, same_queries

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Contrasts of one dataset that are redrawn together: those with linked seeds, or the rest.

    refused: why a contrast is not redrawn at all; lone: why only E1's tests of it are counted.
    """

    dataset: str
    linked: bool
    contrasts: tuple[PlannedContrast, ...]
    sides: Mapping[str, ScoredSystem]
    labels: Labels
    refused: Mapping[Pair, str]
    lone: Mapping[Pair, str]

    @property
    def redrawn(self) -> list[PlannedContrast]:
        """What is left to redraw."""
        return [pair for pair in self.contrasts if pair_of(pair) not in self.refused]


def groups_of(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> list[Group]:
    """All groups, dataset by dataset. InputError as `maw.verdicts.decide.compare`."""
    tables = ScoreTables(scores)
    found = []
    for dataset in tables.datasets:
        names = dict.fromkeys(name for pair in plan.contrasts for name in pair_of(pair))
        sides = {
            name: ScoredSystem(
                name, trained[name], tables.get(dataset, system=name, measure=plan.primary)
            )
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


def other_groups(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> dict[str, list[Group]]:
    """Measure -> groups, of every measure but the primary one."""
    measures = sorted(set(scores["measure"]) - {plan.primary})
    found = {}
    for measure in measures:
        of_measure = plan.model_copy(update={"primary": measure})
        here = scores[scores["measure"] == measure]
        found[measure] = groups_of(here, plan=of_measure, trained=trained, clusters=clusters)
    return found


def n_experiments(groups: Sequence[Group], *, draws: int) -> int:
    """How many experiments `calibrate_plan` redraws."""
    return sum(len(LEVELS) * draws for group in groups if group.redrawn)


def claims_of(group: Group, groups: Sequence[Group]) -> dict[str, str]:
    """Claims of this group; "" where all controls can be redrawn together, else why not."""
    told = {}
    for claim in (name for pair in group.contrasts for name in carried_by(pair)):
        mine = {pair_of(other) for other in group.contrasts if claim in carried_by(other)}
        elsewhere = [
            other
            for there in groups
            if there.dataset == group.dataset and there is not group
            for other in there.contrasts
            if claim in carried_by(other)
        ]
        lost = [why for key, why in {**group.refused, **group.lone}.items() if key in mine]
        if elsewhere:
            lost.append("some of its contrasts have linked seeds, others not")
        told[claim] = "; ".join(dict.fromkeys(lost))
    return told


def family_sizes(groups: Sequence[Group]) -> dict[str, int]:
    """Role -> how many tests its family has on the page: claims, or contrasts of reference."""
    units: dict[str, set[Pair]] = {}
    lost: dict[str, set[Pair]] = {}
    for group in groups:
        for pair in group.contrasts:
            key = pair_of(pair)
            found = {(group.dataset, name) for name in carried_by(pair) or (" - ".join(key),)}
            units.setdefault(pair.role, set()).update(found)
            if key in group.refused or key in group.lone:
                lost.setdefault(pair.role, set()).update(found)
    return {role: len(whole - lost.get(role, set())) for role, whole in units.items()}


def names_of(group: Group) -> list[str]:
    """Systems that are redrawn, as the plan first names them."""
    return list(dict.fromkeys(name for pair in group.redrawn for name in pair_of(pair)))


def _group(
    dataset: str,
    pairs: tuple[PlannedContrast, ...],
    sides: Mapping[str, ScoredSystem],
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
            refused[pair_of(pair)] = "linked seeds, but the two systems do not have the same ones"
        elif blocks:
            refused[pair_of(pair)] = str(blocks[0])
        elif alone:
            lone[pair_of(pair)] = "; ".join(alone)
    return Group(dataset, linked, pairs, sides, labels, refused, lone)


def carried_by(pair: PlannedContrast) -> tuple[str, ...]:
    """The claims of a contrast, as they stand in the table: with a name, `system: claim`."""
    return tuple(
        pair.system if claim == BETTER else f"{pair.system}: {claim}" for claim in pair.carried
    )


def pair_of(pair: PlannedContrast) -> Pair:
    return pair.system, pair.baseline
