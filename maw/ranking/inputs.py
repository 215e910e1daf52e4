"""What a system is handed to rank with, and what it hands back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from maw.settings.sections import RANKING_DEPTH


@dataclass(frozen=True)
class RankInputs:
    """Every system ranks all documents for the same queries.

    documents: doc_id, text, row. queries: query_id, text, row (those to answer; rows of the trunk).
    trunk and model: tensors by name, for neural systems; seed decides only what is drawn now.
    index: shards of postings, for systems that read no text; documents is empty then.
    pairs: query_id, doc_id, side, relevant; row n is the trunk's pair n, for pairwise systems.
    device: where the trained layers compute; precision: of their products, as in training.
    For diagnosis alone: judged, the queries' judgements; other, another seed's model; measure.
    """

    documents: pd.DataFrame
    queries: pd.DataFrame
    seed: int
    depth: int = RANKING_DEPTH
    trunk: Mapping[str, Any] | None = None
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
    """ranking: query_id, doc_id, score (float64), best first. cost: units in their names.

    depths, of systems with a depth dimension: text_id, side ("query" or "document"), depth,
    probability (of the chosen depth under the router); of pairs side "pair", text_id both ids.
    """

    ranking: pd.DataFrame
    cost: dict[str, float | str] = field(default_factory=dict)
    depths: pd.DataFrame | None = None
