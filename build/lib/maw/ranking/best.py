"""The selection of each query's best documents while a collection streams by, exactly.

Memory is bounded. Documents are ordered by `measures.ordering.best_first`. A document that could
still be among the best is never dropped, so the result depends neither on how the collection is
divided nor on when the documents are merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.measures.ordering import best_first
from maw.ranking.inputs import Ranked, chosen_depths

Array = npt.NDArray[Any]
# query: position among the queries; row: the document's row in the collection; depth and chance:
# the depth chosen for the document, and its probability under the router
COLUMNS = {
    "query": np.int32, "row": np.int32, "score": np.float32, "depth": np.int32, "chance": np.float32
}  # fmt: skip


@dataclass
class Best:
    """The best `depth` documents of each of Q queries among those offered so far.

    depth: number of documents kept for a query. id_ranks [N]: for every document of the collection,
    an integer that rises with its id, by which equal scores are ordered. kept: the columns
    `COLUMNS`, sorted by query, each query's best document first. Memory: at most three times Q ×
    depth rows, besides the rows of one offer and the copies that `merge` makes for a moment.
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
        """Add scored documents: arrays of equal length, one for each name of `COLUMNS`.

        The same query and document may be offered once only.
        """
        useful = columns["score"] >= self.floor[columns["query"]]
        self._waiting.append({name: columns[name][useful] for name in COLUMNS})
        self._n_waiting += int(useful.sum())
        if self._n_waiting >= 2 * self.n_queries * self.depth:
            self.merge()

    def merge(self) -> dict[str, Array]:
        """Merge all offers into `kept` and return it: sorted by query, best document first."""
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
    part: Mapping[str, Array],
    *,
    cost: Mapping[str, Any],
    query_ids: Array,
    doc_ids: pd.Series,
    routed: bool,
) -> Ranked:
    """Return the result of one model from its part of a file of streamed rankings.

    part: the columns `COLUMNS` [R], sorted by query, best document first; query_depth and
    query_chance [Q], each query's depth and its probability under the router. cost: seconds of the
    trained layers and of this model's part of the frozen layers, which all models share.
    query_ids [Q], doc_ids [N]: the ids at the positions that `query` and `row` state. routed: True
    if the model has a router; then the depths of all queries and of the retrieved documents are
    returned too.
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
    return Ranked(ranking, cost=dict(cost), depths=depths)
