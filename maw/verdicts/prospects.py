"""Variance components by one measure, and forecasts of experiments with more seeds or queries.

Frames go in, frames come out. The table of components shows the interval of the variance over
seeds, which is wide with five seeds. The table of forecasts therefore shows the minimum detectable
effect and the probability of equivalence also for the ends of such an interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import Prospect, contrast_design, prospects, variance_components
from maw.significance.reasons import seed_flags
from maw.verdicts.score_table import (
    Clusters,
    Labels,
    ScoreTable,
    ScoreTables,
    cluster_labels,
)

LIMIT = 0.8  # level of the one-sided limit of the seeds' variance, which calibration uses as well
COMPONENTS = [
    "dataset", "system", "measure", "n_queries", "n_clusters", "n_seeds",
    "query", "query_low", "query_high", "seed", "seed_low", "seed_high", "seed_limit_80",
    "error", "error_low", "error_high", "reason", "note",
]  # fmt: skip
PROSPECTS = [
    "dataset", "system", "baseline", "measure", "role", "plan", "n_queries", "n_clusters",
    "n_seeds", "n_seeds_baseline", "se", "df", "level", "mde", "mde_low", "mde_high",
    "power_at_sesoi", "p_equivalent", "p_equivalent_low", "p_equivalent_high", "reason", "note",
]  # fmt: skip
AS_IT_IS = "as it is"
TOGETHER = (
    "runs with the same seed resemble each other across the two systems, and the forecast assumes "
    "that this continues; a later plan may say “seeds: linked”, and why"
)


@dataclass(frozen=True, slots=True)
class SeededPair:
    """The score tables of a contrast's system `a` and baseline `b`, on the same queries.

    trained: whether another training seed would change the scores of a, and of b. labels [Q]:
    clusters of the queries, or None.
    """

    contrast: PlannedContrast
    a: ScoreTable
    b: ScoreTable
    trained: tuple[bool, bool]
    labels: Labels

    @property
    def n_seeds(self) -> tuple[int, int]:
        """Number of seeds of the system and of the baseline."""
        return len(self.a.seeds), len(self.b.seeds)


def components(scores: pd.DataFrame, *, measure: str, clusters: Clusters | None) -> pd.DataFrame:
    """Return the variance components of every system on every dataset by one measure.

    Columns COMPONENTS. query, seed and error: variances in the measure's unit squared, unbiased, so
    that they can be a little below 0; *_low and *_high are 95 % intervals, cut at 0. seed_limit_80:
    one-sided upper 80 % limit of `seed`. n_clusters: number of clusters, or of queries where no
    clusters are given. With one seed the variance `query` contains the error, seed and error are
    nan, and `reason` says so.
    """
    scores = scores[scores["measure"] == measure]
    tables = ScoreTables(scores)
    rows: list[dict[str, object]] = []
    for dataset, system in _systems_of_datasets(scores):
        table = tables.get(dataset, system=system, measure=measure)
        labels = cluster_labels(clusters, dataset=dataset, queries=table.queries)
        result = variance_components(table.values, labels)
        row: dict[str, object] = {"dataset": dataset, "system": system, "measure": measure}
        parts = {"query": result.query, "seed": result.seed, "error": result.error}
        for name, part in parts.items():
            low, high = part.confidence_interval()
            row |= {name: part.value, f"{name}_low": low, f"{name}_high": high}
        rows.append(
            {
                **row,
                "n_queries": result.n_queries,
                "n_clusters": result.n_units,
                "n_seeds": result.n_seeds,
                "seed_limit_80": result.seed.upper_limit(LIMIT),
                "reason": ";".join(flag.reason.value for flag in result.flags if flag.blocks),
                "note": "; ".join(map(str, result.flags)),
            }
        )
    return pd.DataFrame(rows, columns=COMPONENTS)


def outlook(
    scores: pd.DataFrame,
    compared: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> pd.DataFrame:
    """Return forecasts of the difference that each contrast could detect, by the primary measure.

    Each contrast on each dataset has a row, with the columns PROSPECTS, for this experiment as it
    is, for 5 and for 10 more seeds (where a system has several), and for twice the queries.
    compared: rows of `maw.verdicts.decide`; a forecast is at its row's level, α/m. mde: minimum
    detectable effect at 80 % power; *_low and *_high: smallest and largest value with the variance
    over seeds as estimated and at both ends of its 95 % interval. Each component is cut at 0, so
    that "as it is" may differ a little from the mde in `compared`. A contrast that is not estimable
    has one row, with the reason and no numbers.
    """
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    contrasts = {(contrast.system, contrast.baseline): contrast for contrast in plan.contrasts}
    rows: list[dict[str, object]] = []
    for row in compared[compared["measure"] == plan.primary].to_dict("records"):
        key = {name: row[name] for name in PROSPECTS[:5]} | {"level": row["level"]}
        if row["reason"]:
            reason = {"plan": AS_IT_IS, "reason": row["reason"], "note": row["note"]}
            rows.append({**key, **reason})
            continue
        contrast = contrasts[row["system"], row["baseline"]]
        dataset, names = str(row["dataset"]), (contrast.system, contrast.baseline)
        a, b = (tables.get(dataset, system=name, measure=plan.primary) for name in names)
        labels = cluster_labels(clusters, dataset=dataset, queries=a.queries)
        is_trained = (trained[contrast.system], trained[contrast.baseline])
        pair = SeededPair(contrast, a, b, is_trained, labels)
        forecasts = _forecasts(pair, level=float(str(row["level"])), sesoi=plan.sesoi)
        rows += [{**key, **forecast} for forecast in forecasts]
    return pd.DataFrame(rows, columns=PROSPECTS)


def _systems_of_datasets(scores: pd.DataFrame) -> list[tuple[str, str]]:
    pairs = scores[["dataset", "system"]].drop_duplicates().sort_values(["dataset", "system"])
    return list(pairs.itertuples(index=False, name=None))


def _forecasts(pair: SeededPair, *, level: float, sesoi: float | None) -> list[dict[str, object]]:
    """Return a forecast, as column name -> value, for each plan of the next experiment.

    The plans: the experiment as it is, with more seeds (where a system has several), and with twice
    the queries. level: α/m, with m the number of tests in the family.
    """
    contrast = pair.contrast
    design = contrast_design(
        pair.a.values,
        pair.b.values,
        pair.labels,
        linked=contrast.linked,
        same_seed_labels=pair.a.seeds == pair.b.seeds,
        trained=pair.trained,
    )
    names = (contrast.system, contrast.baseline)
    notes = [str(flag) for flag in seed_flags(pair.n_seeds, trained=pair.trained, names=names)]
    if design.error_covariance:
        notes.append(TOGETHER)
    note = {"reason": "", "note": "; ".join(notes)}
    plans = prospects(design, alpha=level, sesoi=sesoi)
    return [_record(plan, n_seeds=pair.n_seeds, linked=contrast.linked) | note for plan in plans]


def _record(prospect: Prospect, *, n_seeds: tuple[int, int], linked: bool) -> dict[str, object]:
    """Return one forecast as column name -> value.

    n_seeds: numbers of seeds of the system and the baseline in this experiment. A system with a
    single run keeps it; linked systems have the same number of seeds.
    """
    planned = list(prospect.n_seeds)
    planned_seeds = (
        (planned * 2)[:2]
        if linked and planned
        else [planned.pop(0) if S > 1 else S for S in n_seeds]
    )
    p_low, p_high = prospect.p_equivalent_range or (nan, nan)
    return {
        "plan": prospect.name,
        "n_queries": prospect.n_queries,
        "n_clusters": prospect.n_units,
        "n_seeds": planned_seeds[0],
        "n_seeds_baseline": planned_seeds[1],
        "se": prospect.variance**0.5,
        "df": prospect.df,
        "mde": prospect.mde,
        "mde_low": prospect.mde_range.low,
        "mde_high": prospect.mde_range.high,
        "power_at_sesoi": nan if prospect.power is None else prospect.power,
        "p_equivalent": nan if prospect.p_equivalent is None else prospect.p_equivalent,
        "p_equivalent_low": p_low,
        "p_equivalent_high": p_high,
    }
