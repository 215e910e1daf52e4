"""The inputs of a system that ranks (`RankInputs`) and its result (`Ranked`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd

from maw.settings.sections import RANKING_DEPTH

if TYPE_CHECKING:
    from maw.models.encoders.trunk import Trunk

DEPTH_COLUMNS = ("query_id", "doc_id", "side", "depth", "probability")
BY_DEPTH = ("query_id", "depth", "doc_id", "score")  # a ranking under each depth in turn


@dataclass(frozen=True)
class RankInputs:
    """The inputs of one run, in which a system ranks documents for the test queries.

    documents: doc_id, text, row. queries: query_id, text, row. A row is the text's position in the
    trunk of a bi-encoder.
    trunk: outputs of the frozen layers for neural systems: for all texts, or for all pairs where
    the system is a cross-encoder. model: the trained tensors by name, for systems that are trained.
    seed: for tensors that are initialised at random.
    depth: largest number of documents returned for a query.
    index: the shards of BM25's index, for the system `bm25`, which otherwise indexes `documents`
    itself; where it is given, `documents` may be empty.
    pairs: query_id, doc_id, split, relevant, for cross-encoders; row n is pair n of the trunk.
    device: where the trained layers compute. precision: name of the dtype of their matrix products,
    as in training.
    n_by_depth: number of documents to return for each query under each depth in turn, for a system
    whose router chooses a depth; 0 where no depth is forced.
    received: query_id, doc_id and score of a run that was made elsewhere, each query's documents
    best first.
    judged, other, measure: only for a diagnostic system, which chooses depths by the judgements:
    judgements of the queries, the trained tensors of another seed, and the measure by which a depth
    is chosen.
    """

    documents: pd.DataFrame
    queries: pd.DataFrame
    seed: int
    depth: int = RANKING_DEPTH
    trunk: "Trunk | None" = None
    model: Mapping[str, Any] | None = None
    index: Sequence[Mapping[str, Any]] | None = None
    pairs: pd.DataFrame | None = None
    received: pd.DataFrame | None = None
    judged: pd.DataFrame | None = None
    other: Mapping[str, Any] | None = None
    measure: str = "nDCG@10"
    n_by_depth: int = 0
    precision: str = "float32"
    device: str = "cpu"


@dataclass(frozen=True)
class Ranked:
    """The result of one run: the ranking, its cost, and the depths that the router chose.

    ranking: query_id, doc_id, score (float64), each query's documents best first.
    cost: name -> value; the unit is in the name.
    depths: the depth of each text or pair, a result of `chosen_depths`; where a router mixes all
    depths, the depth of the largest weight. None for a system without a router.
    by_depth: for diagnosis, ranks under each depth in turn, with the result of
    `maw.ranking.by_depth.rankings_by_depth`: a function, so that its seconds are not counted as
    those of the ranking. None where no depth is forced.
    """

    ranking: pd.DataFrame
    cost: dict[str, float | str] = field(default_factory=dict)
    depths: pd.DataFrame | None = None
    by_depth: Callable[[], pd.DataFrame] | None = None


def chosen_depths(
    depth: npt.NDArray[Any],
    probability: npt.NDArray[Any],
    *,
    query_ids: npt.NDArray[Any] | None = None,
    doc_ids: npt.NDArray[Any] | None = None,
) -> pd.DataFrame:
    """Return a table of chosen depths: `DEPTH_COLUMNS`, with a row for each text or pair.

    depth [N], 0 to D-1; probability [N]: the router's probability of that depth, or its weight in a
    mixture. query_ids, doc_ids [N]: ids of queries, ids of documents, or both for pairs; an id that
    is not given is null. The column side has "query", "document" or "pair". ValueError if no ids
    are given.
    """
    if query_ids is None and doc_ids is None:
        raise ValueError(
            "query_ids and doc_ids are None; give the ids of queries, of documents, or both for "
            "pairs"
        )
    side = "pair"
    if query_ids is None or doc_ids is None:
        side = "query" if doc_ids is None else "document"
    columns = (query_ids, doc_ids, side, depth, probability)
    return pd.DataFrame(dict(zip(DEPTH_COLUMNS, columns, strict=True)))
