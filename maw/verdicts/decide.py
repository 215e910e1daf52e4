"""Verdicts from all scores: a row for each contrast, dataset and measure, and a leaderboard.

Frames go in, frames come out, nothing is written to the disk. The deciding test is
`maw.significance.crossed`; `maw.verdicts.families` adds corrections and verdicts. The order of the
scores' rows does not matter.

Columns of the rows (COLUMNS): difference, ci_*, mde (the minimum detectable effect) and se are in
the measure's unit; ci_low and ci_high are the 95 % interval, not adjusted. p is the test of the
row's `estimand`: E2, the training procedure, or E1, these checkpoints. p_holm, p_bonferroni, p_bh
and p_by adjust p within the row's family of tests (for a claim they adjust claim_p, the largest p
over the claim's controls). p_t, p_wilcoxon, p_pratt, p_sign, p_sign_flip, p_mcnemar, p_max_t
(adjusted within the family) and e1_ci_* (BCa) are about E1. mde and the simultaneous interval are
at `level`, α/m, with m the number of tests in the family. reason says why there is no number, and
cautions says why to be careful, in words of `significance.Reason` with ";" between them.

Some entries are empty, among them: p_tost and equivalent in rows of no claim, without a SESOI (the
smallest effect size of interest), and where the row is not tested; adjusted p where the row, or
another control of its claim, is not tested; equivalent there, too, and where a trained system of
the claim has fewer than 4 seeds; n_clusters without clusters; var_seed and var_error of a system
with one seed, and those of the baseline where seeds are linked; p_mcnemar except where both systems
have a single run, the measure is 0 or 1 for each query (Success@K), and the queries are
independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from maw.errors import InputError, nearest
from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import bootstrap_mean
from maw.verdicts.checkpoint_tests import SEED, family_max_t, intervals
from maw.verdicts.contrasts import MeasuredContrast, ScoredSystem, measure_contrast
from maw.verdicts.families import CLAIMS, FamilyVerdicts, judge
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


@dataclass(frozen=True, slots=True, eq=False)
class DatasetContrasts:
    """All measured contrasts of one dataset, and `labels`, the clusters of its queries or None."""

    dataset: str
    labels: Labels
    measured: tuple[tuple[PlannedContrast, str, MeasuredContrast], ...]  # contrast, measure, row

    def rows(self) -> list[dict[str, object]]:
        """Return a row, as a dict, for each contrast and measure.

        It holds the contrast's numbers, its role in the plan (`declared`), and the bootstrap
        interval of the mean difference of these checkpoints (E1); with clusters, also that of d_z.
        """
        bands = intervals([row.differences for _, _, row in self.measured], labels=self.labels)
        return [
            {
                "dataset": self.dataset,
                "system": contrast.system,
                "baseline": contrast.baseline,
                "measure": measure,
                "declared": contrast.role,
                "tested": row.tested,
                "fewest_seeds": row.fewest_seeds,
                **row.columns,
                **band,
            }
            for (contrast, measure, row), band in zip(self.measured, bands, strict=True)
        ]


def decide(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    measures: Sequence[str],
) -> FamilyVerdicts:
    """Return the verdicts on every planned contrast and on every claim.

    scores: columns dataset, system, seed, query_id, measure, value. trained: system -> whether
    another training seed would change its scores. clusters: dataset -> query_id -> cluster; queries
    are independent where it is None or lacks the dataset.

    In the result, `rows` has a row for each contrast, dataset and measure, with the columns
    COLUMNS, and `claims` a row for each claim and dataset, with the columns `families.CLAIMS`. The
    verdict in a row is that on the first claim that needs the contrast; without a claim it is the
    row's role. InputError names a score that is missing, doubled or not finite, an unknown name, a
    query that one of two systems lacks, a query without a cluster, or linked systems with different
    seeds.
    """
    _check_names(plan, trained=trained, measures=measures)
    tables = ScoreTables(scores)
    parts = [
        _measured(dataset, tables, plan=plan, trained=trained, clusters=clusters, measures=measures)
        for dataset in tables.datasets
    ]
    rows = [row for part in parts for row in part.rows()]
    if not rows:
        return FamilyVerdicts(pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=CLAIMS))
    judged = judge(_typed(rows), plan=plan)
    differences = [row.differences for part in parts for _, _, row in part.measured]
    labels = {part.dataset: part.labels for part in parts}
    with_max_t = judged.rows.assign(
        p_max_t=family_max_t(judged.rows, differences=differences, labels=labels)
    )
    return FamilyVerdicts(with_max_t[COLUMNS], judged.claims)


def leaderboard(
    scores: pd.DataFrame, *, clusters: Clusters | None, measures: Sequence[str]
) -> pd.DataFrame:
    """Return the mean of every system on every dataset by every measure, with its BCa interval.

    The columns are LEADERBOARD. ci_*: the 95 % interval over queries, for these checkpoints;
    whether two intervals overlap decides nothing. Where queries come in clusters, whole clusters
    are resampled. sd_seed: standard deviation of the means of the seeds, nan with one seed.
    """
    tables = ScoreTables(scores)
    rows = []
    for dataset in tables.datasets:
        systems = scores.loc[scores["dataset"] == dataset, "system"].unique()
        keys = [(system, measure) for system in sorted(systems) for measure in measures]
        columns = [tables.get(dataset, system=system, measure=measure) for system, measure in keys]
        for (system, _), table in zip(keys, columns, strict=True):
            same_queries(columns[0], table, names=(keys[0][0], system), dataset=dataset)
        labels = cluster_labels(clusters, dataset=dataset, queries=columns[0].queries)
        means = np.column_stack([table.values.mean(axis=1) for table in columns])  # [Q, K]
        band = bootstrap_mean(means, labels, seed=SEED)
        for k, ((system, measure), table) in enumerate(zip(keys, columns, strict=True)):
            n_seeds = len(table.seeds)
            sd_seed = float(table.values.mean(axis=0).std(ddof=1)) if n_seeds > 1 else nan
            mean = float(table.values.mean())
            rows.append(
                (dataset, system, measure, mean, band.low[k], band.high[k], n_seeds, sd_seed)
            )
    return pd.DataFrame(rows, columns=LEADERBOARD)


def _measured(
    dataset: str,
    tables: ScoreTables,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    measures: Sequence[str],
) -> DatasetContrasts:
    """Return the tests of each planned contrast by each of `measures` on one dataset.

    p-values are not adjusted yet. The other arguments and InputError are those of `decide`.
    """
    measured: list[tuple[PlannedContrast, str, MeasuredContrast]] = []
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
            row = measure_contrast(
                a, b, dataset=dataset, measure=measure, labels=labels, linked=contrast.linked
            )
            measured.append((contrast, measure, row))
    return DatasetContrasts(dataset, labels, tuple(measured))


def _check_links(a: ScoredSystem, b: ScoredSystem, *, dataset: str) -> None:
    """Raise an InputError where systems with linked seeds do not have the same seeds."""
    if a.table.seeds != b.table.seeds:
        raise InputError(
            f"analysis.contrasts: {a.name!r} and {b.name!r} have linked seeds, but on {dataset} "
            f"seeds {list(a.table.seeds)} and {list(b.table.seeds)}; give both the same seeds"
        )


def _typed(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.astype({"n_clusters": "Int64", "fewest_seeds": float, "tested": bool})


def _check_names(plan: Analysis, *, trained: Mapping[str, bool], measures: Sequence[str]) -> None:
    """Raise an InputError for an unknown measure or system in the plan.

    It is also raised for a system that the plan lists as trained although it has no training.
    """
    if plan.primary not in measures:
        hint = nearest(plan.primary, measures)
        raise InputError(f"analysis.primary: {plan.primary!r} is not among the measures{hint}")
    for name in plan.trained:
        if name not in trained:
            raise InputError(f"analysis.trained: unknown system {name!r}{nearest(name, trained)}")
        if not trained[name]:
            raise InputError(f"analysis.trained: {name!r} is not trained; take it out")
    for contrast in plan.contrasts:
        for name in (contrast.system, contrast.baseline):
            if name not in trained:
                raise InputError(
                    f"analysis.contrasts: unknown system {name!r}{nearest(name, trained)}"
                )
