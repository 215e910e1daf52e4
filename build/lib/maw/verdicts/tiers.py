"""Tiers of many systems: which of them are not shown to differ, with letters and no false ranking.

Every pair of systems is tested by the deciding test on the primary measure. Holm's procedure keeps
the chance of any false difference among all pairs of a dataset at or below α. These tests are apart
from the plan's claims, and decide none of them. A pair that cannot be judged, because a trained
system has too few seeds, is not shown to differ.
"""

from collections.abc import Mapping
from itertools import combinations
from math import nan

import numpy as np
import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import holm
from maw.significance.letters import alike_groups, letters
from maw.verdicts.deciding import deciding_contrast
from maw.verdicts.score_table import (
    Clusters,
    Labels,
    ScoredSystem,
    ScoreTables,
    cluster_labels,
    same_queries,
)
from maw.verdicts.seed_forms import pair_seeds

TIERS = ["dataset", "system", "measure", "mean", "tier", "n_pairs", "n_pairs_that_differ", "alpha"]
FEWEST_SYSTEMS = 3  # with two, the verdict on their contrast says all


def tiers(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> pd.DataFrame:
    """Return the tiers on each dataset with three or more systems, with the columns TIERS.

    There is a row for each system, the highest mean first. tier: the system's letters. Two systems
    share a letter exactly where they are not shown to differ. scores, trained, clusters: as for
    `maw.verdicts.decide.decide`. alpha: the level that all pairs of the dataset share. InputErrors
    as in `ScoreTables.get` and `same_queries`.
    """
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    rows: list[dict[str, object]] = []
    for dataset in tables.datasets:
        names = sorted(scores.loc[scores["dataset"] == dataset, "system"].unique())
        if len(names) < FEWEST_SYSTEMS:
            continue
        systems = [
            ScoredSystem(
                name, trained[name], tables.get(dataset, system=name, measure=plan.primary)
            )
            for name in names
        ]
        systems.sort(key=lambda system: -float(system.table.values.mean()))
        for other in systems[1:]:
            pair = (systems[0].name, other.name)
            same_queries(systems[0].table, other.table, names=pair, dataset=dataset)
        labels = cluster_labels(clusters, dataset=dataset, queries=systems[0].table.queries)
        rows += _of_dataset(systems, dataset=dataset, plan=plan, labels=labels)
    return pd.DataFrame(rows, columns=TIERS)


def _of_dataset(
    systems: list[ScoredSystem], *, dataset: str, plan: Analysis, labels: Labels
) -> list[dict[str, object]]:
    """Return the rows of one dataset. systems: all of it, the highest mean first."""
    pairs = list(combinations(range(len(systems)), 2))
    pvalues = [_pvalue(systems[i], systems[j], labels=labels) for i, j in pairs]
    # a pair that cannot be judged counts as a test, so that more seeds change no other pair
    adjusted = holm(np.nan_to_num(np.array(pvalues), nan=1.0))
    differs = np.zeros((len(systems), len(systems)), dtype=np.bool_)
    for (i, j), p in zip(pairs, adjusted, strict=True):
        differs[i, j] = differs[j, i] = p < plan.alpha
    of_systems = letters(alike_groups(differs), n_systems=len(systems))
    return [
        {
            "dataset": dataset,
            "system": system.name,
            "measure": plan.primary,
            "mean": float(system.table.values.mean()),
            "tier": tier,
            "n_pairs": len(pairs),
            "n_pairs_that_differ": int(differs.sum()) // 2,
            "alpha": plan.alpha,
        }
        for system, tier in zip(systems, of_systems, strict=True)
    ]


def _pvalue(a: ScoredSystem, b: ScoredSystem, *, labels: Labels) -> float:
    """Return the p-value of the deciding test of a pair; nan where it cannot be judged."""
    planned = PlannedContrast(system=a.name, baseline=b.name, seeds="auto")
    contrast = deciding_contrast(pair_seeds(planned, a, b, labels=labels), labels=labels)
    return contrast.pvalue if contrast.decides else nan
