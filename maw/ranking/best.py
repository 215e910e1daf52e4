"""Which documents are best for each query, while a collection streams by? Exact, in bounded memory.

Score descending, then document id descending, as trec_eval orders. Nothing that could still be
among the best is let go, so the result depends neither on the shards nor on when they are merged.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from maw.ranking.inputs import Ranked

Array = npt.NDArray[Any]
COLUMNS = {
    "query": np.int32, "row": np.int32, "score": np.float32, "depth": np.int32, "chance": np.float32
}  # fmt: skip


@dataclass
class Best:
    """The best `depth` documents of each of Q queries among those offered so far.

    places [N]: of every document, by which equal scores are ordered. Memory: at most three times
    Q × depth rows, besides what one offer brings.
    """

    n_queries: int
    depth: int
    places: Array
    kept: dict[str, Array] = field(default_factory=dict)
    floor: Array = field(init=False)  # [Q]: a score below it is of no use any more
    _waiting: list[dict[str, Array]] = field(default_factory=list, init=False)
    _n_waiting: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.kept = self.kept or {name: np.empty(0, kind) for name, kind in COLUMNS.items()}
        self.floor = np.full(self.n_queries, -np.inf, dtype=np.float32)
        self.merge()

    def offer(self, found: Mapping[str, Array]) -> None:
        """Rows of `COLUMNS`, of equal length; a query and a document together at most once."""
        useful = found["score"] >= self.floor[found["query"]]
        self._waiting.append({name: found[name][useful] for name in COLUMNS})
        self._n_waiting += int(useful.sum())
        if self._n_waiting >= 2 * self.n_queries * self.depth:
            self.merge()

    def merge(self) -> dict[str, Array]:
        """All that is kept: by query, best first."""
        rows = [self.kept, *self._waiting]
        whole = {name: np.concatenate([part[name] for part in rows]) for name in COLUMNS}
        order = np.lexsort((self.places[whole["row"]], -whole["score"], whole["query"]))
        counts = np.bincount(whole["query"], minlength=self.n_queries)
        starts = np.cumsum(counts) - counts
        rank = np.arange(len(order)) - np.repeat(starts, counts)
        order = order[rank < self.depth]
        self.kept = {
            name: np.ascontiguousarray(column[order], dtype=COLUMNS[name])
            for name, column in whole.items()
        }
        self._waiting, self._n_waiting = [], 0
        full = np.flatnonzero(counts >= self.depth)
        ends = np.cumsum(np.minimum(counts, self.depth))
        self.floor[full] = self.kept["score"][ends[full] - 1]
        return self.kept


def ranked(
    part: Mapping[str, Array], *, query_ids: Array, doc_ids: pd.Series, routed: bool
) -> Ranked:
    """One model's part of what was retrieved, with names.

    routed: depths of all queries and of the documents that were retrieved. The cost is that of the
    trained layers, the frozen ones' is shared by all models.
    """
    ranking = pd.DataFrame(
        {
            "query_id": query_ids[part["query"]],
            "doc_id": doc_ids.iloc[part["row"]].to_numpy(dtype=object),
            "score": part["score"].astype(np.float64),
        }
    )
    rows, first = np.unique(part["row"], return_index=True)
    sides = {
        "query": (query_ids, part["query_depth"], part["query_chance"]),
        "document": (
            doc_ids.iloc[rows].to_numpy(dtype=object),
            part["depth"][first],
            part["chance"][first],
        ),
    }
    depths = [
        pd.DataFrame({"text_id": names, "side": side, "depth": depth, "probability": chance})
        for side, (names, depth, chance) in sides.items()
    ]
    return Ranked(
        ranking,
        cost=json.loads(part["cost"].tobytes()),
        depths=pd.concat(depths, ignore_index=True) if routed else None,
    )
