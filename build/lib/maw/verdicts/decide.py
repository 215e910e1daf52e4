"""Verdicts from all scores: a row for each contrast, dataset and measure, and one for each claim.

Frames go in, frames come out, nothing is written to the disk. The deciding test is
`maw.significance.crossed`; `maw.verdicts.claims` judges the claims, and `maw.verdicts.families`
corrects what decides nothing. The order of the scores' rows does not matter.

Columns of the rows (COLUMNS): difference, ci_*, bar_*, fcr_*, mde (the minimum detectable effect)
and se are in the measure's unit; ci_low and ci_high are the 95 % interval, not adjusted. p is the
generalised p-value of the row's `estimand`, which decides: E2, the training procedure, or E1, these
trained models. p_satterthwaite, statistic, df and se are those of the older test that is shown
beside it. word, suffix, withheld, bar_*, level and p_holm, p_bonferroni, p_bh, p_by of a
confirmatory row are those of the first claim that needs the contrast (columns
`maw.verdicts.claims.CLAIMS`), and of a row of non-inferiority those of its own test. In other rows
the word is the row's role, the adjusted p are those of its family of tests, and level is α over the
number of tests in it. seeds: "shared" where differences are taken within a seed.
chance_of_better_training: the chance that one more training of the system beats one of the baseline
on these queries. p_t, p_wilcoxon, p_pratt, p_sign, p_sign_flip, p_mcnemar, p_max_t (adjusted within
the family) and e1_ci_* (BCa) are about E1. reason says why there is no number, and cautions says
why to be careful, in words of `significance.Reason` with ";" between them.

Some entries are empty, among them: bar_* of a control that cannot be judged are infinite;
p_equivalent_if_no_difference in rows of no claim, without a SESOI (the smallest effect size of
interest), and where the row is not tested; fcr_* except in exploratory rows that are selected;
n_clusters without clusters; var_seed and var_error of a system with one seed, and those of the
baseline where seeds are shared; p_mcnemar except where both systems have a single run, the measure
is 0 or 1 for each query (Success@K), and the queries are independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from types import MappingProxyType

import pandas as pd

from maw.errors import InputError, nearest
from maw.settings.plan import Analysis, PlannedContrast
from maw.settings.planned import DECIDING_ROLES
from maw.significance.planning import minimum_detectable_effect
from maw.verdicts.checkpoint_tests import family_max_t, intervals
from maw.verdicts.claims import CLAIMS, OF_ROWS, judge_plan
from maw.verdicts.contrasts import MeasuredContrast, measure_contrast
from maw.verdicts.families import EXPLORATORY, correct_families, family_of
from maw.verdicts.notes import with_notes
from maw.verdicts.score_table import (
    Clusters,
    Labels,
    ScoredSystem,
    ScoreTables,
    cluster_labels,
    same_queries,
)

# fmt: off
COLUMNS = [
    "dataset", "system", "baseline", "measure", "role", "estimand", "difference", "ci_low",
    "ci_high", "p", "p_holm", "p_bonferroni", "p_bh", "p_t", "p_wilcoxon", "d_z", "mde", "word",
    "suffix", "withheld", "bar_low", "bar_high", "level", "seeds",
    "fcr_low", "fcr_high", "p_by", "p_satterthwaite", "statistic", "df", "se", "mean",
    "mean_baseline", "relative", "d_z_low", "d_z_high", "rank_biserial", "p_greater", "wins",
    "ties", "losses", "n_queries", "n_clusters", "n_seeds", "n_seeds_baseline", "fewest_seeds",
    "var_query", "var_seed", "var_error", "var_seed_baseline", "var_error_baseline", "skewness",
    "p_equivalent_if_no_difference", "chance_of_better_training", "note",
    "p_sign_flip", "p_max_t", "p_sign", "p_mcnemar", "p_pratt", "hedges_g", "rank_biserial_low",
    "rank_biserial_high", "e1_ci_low", "e1_ci_high", "other_form_p",
    "other_form_low", "other_form_high", "reason", "cautions",
]
# fmt: on
NONE_WITHHELD: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class PlanVerdicts:
    """The verdicts on all contrasts and on all claims of a plan.

    rows: a row for each contrast, dataset and measure, with the columns COLUMNS. claims: a row for
    each claim and dataset, with the columns `maw.verdicts.claims.CLAIMS`.
    """

    rows: pd.DataFrame
    claims: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class DatasetContrasts:
    """All measured contrasts of one dataset, and `labels`, the clusters of its queries or None."""

    dataset: str
    labels: Labels
    measured: tuple[tuple[PlannedContrast, str, MeasuredContrast], ...]  # contrast, measure, row

    def rows(self, primary: str) -> list[dict[str, object]]:
        """Return a row, as a dict, for each contrast and measure.

        It holds the contrast's numbers, its role and its family of tests, and the bootstrap
        interval of the mean difference of these trained models (E1); with clusters, also that of
        d_z. primary: the plan's primary measure.
        """
        bands = intervals([row.differences for _, _, row in self.measured], labels=self.labels)
        rows: list[dict[str, object]] = []
        for (contrast, measure, row), band in zip(self.measured, bands, strict=True):
            role = contrast.role if measure == primary else EXPLORATORY
            names = {"dataset": self.dataset, "system": contrast.system}
            key = {**names, "baseline": contrast.baseline, "measure": measure, "role": role}
            family = family_of(role, declared=contrast.role, dataset=self.dataset)
            rows.append({**key, "family": family, "tested": row.tested, **row.columns, **band})
        return rows


def decide(
    scores: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
    measures: Sequence[str],
    withheld: Mapping[str, str] = NONE_WITHHELD,
) -> PlanVerdicts:
    """Return the verdicts on every planned contrast and on every claim.

    scores: columns dataset, system, seed, query_id, measure, value. trained: system -> whether
    another training seed would change its scores. clusters: dataset -> query_id -> cluster; queries
    are independent where it is None or lacks the dataset. withheld: dataset -> the control of the
    study that failed there; words that say that a gain is absent name it in the column `withheld`.

    InputError names a score that is missing, doubled or not finite, an unknown name, a query that
    one of two systems lacks, a query without a cluster, or a number of seeds at which the plan has
    no look.
    """
    _check_names(plan, trained=trained, measures=measures)
    tables = ScoreTables(scores)
    parts = [
        _measured(dataset, tables, plan=plan, trained=trained, clusters=clusters, measures=measures)
        for dataset in tables.datasets
    ]
    records = [row for part in parts for row in part.rows(plan.primary)]
    if not records:
        return PlanVerdicts(pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=CLAIMS))
    contrasts = [row for part in parts for _, _, row in part.measured]
    of_primary = {
        (part.dataset, contrast.system, contrast.baseline): row
        for part in parts
        for contrast, measure, row in part.measured
        if measure == plan.primary
    }
    judged = judge_plan(of_primary, plan=plan, datasets=tables.datasets, withheld=withheld)
    rows = correct_families(_typed(records), contrasts, alpha=plan.alpha)
    rows = _with_verdicts(rows, judged.of_rows)
    mde = [
        minimum_detectable_effect(row.contrast.spread, alpha=level)
        if row.tested and row.contrast.decides
        else nan
        for row, level in zip(contrasts, rows["level"], strict=True)
    ]
    labels = {part.dataset: part.labels for part in parts}
    p_max_t = family_max_t(rows, differences=[c.differences for c in contrasts], labels=labels)
    ranges = [row.contrast.spread.measure_range for row in contrasts]
    rows = rows.assign(mde=mde, p_max_t=p_max_t, measure_range=ranges)
    rows = with_notes(rows, plan=plan)
    return PlanVerdicts(rows[COLUMNS], judged.claims)


def _with_verdicts(
    rows: pd.DataFrame, of_rows: Mapping[tuple[str, str, str], dict[str, object]]
) -> pd.DataFrame:
    """Return the rows with the columns OF_ROWS: the verdict's, or the role for a word.

    of_rows: dataset, system and baseline of the rows that decide -> these columns.
    """
    empty = {"suffix": "", "withheld": "", "bar_low": nan, "bar_high": nan}
    empty["p_equivalent_if_no_difference"] = nan
    rows = rows.assign(word=rows["role"], **empty)
    for row in rows[rows["role"].isin(DECIDING_ROLES)].itertuples():
        verdict = of_rows[row.dataset, row.system, row.baseline]
        for name in OF_ROWS:
            rows.loc[row.Index, name] = verdict[name]
    return rows


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
            row = measure_contrast(contrast, a, b, dataset=dataset, measure=measure, labels=labels)
            measured.append((contrast, measure, row))
    return DatasetContrasts(dataset, labels, tuple(measured))


def _typed(rows: list[dict[str, object]]) -> pd.DataFrame:
    types = {"n_clusters": "Int64", "fewest_seeds": "Int64", "tested": bool}
    return pd.DataFrame(rows).astype(types)


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
