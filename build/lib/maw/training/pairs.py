"""Training data of a cross-encoder: for each query a relevant document and negatives from BM25.

All cross-encoders that are trained with a seed get the same batches. A query is never paired with
the documents of the batch's other queries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from maw.measures.scoring import score_run
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.embedding import CHUNK, embed
from maw.models.encoders.ragged import Ragged
from maw.settings.sections import Training
from maw.training.objectives.batch import PairBatch
from maw.training.objectives.rules import quantiles
from maw.training.query_batches import batch_generator, modes_of, query_batches


@dataclass(frozen=True)
class PairData:
    """Pairs of a query and a document, for training queries and for development queries.

    pairs: the frozen layers' hidden states of all pairs; a pair's row is its number there.
    doc_ids: the id of each row's document.
    positives, negatives: query id -> rows of its pairs, the hardest negatives first.
    n_relevant: query id -> number of its relevant documents in the collection.
    development: query_id, doc_id and row of each candidate that a development query ranks.
    judged: query_id, doc_id and relevance of the development queries.
    measure: the name of the primary measure.
    modes: query id -> its true mode, for every query; None where the collection has none.
    """

    pairs: Ragged
    doc_ids: Sequence[str]
    positives: Mapping[str, list[int]]
    negatives: Mapping[str, list[int]]
    n_relevant: Mapping[str, int]
    development: pd.DataFrame
    judged: pd.DataFrame
    measure: str
    modes: Mapping[str, int] | None = None

    @cached_property
    def trainable(self) -> list[str]:
        """Return the ids of the queries that have a positive and a negative, sorted."""
        return [query for query in sorted(self.positives) if self.negatives.get(query)]

    @cached_property
    def training_n_relevant(self) -> Tensor:
        """Return the number of relevant documents of each trainable query, in ascending order."""
        return torch.tensor(sorted(self.n_relevant[query] for query in self.trainable))

    def build(self, system: Any, top: Mapping[str, Tensor]) -> CrossEncoder:
        """Build a cross-encoder with the system's attention and router, and a new head."""
        return CrossEncoder(top, attention=system.attention, router=system.router)

    def batches(self, training: Training, *, seed: int) -> Iterator[PairBatch]:
        """Yield batches without end: queries in a random order, a random positive for each.

        A query without a negative is left out.
        """
        generator = batch_generator(seed)
        for queries in query_batches(self.trainable, training.batch_size, generator):
            yield self.batch(queries, training, generator)

    def batch(
        self, queries: list[str], training: Training, generator: torch.Generator
    ) -> PairBatch:
        """Return a batch of these queries.

        Each has one positive, drawn at random, and its `training.hard_negatives` hardest negatives,
        or all its negatives if there are fewer.
        """
        lists = []
        for query in queries:
            positives = self.positives[query]
            drawn = int(torch.randint(len(positives), (), generator=generator))
            lists.append([positives[drawn], *self.negatives[query][: training.hard_negatives]])
        C = max(map(len, lists))
        slots = [q * C + c for q, rows in enumerate(lists) for c in range(len(rows))]
        filled = torch.zeros(len(lists) * C, dtype=torch.bool)
        filled[slots] = True
        positive = torch.zeros(len(lists), C, dtype=torch.bool)
        positive[:, 0] = True
        n_relevant = torch.tensor([self.n_relevant[query] for query in queries])
        all_rows = torch.tensor([row for rows in lists for row in rows])
        return PairBatch(
            pairs=list(self.pairs.chunks(all_rows, CHUNK)),
            slots=torch.tensor(slots),
            positive=positive,
            negative=filled.view(-1, C) & ~positive,
            n_relevant=n_relevant,
            temperature=training.temperature,
            drawn=tuple(
                (query, *(self.doc_ids[row] for row in rows))
                for query, rows in zip(queries, lists, strict=True)
            ),
            quantile=quantiles(n_relevant, self.training_n_relevant),
            mode=modes_of(queries, self.modes),
        )

    def score(self, model: CrossEncoder) -> pd.Series:
        """Return the measure of each judged development query, whose candidates are ranked, by id.

        All candidates are ranked, whatever the measure's cutoff. A query without candidates scores
        0.
        """
        rows = torch.from_numpy(self.development["row"].to_numpy(copy=True))
        scores, _, _ = embed(model, self.pairs, rows)
        run = self.development[["query_id", "doc_id"]].assign(score=scores.double().numpy())
        query_ids = self.judged["query_id"].drop_duplicates().tolist()
        scored = score_run(run, self.judged, measures=[self.measure], queries=query_ids)
        return scored.frame.set_index("query_id")["value"]
