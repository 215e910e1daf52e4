"""What a loader hands over: texts, judgements, and what must not be learned from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Collection:
    """documents: doc_id, text; where they may be too many for memory, frames of some of them, once.

    queries: query_id, text, cluster. qrels: query_id, doc_id, relevance.

    own: query_id -> the document that the query was made from, where there is one.
    twins: query_id, doc_id: documents of namesakes, often relevant and unjudged, never negatives.
    groups: query_id -> key shared by near-duplicates and twins, which stay on one side of a split.
    sides: query_id -> train, dev or test, where the collection has sides of its own; else empty.
    counts: what the loader dropped or noticed.
    """

    documents: pd.DataFrame | Iterator[pd.DataFrame]
    queries: pd.DataFrame
    qrels: pd.DataFrame
    groups: dict[str, str]
    licence: str
    source: str
    citation: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    twins: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"query_id": [], "doc_id": []}, dtype=str)
    )
    counts: dict[str, int] = field(default_factory=dict)

    def blocks(self) -> Iterator[pd.DataFrame]:
        """The documents, some at a time, to be read once."""
        if isinstance(self.documents, pd.DataFrame):
            return iter([self.documents])
        return self.documents
