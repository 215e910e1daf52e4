"""Score tables [Q, S] from the long table of all scores, checked so that no score is missing.

The long table has a row for each score. A system needs exactly one finite score for each of its
queries and each of its seeds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from maw.errors import InputError, nearest
from maw.significance.clean import Array

KEY = ["dataset", "system", "measure"]
COLUMNS = [*KEY, "seed", "query_id", "value"]
MEND = "give one finite score for each seed and query, or run snakemake again"

Clusters = Mapping[str, Mapping[str, object] | pd.Series]  # dataset -> query_id -> cluster
Labels = tuple[str, ...] | None  # [Q] cluster of each query of one dataset; None: no clusters


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Scores of one system on one dataset by one measure.

    values [Q, S]; queries [Q] and seeds [S] are in ascending order.
    """

    values: Array
    queries: tuple[str, ...]
    seeds: tuple[int, ...]

    def of_seeds(self, seeds: tuple[int, ...]) -> "ScoreTable":
        """Return the table with these seeds alone, in this order; each must be among its own."""
        columns = [self.seeds.index(seed) for seed in seeds]
        return ScoreTable(self.values[:, columns], self.queries, seeds)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSystem:
    """The scores of one system by one measure, in `table`.

    trained: whether another training seed would change them.
    """

    name: str
    trained: bool
    table: ScoreTable

    @property
    def n_seeds(self) -> int:
        """Number of seeds, which are the columns of the score table; 1 for an untrained system."""
        return len(self.table.seeds)

    @property
    def varies(self) -> bool:
        """True if training the system again changes its scores, as declared or as seen in them."""
        return self.trained or self.n_seeds > 1

    @property
    def lacks_seeds(self) -> bool:
        """True if the system is trained but has one seed: other trainings might score otherwise."""
        return self.trained and self.n_seeds == 1


class ScoreTables:
    """All score tables in one long table; a table is checked when `get` returns it.

    InputError for a column that the long table lacks.
    """

    def __init__(self, scores: pd.DataFrame) -> None:
        missing = [name for name in COLUMNS if name not in scores]
        if missing:
            raise InputError(f"scores: lacks column {missing[0]!r}; needs {', '.join(COLUMNS)}")
        self.datasets = sorted(scores["dataset"].unique().tolist())
        self.systems = sorted(scores["system"].unique().tolist())
        self._groups = {
            tuple(key): group for key, group in scores.groupby(KEY, sort=False, observed=True)
        }

    def get(self, dataset: str, *, system: str, measure: str) -> ScoreTable:
        """Return the scores of a system on a dataset by a measure.

        InputError names an unknown system, or a score that is missing, doubled or not finite.
        """
        name = f"scores: {dataset}/{system}/{measure}"
        if (dataset, system, measure) not in self._groups:
            if system not in self.systems:
                raise InputError(f"scores: no system {system!r}{nearest(system, self.systems)}")
            raise InputError(f"{name} is missing; add these scores, or run snakemake again")
        group = self._groups[dataset, system, measure]
        query_codes, queries = pd.factorize(group["query_id"], sort=True)
        seed_codes, seeds = pd.factorize(group["seed"], sort=True)
        n_scores = np.zeros((len(queries), len(seeds)), dtype=int)
        np.add.at(n_scores, (query_codes, seed_codes), 1)
        table = np.zeros(n_scores.shape)
        table[query_codes, seed_codes] = group["value"].to_numpy(np.float64)
        for is_wrong, fault in (
            (n_scores == 0, "has no score"),
            (n_scores > 1, "has more than one score"),
            (~np.isfinite(table), "has a score that is not finite"),
        ):
            for q, s in np.argwhere(is_wrong)[:1]:
                entry = f"of seed {seeds[s]} for query {queries[q]}"
                raise InputError(f"{name} {fault} {entry}; {MEND}")
        return ScoreTable(table, queries=tuple(queries), seeds=tuple(int(s) for s in seeds))


def same_queries(a: ScoreTable, b: ScoreTable, *, names: tuple[str, str], dataset: str) -> None:
    """Raise an InputError where two systems have different queries; it names the first of these.

    names: the systems of the tables a and b.
    """
    if a.queries == b.queries:
        return
    only_a, only_b = set(a.queries) - set(b.queries), set(b.queries) - set(a.queries)
    query = min(only_a | only_b)
    has, lacks = names if query in only_a else names[::-1]
    raise InputError(
        f"scores: {dataset}/{lacks} lacks query {query}, which {has} has; "
        "score both on the same queries"
    )


def cluster_labels(clusters: Clusters | None, *, dataset: str, queries: tuple[str, ...]) -> Labels:
    """Return the cluster of each query [Q], or None where the queries are independent.

    Queries are independent where no clusters are given for the dataset, and where each query has a
    cluster of its own. InputError names a query without a cluster, or the one cluster that holds
    all queries.
    """
    cluster_of_query = (clusters or {}).get(dataset)
    if cluster_of_query is None:
        return None
    # to_dict, because dict() looks each query of a Series up by itself
    cluster_of_query = (
        cluster_of_query.to_dict()
        if isinstance(cluster_of_query, pd.Series)
        else dict(cluster_of_query)
    )
    for query in queries:
        if query not in cluster_of_query or pd.isna(cluster_of_query[query]):
            raise InputError(f"queries: {dataset}: query {query} has no cluster; give it one")
    labels = tuple(str(cluster_of_query[query]) for query in queries)
    n_clusters = len(set(labels))
    if n_clusters == 1 and len(labels) > 1:
        raise InputError(
            f"queries: {dataset}: all {len(labels)} queries are in cluster {labels[0]!r}; "
            "a test needs at least 2 clusters"
        )
    return None if n_clusters == len(labels) else labels
