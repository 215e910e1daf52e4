"""The best documents of each query while a collection streams by: exact, in bounded memory.

The order is `measures.ordering.best_first`'s. A document that could still be among the best is
never dropped, so the result depends neither on the shards nor on when they are merged.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.measures.ordering import best_first
from maw.ranking.inputs import Ranked, chosen_depths

Array = npt.NDArray[Any]
COLUMNS = {
    "query": np.int32, "row": np.int32, "score": np.float32, "depth": np.int32, "chance": np.float32
}  # fmt: skip


@dataclass
class Best:
    """The best `depth` documents of each of Q queries among those offered so far.

    id_ranks [N]: of every document, integers that rise with its id; they order equal scores.
    kept: columns of `COLUMNS`, by query, best first. Memory: at most three times Q × depth rows,
    besides what one offer brings.
    """

    n_queries: int
    depth: int
    id_ranks: Array
    kept: dict[str, Array] = field(default_factory=dict)
    floor: Array = field(init=False)  # [Q]: a document that scores less is not among the best
    _waiting: list[dict[str, Array]] = field(default_factory=list, init=False)
    _n_waiting: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.kept = self.kept or {name: np.empty(0, dtype) for name, dtype in COLUMNS.items()}
        self.floor = np.full(self.n_queries, -np.inf, dtype=np.float32)
        self.merge()

    def offer(self, columns: Mapping[str, Array]) -> None:
        """Offer scored documents: columns of `COLUMNS`, of equal length.

        A query and a document may be offered together once only.
        """
        useful = columns["score"] >= self.floor[columns["query"]]
        self._waiting.append({name: columns[name][useful] for name in COLUMNS})
        self._n_waiting += int(useful.sum())
        if self._n_waiting >= 2 * self.n_queries * self.depth:
            self.merge()

    def merge(self) -> dict[str, Array]:
        """Merge all offers into the kept documents and return these: by query, best first."""
        parts = [self.kept, *self._waiting]
        merged = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}
        order = best_first(merged["score"], self.id_ranks[merged["row"]], merged["query"])
        counts = np.bincount(merged["query"], minlength=self.n_queries)
        starts = np.cumsum(counts) - counts
        rank = np.arange(len(order)) - np.repeat(starts, counts)
        order = order[rank < self.depth]
        self.kept = {
            name: np.ascontiguousarray(column[order], dtype=COLUMNS[name])
            for name, column in merged.items()
        }
        self._waiting, self._n_waiting = [], 0
        full = np.flatnonzero(counts >= self.depth)
        ends = np.cumsum(np.minimum(counts, self.depth))
        self.floor[full] = self.kept["score"][ends[full] - 1]
        return self.kept


def ranked(
    part: Mapping[str, Array], *, query_ids: Array, doc_ids: pd.Series, routed: bool
) -> Ranked:
    """Return one model's result from its part of a file of streamed rankings.

    part: the columns of `COLUMNS` [R], by query, best first; query_depth and query_chance [Q];
    cost, canonical JSON as bytes: the cost of the trained layers, because all models share that of
    the frozen ones. query_ids [Q] and doc_ids [N]: the ids behind `query` and `row`.
    routed: whether the system has depths to report, of all queries and of the retrieved documents.
    """
    ranking = pd.DataFrame(
        {
            "query_id": query_ids[part["query"]],
            "doc_id": doc_ids.iloc[part["row"]].to_numpy(dtype=object),
            "score": part["score"].astype(np.float64),
        }
    )
    depths = None
    if routed:
        rows, first = np.unique(part["row"], return_index=True)
        of_queries = chosen_depths(part["query_depth"], part["query_chance"], query_ids=query_ids)
        of_documents = chosen_depths(
            part["depth"][first],
            part["chance"][first],
            doc_ids=doc_ids.iloc[rows].to_numpy(dtype=object),
        )
        depths = pd.concat([of_queries, of_documents], ignore_index=True)
    return Ranked(ranking, cost=json.loads(part["cost"].tobytes()), depths=depths)
