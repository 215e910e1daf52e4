"""Variance components by one measure, and forecasts of experiments with more seeds or queries.

Frames go in, frames come out. The table of components shows the interval of the variance over
seeds, which is wide with five seeds. The table of forecasts therefore shows the minimum detectable
effect and the probability of equivalence also for the ends of such an interval.
"""

from collections.abc import Mapping
from math import nan

import pandas as pd

from maw.settings.plan import Analysis
from maw.significance import Design, Prospect, contrast_design, prospects, variance_components
from maw.verdicts.score_table import (
    Clusters,
    Labels,
    ScoredSystem,
    ScoreTables,
    cluster_labels,
)
from maw.verdicts.seed_forms import PairedSystems, pair_seeds

LIMIT = 0.8  # level of the one-sided limit of the seeds' variance, which calibration uses as well
COMPONENTS = [
    "dataset", "system", "measure", "n_queries", "n_clusters", "n_seeds",
    "query", "query_low", "query_high", "seed", "seed_low", "seed_high", "seed_limit_80",
    "error", "error_low", "error_high", "reason", "note",
]  # fmt: skip
PROSPECTS = [
    "dataset", "system", "claim", "baseline", "measure", "n_controls", "level", "plan",
    "n_queries", "n_clusters", "n_seeds", "n_seeds_baseline", "seeds",
    "seed", "seed_low", "seed_high", "seed_baseline", "seed_baseline_low", "seed_baseline_high",
    "se", "half_width", "mde", "mde_low", "mde_high", "power_at_sesoi", "p_equivalent",
    "p_equivalent_low", "p_equivalent_high", "reason",
]  # fmt: skip
KEY = ["dataset", "system", "claim", "level"]
AS_IT_IS = "as it is"
# seeds that are shared vary in one table, that of the differences, and the baseline adds nothing
SIDES = ("seed", "seed_baseline")


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
    claims: pd.DataFrame,
    *,
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> pd.DataFrame:
    """Return forecasts for each control of each claim, by the primary measure.

    claims: dataset, system, claim and level (α′), such as `maw.verdicts.decide` returns them. Each
    control of a claim has a row, with the columns PROSPECTS, for this experiment as it is, for 5
    and for 10 more seeds (where a system has several), and for twice the queries.

    seed, seed_low and seed_high: the variance over seeds, cut at 0, with its 95 % interval, in the
    measure's unit squared. Where seeds are shared it is that of the differences, and that of the
    baseline is nan. half_width, mde, power_at_sesoi and p_equivalent as in `significance.Prospect`;
    *_low and *_high are their smallest and largest value with the variance over seeds as estimated
    and at both ends of its interval. Each component is cut at 0, so that "as it is" may differ a
    little from the mde in `claims`. A control of which nothing can be said, because a system lacks
    seeds, has one row with the reason and no numbers.
    """
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    contrasts = {(contrast.system, contrast.baseline): contrast for contrast in plan.contrasts}
    rows: list[dict[str, object]] = []
    for dataset, system, claim, level in claims[KEY].itertuples(index=False, name=None):
        controls = plan.controls_of[system, claim]
        for control in controls:
            a, b = (
                tables.get(dataset, system=name, measure=plan.primary) for name in (system, control)
            )
            labels = cluster_labels(clusters, dataset=dataset, queries=a.queries)
            pair = pair_seeds(
                contrasts[system, control],
                ScoredSystem(system, trained[system], a),
                ScoredSystem(control, trained[control], b),
                labels=labels,
            )
            key = dict(zip(KEY, (dataset, system, claim, level), strict=True))
            key |= {"baseline": control, "measure": plan.primary, "n_controls": len(controls)}
            ahead = _forecasts(
                pair, labels, level=level, sesoi=plan.sesoi, n_controls=len(controls)
            )
            rows += [key | forecast for forecast in ahead]
    return pd.DataFrame(rows, columns=PROSPECTS)


def _systems_of_datasets(scores: pd.DataFrame) -> list[tuple[str, str]]:
    pairs = scores[["dataset", "system"]].drop_duplicates().sort_values(["dataset", "system"])
    return list(pairs.itertuples(index=False, name=None))


def _forecasts(
    pair: PairedSystems, labels: Labels, *, level: float, sesoi: float | None, n_controls: int
) -> list[dict[str, object]]:
    """Return a forecast, as column name -> value, for each plan of the next experiment.

    labels [Q]: clusters of the queries, or None. level: α′, the level of the claim, which has
    n_controls controls.
    """
    if pair.lacks_seeds:
        return [{"plan": AS_IT_IS, "seeds": pair.form, "reason": "a trained system lacks seeds"}]
    a, b = pair.a.table.values, pair.b.table.values
    design = contrast_design(a, b, labels, seeds=pair.form)
    seeds = _seed_variances(design, pair)
    plans = prospects(design, alpha=level, sesoi=sesoi, n_controls=n_controls)
    return [_record(plan, pair) | seeds for plan in plans]


def _seed_variances(design: Design, pair: PairedSystems) -> dict[str, object]:
    """Return the columns of the variance over seeds: of both sides, or of their differences."""
    terms = list(design.seed_terms)
    sides = [pair.a.n_seeds > 1, pair.b.n_seeds > 1 and pair.form == "independent"]
    columns: dict[str, object] = {}
    for name, has_term in zip(SIDES, sides, strict=True):
        term = terms.pop(0) if has_term else None
        low, high = term.seed_interval if term else (nan, nan)
        columns |= {name: term.seed if term else nan, f"{name}_low": low, f"{name}_high": high}
    return columns


def _record(prospect: Prospect, pair: PairedSystems) -> dict[str, object]:
    """Return one forecast as column name -> value.

    A system with a single run keeps it; systems with shared seeds have the same number of seeds.
    """
    planned = list(prospect.n_seeds)
    if pair.form == "shared":
        planned_seeds = planned * 2
    else:
        planned_seeds = [planned.pop(0) if S > 1 else S for S in (pair.a.n_seeds, pair.b.n_seeds)]
    return {
        "plan": prospect.name,
        "n_queries": prospect.n_queries,
        "n_clusters": prospect.n_clusters,
        "n_seeds": planned_seeds[0],
        "n_seeds_baseline": planned_seeds[1],
        "seeds": pair.form,
        "se": prospect.standard_error,
        "half_width": prospect.half_width,
        "mde": prospect.mde,
        "mde_low": prospect.mde_range.low,
        "mde_high": prospect.mde_range.high,
        "power_at_sesoi": prospect.power,
        "p_equivalent": prospect.p_equivalent,
        "p_equivalent_low": prospect.p_equivalent_range.low,
        "p_equivalent_high": prospect.p_equivalent_range.high,
        "reason": "",
    }
