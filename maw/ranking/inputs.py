"""The inputs of a system that ranks (`RankInputs`) and its result (`Ranked`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd

from maw.settings.sections import RANKING_DEPTH

if TYPE_CHECKING:
    from maw.models.encoders.trunk import Trunk

DEPTH_COLUMNS = ("query_id", "doc_id", "side", "depth", "probability")


@dataclass(frozen=True)
class RankInputs:
    """The inputs of one run. Every system ranks all documents for the same queries.

    documents: doc_id, text, row. queries: query_id, text, row: the queries to rank for. A row is
    the text's position in the trunk.
    trunk, and model (the trained tensors by name): for neural systems; seed: of what is
    initialised at random.
    depth: documents kept of each query.
    index: shards of BM25's index, for systems that read no text; documents is empty then.
    pairs: query_id, doc_id, split, relevant; row n is the trunk's pair n, for pairwise systems.
    device: where the trained layers compute; precision: dtype of their products, as in training.
    judged, other, measure: for a diagnostic system only: judgements of the queries, the model of
    another seed, and the measure by which a depth is chosen.
    """

    documents: pd.DataFrame
    queries: pd.DataFrame
    seed: int
    depth: int = RANKING_DEPTH
    trunk: "Trunk | None" = None
    model: Mapping[str, Any] | None = None
    index: Sequence[Mapping[str, Any]] | None = None
    pairs: pd.DataFrame | None = None
    judged: pd.DataFrame | None = None
    other: Mapping[str, Any] | None = None
    measure: str = "nDCG@10"
    precision: str = "float32"
    device: str = "cpu"


@dataclass(frozen=True)
class Ranked:
    """The result of one run.

    ranking: query_id, doc_id, score (float64), each query's documents best first.
    cost: quantities by name, units in the names.
    depths: the chosen depth of each text, as `chosen_depths` lays it out; None for a system without
    a depth dimension.
    """

    ranking: pd.DataFrame
    cost: dict[str, float | str] = field(default_factory=dict)
    depths: pd.DataFrame | None = None


def chosen_depths(
    depth: npt.NDArray[Any],
    probability: npt.NDArray[Any],
    *,
    query_ids: npt.NDArray[Any] | None = None,
    doc_ids: npt.NDArray[Any] | None = None,
) -> pd.DataFrame:
    """Return the table of chosen depths, a row per text or pair, with `DEPTH_COLUMNS`.

    depth [N], 0 to D-1; probability [N], of the chosen depth under the router. query_ids, doc_ids
    [N]: the ids of queries or of documents, or both for pairs. side is "query", "document" or
    "pair"; the id that a row has not is null. ValueError without any id.
    """
    if query_ids is None and doc_ids is None:
        raise ValueError("chosen depths need the ids of queries, of documents or of pairs")
    side = "pair"
    if query_ids is None or doc_ids is None:
        side = "query" if doc_ids is None else "document"
    columns = (query_ids, doc_ids, side, depth, probability)
    return pd.DataFrame(dict(zip(DEPTH_COLUMNS, columns, strict=True)))
