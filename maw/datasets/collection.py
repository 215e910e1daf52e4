"""A collection as a loader returns it: texts, judgements, and what training must not learn from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Collection:
    """A collection to rank: documents, queries, judgements, and their origin.

    documents: doc_id, text; an iterator of such frames, to be read once, where there may be too
    many for memory. queries: query_id, text, cluster. qrels: query_id, doc_id, relevance.

    own: query_id -> the document that the query was made from, where there is one.
    twins: query_id, doc_id: documents of namesakes, often relevant and unjudged, never negatives.
    groups: query_id -> key shared by near-duplicates and twins, which stay in one split.
    splits: query_id -> train, dev or test, where the collection is published with splits; else
    empty. licence, source, citation: sentences for the report. counts: of texts and judgements that
    the loader dropped or noticed.
    """

    documents: pd.DataFrame | Iterator[pd.DataFrame]
    queries: pd.DataFrame
    qrels: pd.DataFrame
    groups: dict[str, str]
    licence: str
    source: str
    citation: str = ""
    splits: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    twins: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"query_id": [], "doc_id": []}, dtype=str)
    )
    counts: dict[str, int] = field(default_factory=dict)

    def blocks(self) -> Iterator[pd.DataFrame]:
        """Return frames of the documents, some at a time, to be read once."""
        if isinstance(self.documents, pd.DataFrame):
            return iter([self.documents])
        return self.documents
