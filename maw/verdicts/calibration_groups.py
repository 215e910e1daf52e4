"""Groups of contrasts whose scores calibration redraws together, and contrasts it cannot redraw.

To redraw a contrast is to draw new experiments at random from a model of the scores of its system
and its baseline (`maw.significance.calibrate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from maw.settings.plan import BETTER, Analysis, PlannedContrast
from maw.significance import crossed
from maw.significance.reasons import seed_flags
from maw.significance.score_model import SEED_LEVELS
from maw.verdicts.contrasts import ScoredSystem
from maw.verdicts.score_table import Clusters, Labels, ScoreTables, cluster_labels, same_queries

Pair = tuple[str, str]  # system, baseline


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Contrasts of one dataset that are redrawn together: all with linked seeds, or all without.

    systems: name -> system, for all contrasts of the plan. labels [Q]: clusters of the queries, or
    None. refused: contrast -> why it is not redrawn at all. lone: contrast -> why only its tests of
    E1 (these checkpoints) are counted, and none of E2 (the training procedure).
    """

    dataset: str
    linked: bool
    contrasts: tuple[PlannedContrast, ...]
    systems: Mapping[str, ScoredSystem]
    labels: Labels
    refused: Mapping[Pair, str]
    lone: Mapping[Pair, str]

    @property
    def redrawn(self) -> list[PlannedContrast]:
        """The contrasts that are redrawn, in the order of the plan."""
        return [pair for pair in self.contrasts if pair_of(pair) not in self.refused]


def groups_of(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> list[Group]:
    """Return the groups of contrasts by the primary measure, dataset by dataset.

    A dataset has one group of contrasts with independent seeds, one of contrasts with linked seeds,
    or both. scores: columns dataset, system, seed, query_id, measure, value. trained: system ->
    whether another training seed would change its scores. clusters: dataset -> query_id -> cluster;
    None: queries are independent. InputError names a score that is missing, doubled or not finite,
    a query that one of two systems lacks, or a query without a cluster.
    """
    tables = ScoreTables(scores)
    groups = []
    for dataset in tables.datasets:
        systems = _systems(dataset, tables, plan=plan, trained=trained)
        if not systems:
            continue
        first, *others = systems.values()
        for other in others:
            same_queries(first.table, other.table, names=(first.name, other.name), dataset=dataset)
        labels = cluster_labels(clusters, dataset=dataset, queries=first.table.queries)
        for linked in (False, True):
            contrasts = tuple(pair for pair in plan.contrasts if pair.linked is linked)
            if contrasts:
                groups.append(_group(dataset, contrasts, systems, labels, linked=linked))
    return groups


def other_groups(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> dict[str, list[Group]]:
    """Return measure -> groups of contrasts by this measure, for all measures but the primary.

    Arguments and InputError are those of `groups_of`.
    """
    groups = {}
    for measure in sorted(set(scores["measure"]) - {plan.primary}):
        by_measure = plan.model_copy(update={"primary": measure})
        rows = scores[scores["measure"] == measure]
        groups[measure] = groups_of(rows, plan=by_measure, trained=trained, clusters=clusters)
    return groups


def n_experiments(groups: Sequence[Group], *, draws: int) -> int:
    """Return the number of experiments that `calibrate_plan` redraws by the primary measure.

    draws: experiments for each group and each of the two variances of seeds (SEED_LEVELS).
    """
    return sum(len(SEED_LEVELS) * draws for group in groups if group.redrawn)


def claims_of(group: Group, groups: Sequence[Group]) -> dict[str, str]:
    """Return claim -> why it cannot be calibrated, or "" where it can.

    The claims are those of the group's contrasts. A claim is calibrated only if all its contrasts
    are redrawn together and tested for the training procedure (E2). groups: all groups, because
    another group may have some of a claim's contrasts.
    """
    reasons = {}
    for claim in (name for pair in group.contrasts for name in carried_by(pair)):
        own = {pair_of(pair) for pair in group.contrasts if claim in carried_by(pair)}
        is_split = any(
            claim in carried_by(pair)
            for other in groups
            if other.dataset == group.dataset and other is not group
            for pair in other.contrasts
        )
        faults = [why for key, why in {**group.refused, **group.lone}.items() if key in own]
        if is_split:
            faults.append("some of its contrasts have linked seeds, others not")
        reasons[claim] = "; ".join(dict.fromkeys(faults))
    return reasons


def family_sizes(groups: Sequence[Group]) -> dict[str, int]:
    """Return role -> number of tests in its family, over all datasets.

    A test is a claim on a dataset, or a reference contrast on a dataset. It does not count if one
    of its contrasts cannot be redrawn (`Group.refused`) or lacks seeds for a test of the training
    procedure (`Group.lone`).
    """
    units: dict[str, set[Pair]] = {}
    lost: dict[str, set[Pair]] = {}
    for group in groups:
        for pair in group.contrasts:
            key = pair_of(pair)
            of_pair = {(group.dataset, name) for name in carried_by(pair) or (" - ".join(key),)}
            units.setdefault(pair.role, set()).update(of_pair)
            if key in group.refused or key in group.lone:
                lost.setdefault(pair.role, set()).update(of_pair)
    return {role: len(members - lost.get(role, set())) for role, members in units.items()}


def names_of(group: Group) -> list[str]:
    """Return the names of the systems that are redrawn, in the order of the plan."""
    return list(dict.fromkeys(name for pair in group.redrawn for name in pair_of(pair)))


def _systems(
    dataset: str, tables: ScoreTables, *, plan: Analysis, trained: Mapping[str, bool]
) -> dict[str, ScoredSystem]:
    """Return name -> system with its scores by the primary measure, for all planned contrasts."""
    names = dict.fromkeys(name for pair in plan.contrasts for name in pair_of(pair))
    return {
        name: ScoredSystem(
            name, trained[name], tables.get(dataset, system=name, measure=plan.primary)
        )
        for name in names
    }


def _group(
    dataset: str,
    contrasts: tuple[PlannedContrast, ...],
    systems: Mapping[str, ScoredSystem],
    labels: Labels,
    *,
    linked: bool,
) -> Group:
    """Return the `Group` of the contrasts, with the reasons in its fields `refused` and `lone`."""
    refused: dict[Pair, str] = {}
    lone: dict[Pair, str] = {}
    for pair in contrasts:
        a, b = systems[pair.system], systems[pair.baseline]
        test = crossed(a.table.values, b.table.values, labels)
        blocking = [str(flag) for flag in test.flags if flag.blocks]
        by_seeds = seed_flags(
            (a.n_seeds, b.n_seeds), trained=(a.trained, b.trained), names=(a.name, b.name)
        )
        trained_once = [str(flag) for flag in by_seeds if flag.blocks]
        if linked and a.table.seeds != b.table.seeds:
            refused[pair_of(pair)] = "linked seeds, but the two systems do not have the same ones"
        elif blocking:
            refused[pair_of(pair)] = blocking[0]
        elif trained_once:
            lone[pair_of(pair)] = "; ".join(trained_once)
    return Group(dataset, linked, contrasts, systems, labels, refused, lone)


def carried_by(pair: PlannedContrast) -> tuple[str, ...]:
    """Return the claims that need this contrast, under their names in the calibration table.

    A name is `system` for the claim "better", and `system: claim` for any other claim.
    """
    return tuple(
        pair.system if claim == BETTER else f"{pair.system}: {claim}" for claim in pair.carried
    )


def pair_of(pair: PlannedContrast) -> Pair:
    """Return the names of a contrast's system and baseline."""
    return pair.system, pair.baseline
