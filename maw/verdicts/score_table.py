"""Is every seed × query cell there, once? From the long frame of all scores to [Q, S] tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from maw.errors import InputError, nearest
from maw.significance.clean import Array

KEY = ["dataset", "system", "measure"]
COLUMNS = [*KEY, "seed", "query_id", "value"]

Clusters = Mapping[str, Mapping[str, object] | pd.Series]  # dataset -> query_id -> cluster
Labels = tuple[str, ...] | None  # [Q] cluster of each query of one dataset; None: no clusters


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """One system on one dataset by one measure. values [Q, S], queries [Q] and seeds [S] rising."""

    values: Array
    queries: tuple[str, ...]
    seeds: tuple[int, ...]


class ScoreTables:
    """Every table of one long frame, checked when it is asked for."""

    def __init__(self, scores: pd.DataFrame) -> None:
        missing = [name for name in COLUMNS if name not in scores]
        if missing:
            raise InputError(f"scores: lacks column {missing[0]!r}; run evaluate again")
        self.datasets = sorted(scores["dataset"].unique().tolist())
        self.systems = sorted(scores["system"].unique().tolist())
        self._groups = {
            tuple(key): group for key, group in scores.groupby(KEY, sort=False, observed=True)
        }

    def get(self, dataset: str, *, system: str, measure: str) -> ScoreTable:
        """InputError names what is missing, twice there, or not finite."""
        place = f"scores: {dataset}/{system}/{measure}"
        if (dataset, system, measure) not in self._groups:
            hint = nearest(system, self.systems) if system not in self.systems else ""
            raise InputError(f"{place} is missing{hint}; run evaluate again")
        group = self._groups[dataset, system, measure]
        query_codes, queries = pd.factorize(group["query_id"], sort=True)
        seed_codes, seeds = pd.factorize(group["seed"], sort=True)
        values = group["value"].to_numpy(np.float64)
        times = np.zeros((len(queries), len(seeds)), dtype=int)
        np.add.at(times, (query_codes, seed_codes), 1)
        table = np.zeros(times.shape)
        table[query_codes, seed_codes] = values
        for wrong, told in (
            (times == 0, "lacks"),
            (times > 1, "has twice"),
            (~np.isfinite(table), "is not finite at"),
        ):
            for q, s in np.argwhere(wrong)[:1]:
                cell = f"seed {seeds[s]} × query {queries[q]}"
                raise InputError(f"{place} {told} {cell}; run evaluate again")
        return ScoreTable(table, queries=tuple(queries), seeds=tuple(int(s) for s in seeds))


def same_queries(a: ScoreTable, b: ScoreTable, *, names: tuple[str, str], dataset: str) -> None:
    """InputError names the first query that only one of two systems answered."""
    if a.queries == b.queries:
        return
    only_a, only_b = set(a.queries) - set(b.queries), set(b.queries) - set(a.queries)
    query = min(only_a | only_b)
    has, lacks = names if query in only_a else names[::-1]
    raise InputError(
        f"scores: {dataset}/{lacks} lacks query {query}, which {has} has; run evaluate again"
    )


def cluster_labels(clusters: Clusters | None, *, dataset: str, queries: tuple[str, ...]) -> Labels:
    """[Q] cluster of each query; None where there are none, or each query is one of its own."""
    known = (clusters or {}).get(dataset)
    if known is None:
        return None
    known = dict(known)
    for query in queries:
        if query not in known or pd.isna(known[query]):
            raise InputError(f"queries: {dataset}: query {query} has no cluster; give it one")
    labels = tuple(str(known[query]) for query in queries)
    n_clusters = len(set(labels))
    if n_clusters == 1 and len(labels) > 1:
        raise InputError(
            f"queries: {dataset}: all {len(labels)} queries are in cluster {labels[0]!r}; "
            "a test needs at least 2 clusters"
        )
    return None if n_clusters == len(labels) else labels
