"""Which contrasts and claims of a plan calibration redraws on each dataset, and which it cannot.

To redraw a contrast is to draw new experiments at random from a model of the scores of its system
and its baseline (`maw.significance.calibrate`). All systems of a dataset are redrawn together,
because runs with one seed share their draws, whatever contrast they are in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from maw.settings.plan import BETTER, Analysis, PlannedContrast, non_inferiority
from maw.significance import FEWEST_SEEDS, CalibratedClaim, CalibratedContrast, crossed
from maw.significance.reasons import Flag, Reason, seed_flags
from maw.significance.score_model import SEED_LEVELS
from maw.verdicts.score_table import (
    Clusters,
    Labels,
    ScoredSystem,
    ScoreTables,
    cluster_labels,
    same_queries,
)
from maw.verdicts.seed_forms import PairedSystems, pair_seeds

Pair = tuple[str, str]  # system, baseline


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The contrasts of a plan on one dataset, which are redrawn together.

    systems: name -> system, for all contrasts of the plan. labels [Q]: clusters of the queries, or
    None. pairs: contrast -> its two systems, with the form of their seeds. refused: contrast -> why
    it is not redrawn at all. lone: contrast -> why only its tests of E1 (these checkpoints) are
    counted, and none of E2 (the training procedure). undecided: contrast -> why it decides no
    claim, for those that are refused or lone or have too few seeds.
    """

    dataset: str
    contrasts: tuple[PlannedContrast, ...]
    systems: Mapping[str, ScoredSystem]
    labels: Labels
    pairs: Mapping[Pair, PairedSystems]
    refused: Mapping[Pair, str]
    lone: Mapping[Pair, str]
    undecided: Mapping[Pair, str]

    @property
    def redrawn(self) -> list[PlannedContrast]:
        """The contrasts that are redrawn, in the order of the plan."""
        return [pair for pair in self.contrasts if pair_of(pair) not in self.refused]

    @property
    def names(self) -> list[str]:
        """The names of the systems that are redrawn, in the order of the plan."""
        return list(dict.fromkeys(name for pair in self.redrawn for name in pair_of(pair)))


def groups_of(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> list[Group]:
    """Return the group of each dataset, with the scores by the primary measure.

    scores: columns dataset, system, seed, query_id, measure, value. trained: system -> whether
    another training seed would change its scores. clusters: dataset -> query_id -> cluster; None:
    queries are independent. InputError names a score that is missing, doubled or not finite, a
    query that one of two systems lacks, or a query without a cluster.
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
        groups.append(_group(dataset, plan.contrasts, systems, labels))
    return groups


def other_groups(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> dict[str, list[Group]]:
    """Return measure -> the group of each dataset, for all measures but the primary.

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

    draws: experiments for each dataset and each variance of seeds (SEED_LEVELS).
    """
    return sum(len(SEED_LEVELS) * draws for group in groups if group.redrawn)


def calibrated_claims(
    group: Group, *, plan: Analysis, n_datasets: int
) -> tuple[list[CalibratedClaim], dict[str, str]]:
    """Return the claims whose words are counted on a dataset, and why others are not.

    A claim keeps the controls that decide nothing, because its level is shared with them. It is not
    counted where none of its controls decides; the reasons are under its name. InputError where no
    look of the plan has this number of seeds.
    """
    undecided = {
        test: [c for c in controls if (test[0], c) in group.undecided]
        for test, controls in plan.controls_of.items()
    }
    reasons = {
        name_of(test): "; ".join(
            dict.fromkeys(group.undecided[test[0], control] for control in undecided[test])
        )
        for test, controls in plan.controls_of.items()
        if len(undecided[test]) == len(controls)
    }
    claims = [
        CalibratedClaim(
            name_of(test),
            test[0],
            controls,
            level=plan.level_of(test, n_datasets=n_datasets, n_seeds=_look_of(group, plan=plan)),
            undecided=frozenset(undecided[test]),
            includes=tuple(
                name
                for inner in plan.includes.get(test, ())
                if (name := name_of(inner)) not in reasons
            ),
        )
        for test, controls in plan.controls_of.items()
        if name_of(test) not in reasons
    ]
    return claims, reasons


def calibrated_contrasts(
    group: Group, *, plan: Analysis, n_datasets: int
) -> list[CalibratedContrast]:
    """Return the contrasts that are redrawn on a dataset, each with its strictest level α′."""
    n_seeds = _look_of(group, plan=plan)
    planned = []
    for pair in group.redrawn:
        tests = [(pair.system, claim) for claim in pair.carried]
        if pair.margin is not None:
            tests = [non_inferiority(pair)]
        levels = [plan.level_of(test, n_datasets=n_datasets, n_seeds=n_seeds) for test in tests]
        decides = pair_of(pair) not in group.undecided
        planned.append(
            CalibratedContrast(
                pair.system,
                pair.baseline,
                "independent" if pair_of(pair) in group.lone else group.pairs[pair_of(pair)].form,
                level=min(levels) if levels and decides else None,
                margin=pair.margin if decides else None,
                family=family_of(pair.role),
            )
        )
    return planned


def family_of(role: str) -> str:
    """Return the name that the table gives to the family of all contrasts of a role."""
    return f"any {role} contrast"


def name_of(test: Pair) -> str:
    """Return the name of a claim in the calibration table.

    It is `system` for the claim "better", and `system: claim` for any other claim.
    """
    system, claim = test
    return system if claim == BETTER else f"{system}: {claim}"


def pair_of(pair: PlannedContrast) -> Pair:
    """Return the names of a contrast's system and baseline."""
    return pair.system, pair.baseline


def _look_of(group: Group, *, plan: Analysis) -> int | None:
    """Return the number of seeds that finds the plan's look: the fewest of any contrast.

    None for a plan without looks.
    """
    if not plan.looks:
        return None
    counts = [pair.fewest_seeds for pair in group.pairs.values() if pair.fewest_seeds is not None]
    return min(counts, default=None)


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
) -> Group:
    """Return the `Group` of the contrasts, with the reasons in `refused`, `lone`, `undecided`."""
    pairs: dict[Pair, PairedSystems] = {}
    refused: dict[Pair, str] = {}
    lone: dict[Pair, str] = {}
    undecided: dict[Pair, str] = {}
    for contrast in contrasts:
        key = pair_of(contrast)
        pair = pair_seeds(contrast, *(systems[name] for name in key), labels=labels)
        pairs[key] = pair
        fixed = crossed(pair.a.table.values, pair.b.table.values, labels)
        blocking = [str(flag) for flag in fixed.flags if flag.blocks]
        few = [str(flag) for flag in _seed_flags(pair)]
        if blocking:
            refused[key] = blocking[0]
        elif pair.lacks_seeds:
            lone[key] = "; ".join(few)
        if blocking or pair.lacks_seeds or _has_too_few(pair):
            undecided[key] = blocking[0] if blocking else "; ".join(few)
    return Group(dataset, contrasts, systems, labels, pairs, refused, lone, undecided)


def _has_too_few(pair: PairedSystems) -> bool:
    return pair.fewest_seeds is not None and pair.fewest_seeds < FEWEST_SEEDS


def _seed_flags(pair: PairedSystems) -> tuple[Flag, ...]:
    """Return the flags about too few seeds, with the names of the systems."""
    a, b = pair.a, pair.b
    by_seeds = (Reason.ONE_SEED, Reason.FEW_SEEDS)
    flags = pair.flags or seed_flags(
        (a.n_seeds, b.n_seeds), trained=(a.trained, b.trained), names=(a.name, b.name)
    )
    return tuple(flag for flag in flags if flag.reason in by_seeds)
