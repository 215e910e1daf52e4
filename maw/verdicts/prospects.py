"""How much do queries, seeds and chance vary the primary measure, and what would more of them buy?

Frames in, frames out. Both tables show the wide interval of the seeds' variance: a plan made of
five seeds is a guess, and has to look like one.
"""

from collections.abc import Mapping
from math import nan

import pandas as pd

from maw.settings.plan import Analysis, PlannedContrast
from maw.significance import Prospect, contrast_design, prospects, variance_components
from maw.significance.reasons import seed_flags
from maw.verdicts.score_table import Clusters, ScoreTables, cluster_labels

LIMIT = 0.8  # one-sided, of the seeds' variance: what calibration redraws seeds from, too
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
    "seeds of one number vary together on both sides: the plan takes that to go on; a later plan "
    "may say “seeds: linked”, and why"
)


def components(scores: pd.DataFrame, *, measure: str, clusters: Clusters | None) -> pd.DataFrame:
    """Variance components of every system on every dataset by one measure, columns COMPONENTS.

    query, seed and error: variances in squared units, unbiased, so a little below 0 at times; 95 %
    intervals, cut at 0. n_clusters: independent units, as many as queries where none were given.
    With one seed the query's variance has the error in it and the others are empty: reason.
    """
    scores = scores[scores["measure"] == measure]
    tables = ScoreTables(scores)
    rows: list[dict[str, object]] = []
    for dataset, system in _pairs(scores):
        table = tables.get(dataset, system=system, measure=measure)
        labels = cluster_labels(clusters, dataset=dataset, queries=table.queries)
        found = variance_components(table.values, labels)
        row: dict[str, object] = {"dataset": dataset, "system": system, "measure": measure}
        for name, part in (("query", found.query), ("seed", found.seed), ("error", found.error)):
            low, high = part.confidence_interval()
            row |= {name: part.value, f"{name}_low": low, f"{name}_high": high}
        rows.append(
            {
                **row,
                "n_queries": found.n_queries,
                "n_clusters": found.n_units,
                "n_seeds": found.n_seeds,
                "seed_limit_80": found.seed.upper_limit(LIMIT),
                "reason": ";".join(flag.reason.value for flag in found.flags if flag.blocks),
                "note": "; ".join(map(str, found.flags)),
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
    """What each contrast could find as it is, with more seeds, or twice the queries: PROSPECTS.

    compared: rows of `analysis.compare`; a row at their level, α/m. mde at 80 % power; *_low and
    *_high: with the seeds' variance at the ends of its 95 % interval. Components are cut at 0 one
    by one, so that "as it is" may differ a little from the mde of comparisons. Empty, with its
    reason: nothing can be planned from what is not estimable.
    """
    tables = ScoreTables(scores[scores["measure"] == plan.primary])
    linked = {(pair.system, pair.baseline): pair for pair in plan.contrasts}
    rows: list[dict[str, object]] = []
    for row in compared[compared["measure"] == plan.primary].to_dict("records"):
        kept = {name: row[name] for name in PROSPECTS[:5]} | {"level": row["level"]}
        pair = linked[row["system"], row["baseline"]]
        if row["reason"]:
            told = {"plan": AS_IT_IS, "reason": row["reason"], "note": row["note"]}
            rows.append({**kept, **told})
            continue
        rows += [
            {**kept, **cells}
            for cells in _prospects(
                tables, pair, row=row, plan=plan, trained=trained, clusters=clusters
            )
        ]
    return pd.DataFrame(rows, columns=PROSPECTS)


def _pairs(scores: pd.DataFrame) -> list[tuple[str, str]]:
    there = scores[["dataset", "system"]].drop_duplicates().sort_values(["dataset", "system"])
    return list(there.itertuples(index=False, name=None))


def _prospects(
    tables: ScoreTables,
    pair: PlannedContrast,
    *,
    row: Mapping[str, object],
    plan: Analysis,
    trained: Mapping[str, bool],
    clusters: Clusters | None,
) -> list[dict[str, object]]:
    dataset, names = str(row["dataset"]), (pair.system, pair.baseline)
    a, b = (tables.get(dataset, system=name, measure=plan.primary) for name in names)
    labels = cluster_labels(clusters, dataset=dataset, queries=a.queries)
    is_trained = (trained[pair.system], trained[pair.baseline])
    design = contrast_design(
        a.values,
        b.values,
        labels,
        linked=pair.linked,
        numbered=a.seeds == b.seeds,
        trained=is_trained,
    )
    n_seeds = (len(a.seeds), len(b.seeds))
    notes = [str(flag) for flag in seed_flags(n_seeds, trained=is_trained, names=names)]
    if design.shared:
        notes.append(TOGETHER)
    told = {"reason": "", "note": "; ".join(notes)}
    found = prospects(design, alpha=float(str(row["level"])), sesoi=plan.sesoi)
    return [_cells(one, n_seeds=n_seeds, linked=pair.linked) | told for one in found]


def _cells(found: Prospect, *, n_seeds: tuple[int, int], linked: bool) -> dict[str, object]:
    """A fixed side keeps its one run; linked sides have as many seeds as each other."""
    planned = list(found.n_seeds)
    sides = (
        (planned * 2)[:2]
        if linked and planned
        else [planned.pop(0) if S > 1 else S for S in n_seeds]
    )
    least, most = found.p_equivalent_range[::-1] if found.p_equivalent_range else (nan, nan)
    return {
        "plan": found.name,
        "n_queries": found.n_queries,
        "n_clusters": found.n_units,
        "n_seeds": sides[0],
        "n_seeds_baseline": sides[1],
        "se": found.variance**0.5,
        "df": found.df,
        "mde": found.mde,
        "mde_low": found.mde_range.low,
        "mde_high": found.mde_range.high,
        "power_at_sesoi": nan if found.power is None else found.power,
        "p_equivalent": nan if found.p_equivalent is None else found.p_equivalent,
        "p_equivalent_low": least,
        "p_equivalent_high": most,
    }
