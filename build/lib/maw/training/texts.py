"""Training data of a bi-encoder: batches of queries and documents, and development queries.

A batch holds queries, each with one positive (a relevant document) and some hard negatives. Every
other document of the batch is a negative of a query too, unless it is relevant to the query or
`forbidden` as its negative.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import pandas as pd
import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import CHUNK, embed
from maw.models.encoders.ragged import Ragged
from maw.settings.sections import Training
from maw.training.development import score_queries
from maw.training.objectives.batch import Batch
from maw.training.objectives.rules import quantiles
from maw.training.query_batches import batch_generator, modes_of, query_batches


class Drawable(Protocol):
    """Training pairs from which batches are drawn: query row -> rows of its documents."""

    @property
    def positives(self) -> Mapping[int, list[int]]:
        """The relevant documents of each training query."""

    @property
    def negatives(self) -> Mapping[int, list[int]]:
        """The hard negatives of a training query, the hardest first."""


@dataclass(frozen=True)
class TextData:
    """Training and development queries and their documents, as rows of `queries` and `documents`.

    documents, queries: the frozen layers' hidden states of all texts.
    doc_ids, query_ids: the id of each row.
    positives: query row -> rows of its relevant documents.
    negatives: query row -> rows of its hard negatives, the hardest first.
    forbidden: query row -> rows of the documents that must never be its negatives.
    n_relevant: query row -> number of its relevant documents in the collection.
    development: id -> row of each development query.
    pool: id -> row of each document that the development queries rank.
    judged: query_id, doc_id and relevance of the development queries.
    measure: the name of the primary measure.
    modes: query row -> its true mode, for every query; None where the collection has none.
    """

    documents: Ragged
    queries: Ragged
    doc_ids: Sequence[str]
    query_ids: Sequence[str]
    positives: Mapping[int, list[int]]
    negatives: Mapping[int, list[int]]
    forbidden: Mapping[int, set[int]]
    n_relevant: Mapping[int, int]
    development: Mapping[str, int]
    pool: Mapping[str, int]
    judged: pd.DataFrame
    measure: str
    modes: Mapping[int, int] | None = None

    @cached_property
    def training_n_relevant(self) -> Tensor:
        """Return the number of relevant documents of each training query, in ascending order."""
        return torch.tensor(sorted(self.n_relevant[query] for query in self.positives))

    def build(self, system: Any, top: Mapping[str, Tensor]) -> BiEncoder:
        """Build a bi-encoder with the system's attention and router."""
        return BiEncoder(top, attention=system.attention, router=system.router)

    def batches(self, training: Training, *, seed: int) -> Iterator[Batch]:
        """Yield batches without end, the same for all bi-encoders trained with the seed."""
        return draw_batches(self, training, seed=seed)

    def score(self, model: BiEncoder) -> pd.Series:
        """Return the measure of each judged development query, which rank `pool`, by query id."""
        return score_development(model, self)


def draw_batches(data: TextData, training: Training, *, seed: int) -> Iterator[Batch]:
    """Yield batches without end: queries in a random order, a random positive for each."""
    generator = batch_generator(seed)
    for queries in draw_queries(data, training, generator):
        yield make_batch(data, queries, training, generator)


def draw_queries(
    data: Drawable, training: Training, generator: torch.Generator
) -> Iterator[list[int]]:
    """Yield the rows of each batch's queries, without end."""
    return query_batches(sorted(data.positives), training.batch_size, generator)


def draw_documents(
    data: Drawable, queries: list[int], training: Training, generator: torch.Generator
) -> list[list[int]]:
    """Return for each query the rows of one positive and of hard negatives, all drawn at random.

    A query gets `training.hard_negatives` hard negatives, or all if it has fewer.
    """

    def pick(rows: list[int], n: int) -> list[int]:
        order = torch.randperm(len(rows), generator=generator).tolist()
        return [rows[position] for position in order[:n]]

    return [
        pick(data.positives[query], 1)
        + pick(data.negatives.get(query, []), training.hard_negatives)
        for query in queries
    ]


def make_batch(
    data: TextData, queries: list[int], training: Training, generator: torch.Generator
) -> Batch:
    """Return a batch of these queries, whose documents are drawn here.

    A document is in the batch once, even if it was drawn for several queries.
    """
    drawn = draw_documents(data, queries, training, generator)
    documents = list(dict.fromkeys(document for rows in drawn for document in rows))
    column = {document: position for position, document in enumerate(documents)}
    positive = _marked([data.positives[query] for query in queries], column)
    banned = _marked([data.forbidden[query] for query in queries], column)
    n_relevant = torch.tensor([data.n_relevant[query] for query in queries])
    return Batch(
        queries=list(data.queries.chunks(torch.tensor(queries), CHUNK)),
        documents=list(data.documents.chunks(torch.tensor(documents), CHUNK)),
        positive=positive,
        negative=~positive & ~banned,
        n_relevant=n_relevant,
        temperature=training.temperature,
        drawn=tuple(
            (data.query_ids[query], *(data.doc_ids[document] for document in rows))
            for query, rows in zip(queries, drawn, strict=True)
        ),
        quantile=quantiles(n_relevant, data.training_n_relevant),
        mode=modes_of(queries, data.modes),
    )


def _marked(rows_of_query: Sequence[Iterable[int]], column: Mapping[int, int]) -> Tensor:
    """Return a table [Q, N] bool that is True at the documents of each query.

    rows_of_query: the rows of each query's documents. column: row of a document -> its column in
    the table; other documents are left out.
    """
    table = torch.zeros(len(rows_of_query), len(column), dtype=torch.bool)
    for query, rows in enumerate(rows_of_query):
        table[query, [column[row] for row in rows if row in column]] = True
    return table


def score_development(model: BiEncoder, data: TextData) -> pd.Series:
    """Return the measure of each judged development query, which rank `data.pool`, by query id."""
    queries, _, _ = embed(model, data.queries, torch.tensor(list(data.development.values())))
    documents, _, _ = embed(model, data.documents, torch.tensor(list(data.pool.values())))
    scored = score_queries(
        queries @ documents.T,
        query_ids=list(data.development),
        doc_ids=list(data.pool),
        judged=data.judged,
        measure=data.measure,
    )
    return scored.set_index("query_id")["value"]
