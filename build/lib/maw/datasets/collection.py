"""A collection of documents, queries and judgements, as the loader of a dataset returns it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Collection:
    """A collection to rank: documents, queries, judgements, and their origin.

    documents: doc_id, text; or an iterator that yields frames of these columns once, where all
    documents may not fit into memory. queries: query_id, text, cluster, and, in a made collection
    where each query has a right depth, mode (int64, from 0). qrels: query_id, doc_id, relevance.

    own: query_id -> the document that the query was made from, for queries that were made from one.
    twins: query_id, doc_id: documents of other objects that have the same name as the object that
    the query's own document describes, such as two functions `sum`. They are often relevant and not
    judged, so training never uses them as negatives.
    groups: query_id -> key that near-duplicate queries share, and queries whose own documents are
    twins; a group stays in one split.
    splits: query_id -> train, dev or test, as published with the collection; empty if it has no
    published splits.
    licence, source, citation: sentences for the report. counts: numbers of texts or judgements that
    the loader read, left out or found repeated, by a name that says which.
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
        """Return an iterator, to be read once, over frames of the documents: doc_id, text."""
        if isinstance(self.documents, pd.DataFrame):
            return iter([self.documents])
        return self.documents
