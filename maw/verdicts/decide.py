"""From all scores to verdicts: a row per contrast × dataset × measure, and a leaderboard.

Frames in, frames out, nothing on disk. What decides is `maw.significance.crossed`; which words may
be said is in `maw.verdicts.families`. Rows do not depend on the order of the scores.
"""

from collections.abc import Mapping, Sequence
from math import nan

import numpy as np
import pandas as pd

from maw.errors import InputError, nearest
from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import bootstrap_mean
from maw.significance.clean import Array
from maw.verdicts.checkpoint_tests import SEED, family_max_t, intervals
from maw.verdicts.contrasts import Measured, ScoredSystem, measure_contrast
from maw.verdicts.families import CLAIMS, Decided, judge
from maw.verdicts.score_table import Clusters, Labels, ScoreTables, cluster_labels, same_queries

# fmt: off
COLUMNS = [
    "dataset", "system", "baseline", "measure", "role", "estimand", "difference", "ci_low",
    "ci_high", "p", "p_holm", "p_bonferroni", "p_bh", "p_t", "p_wilcoxon", "d_z", "p_tost", "mde",
    "verdict", "equivalent",
    "p_by", "statistic", "df", "se", "mean", "mean_baseline", "relative", "d_z_low", "d_z_high",
    "rank_biserial", "p_greater", "wins", "ties", "losses", "n_queries", "n_clusters", "n_seeds",
    "n_seeds_baseline", "var_query", "var_seed", "var_error", "var_seed_baseline",
    "var_error_baseline", "skewness", "claim_p", "p_equivalent_if_no_difference",
    "ci_low_simultaneous", "ci_high_simultaneous", "note",
    "p_sign_flip", "p_max_t", "p_sign", "p_mcnemar", "p_pratt", "hedges_g", "rank_biserial_low",
    "rank_biserial_high", "e1_ci_low", "e1_ci_high", "level", "reason", "cautions",
]
# fmt: on
LEADERBOARD = ["dataset", "system", "measure", "mean", "ci_low", "ci_high", "n_seeds", "sd_seed"]


def compare(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    measures: Sequence[str],
) -> pd.DataFrame:
    """The rows of `decide`, columns as in COLUMNS."""
    found = decide(scores, plan=plan, trained=trained, clusters=clusters, measures=measures)
    return found.rows


def decide(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    measures: Sequence[str],
) -> Decided:
    """Every planned contrast on every dataset by every measure, and every claim that they carry.

    rows: columns as in COLUMNS, one row per contrast, dataset and measure. claims: columns as in
    `families.CLAIMS`, all claims of the family; a row's verdict is that of its first.

    scores: dataset, system, seed, query_id, measure, value. trained: which systems would score
    otherwise with another seed. clusters: dataset -> query_id -> cluster; None, or none for a
    dataset: its queries are independent.

    difference, ci_*, mde, se: in the measure's unit; ci_low and ci_high are 95 %, unadjusted. p is
    that of the estimand, p_holm and its neighbours come from it within the row's family (of a
    claim: from claim_p, the largest over its controls). p_t, p_wilcoxon, p_pratt, p_sign,
    p_sign_flip, p_mcnemar, p_max_t (adjusted within the family) and e1_ci_* (BCa) are about E1. mde
    and the simultaneous interval are at level, α/m, m the tests of the family. reason: why there is
    no number, cautions: why to be careful, in words of `significance.Reason`, ";" between them.
    Empty: p_tost and equivalent outside the claims or without sesoi, equivalent also where nothing
    is decided; adjusted p where not tested; n_clusters where there are none; var_* of a system with
    one seed; p_mcnemar but for single runs by Success@K on independent queries.
    InputError names a hole, a duplicate, a score that is not finite, or an unknown name.
    """
    _check_names(plan, trained=trained, measures=measures)
    tables = ScoreTables(scores)
    rows: list[dict[str, object]] = []
    differences: list[Array] = []
    labels: dict[str, Labels] = {}
    for dataset in tables.datasets:
        measured, labels[dataset] = _measured(
            dataset, tables, plan=plan, trained=trained, clusters=clusters, measures=measures
        )
        rows += _rows(dataset, measured, labels=labels[dataset])
        differences += [found.differences for _, _, found in measured]
    if not rows:
        return Decided(pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=CLAIMS))
    judged = judge(_typed(rows), plan=plan)
    whole = judged.rows
    whole["p_max_t"] = family_max_t(whole, differences=differences, labels=labels)
    return Decided(whole[COLUMNS], judged.claims)


def leaderboard(
    scores: pd.DataFrame, *, clusters: Clusters | None, measures: Sequence[str]
) -> pd.DataFrame:
    """Mean of every system by every measure, with its BCa interval over queries.

    Whole clusters are resampled where there are any. ci_*: 95 %, for these checkpoints; whether
    two of them overlap decides nothing. sd_seed: standard deviation of the per-seed means, empty
    with one seed.
    """
    tables = ScoreTables(scores)
    rows = []
    for dataset in tables.datasets:
        present = scores.loc[scores["dataset"] == dataset, "system"].unique()
        keys = [(system, measure) for system in sorted(present) for measure in measures]
        found = [tables.get(dataset, system=system, measure=measure) for system, measure in keys]
        for (system, _), table in zip(keys, found, strict=True):
            same_queries(found[0], table, names=(keys[0][0], system), dataset=dataset)
        labels = cluster_labels(clusters, dataset=dataset, queries=found[0].queries)
        means = np.column_stack([table.values.mean(axis=1) for table in found])  # [Q, K]
        band = bootstrap_mean(means, labels, seed=SEED)
        for k, ((system, measure), table) in enumerate(zip(keys, found, strict=True)):
            n_seeds = len(table.seeds)
            spread = float(table.values.mean(axis=0).std(ddof=1)) if n_seeds > 1 else nan
            mean = float(table.values.mean())
            rows.append(
                (dataset, system, measure, mean, band.low[k], band.high[k], n_seeds, spread)
            )
    return pd.DataFrame(rows, columns=LEADERBOARD)


def table(scores: pd.DataFrame, system: str, dataset: str, measure: str) -> Array:
    """[Q, S] scores of one system, queries and seeds rising.

    InputError names a missing, doubled or not finite cell: `pydocs/non_maw/nDCG@10 lacks seed 43`.
    """
    return ScoreTables(scores).get(dataset, system=system, measure=measure).values


def _measured(
    dataset: str,
    tables: ScoreTables,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    measures: Sequence[str],
) -> tuple[list[tuple[PlannedContrast, str, Measured]], Labels]:
    """Every contrast by every measure on one dataset, and the clusters of its queries."""
    measured: list[tuple[PlannedContrast, str, Measured]] = []
    labels: Labels = None
    for contrast in plan.contrasts:
        for measure in measures:
            a, b = (
                ScoredSystem(name, trained[name], tables.get(dataset, system=name, measure=measure))
                for name in (contrast.system, contrast.baseline)
            )
            same_queries(a.table, b.table, names=(a.name, b.name), dataset=dataset)
            labels = cluster_labels(clusters, dataset=dataset, queries=a.table.queries)
            if contrast.linked:
                _check_links(a, b, dataset=dataset)
            found = measure_contrast(
                a, b, dataset=dataset, measure=measure, labels=labels, linked=contrast.linked
            )
            measured.append((contrast, measure, found))
    return measured, labels


def _rows(
    dataset: str, measured: Sequence[tuple[PlannedContrast, str, Measured]], *, labels: Labels
) -> list[dict[str, object]]:
    bands = intervals([found.differences for _, _, found in measured], labels=labels)
    return [
        {
            "dataset": dataset,
            "system": contrast.system,
            "baseline": contrast.baseline,
            "measure": measure,
            "declared": contrast.role,
            "tested": found.tested,
            "fewest_seeds": found.fewest_seeds,
            **found.cells,
            **band,
        }
        for (contrast, measure, found), band in zip(measured, bands, strict=True)
    ]


def _check_links(a: ScoredSystem, b: ScoredSystem, *, dataset: str) -> None:
    """InputError: seeds can be linked only where both systems have the same ones."""
    if a.table.seeds != b.table.seeds:
        raise InputError(
            f"analysis.contrasts: {a.name!r} and {b.name!r} have linked seeds, but on {dataset} "
            f"seeds {list(a.table.seeds)} and {list(b.table.seeds)}; give both the same seeds"
        )


def _typed(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.astype({"n_clusters": "Int64", "fewest_seeds": float, "tested": bool})


def _check_names(plan: Analysis, *, trained: Mapping[str, bool], measures: Sequence[str]) -> None:
    if plan.primary not in measures:
        hint = nearest(plan.primary, measures)
        raise InputError(f"analysis.primary: {plan.primary!r} is not among the measures{hint}")
    for name in plan.trained:
        if name not in trained:
            raise InputError(f"analysis.trained: unknown system {name!r}{nearest(name, trained)}")
        if not trained[name]:
            raise InputError(f"analysis.trained: {name!r} has no training here; take it out")
    for contrast in plan.contrasts:
        for name in (contrast.system, contrast.baseline):
            if name not in trained:
                raise InputError(
                    f"analysis.contrasts: unknown system {name!r}{nearest(name, trained)}"
                )
