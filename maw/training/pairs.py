"""How is a cross-encoder trained? Each query's own list: one positive and BM25's mined negatives.

The same lists for every system of a seed. No other query's documents, no early stopping, no test
query.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class PairData:
    """Pairs as rows of their trunk, by query.

    positives, negatives: training query -> rows, negatives best first; n_relevant: query -> count;
    development: frame query_id, doc_id, row of what is ranked anew; judged: its queries' qrels.
    """

    pairs: Ragged
    positives: Mapping[str, list[int]]
    negatives: Mapping[str, list[int]]
    n_relevant: Mapping[str, int]
    development: pd.DataFrame
    judged: pd.DataFrame
    measure: str

    def build(self, system: Any, top: Mapping[str, Tensor]) -> CrossEncoder:
        """A cross-encoder of the system's attention and router, with a new head."""
        return CrossEncoder(top, attention=system.attention, router=system.router)

    def batches(self, training: Training, *, seed: int) -> Iterator[PairBatch]:
        """Endless: queries in a fresh random order each epoch, a random positive for each."""
        generator = torch.Generator().manual_seed(seed + 1_000_003)
        asked = [query for query in sorted(self.positives) if self.negatives.get(query)]
        size = min(training.batch_size, len(asked))
        while True:
            order = torch.randperm(len(asked), generator=generator).tolist()
            for start in range(0, len(asked) - size + 1, size):
                chosen = [asked[place] for place in order[start : start + size]]
                yield self.batch(chosen, training, generator)

    def batch(
        self, queries: list[str], training: Training, generator: torch.Generator
    ) -> PairBatch:
        """One positive, drawn, and the best `hard_negatives` of each query."""
        lists = []
        for query in queries:
            options = self.positives[query]
            drawn = int(torch.randint(len(options), (), generator=generator))
            lists.append([options[drawn], *self.negatives[query][: training.hard_negatives]])
        C = max(map(len, lists))
        place = [q * C + c for q, rows in enumerate(lists) for c in range(len(rows))]
        there = torch.zeros(len(lists) * C, dtype=torch.bool)
        there[place] = True
        positive = torch.zeros(len(lists), C, dtype=torch.bool)
        positive[:, 0] = True
        rows = torch.tensor([row for one in lists for row in one])
        return PairBatch(
            pairs=list(self.pairs.chunks(rows, CHUNK)),
            place=torch.tensor(place),
            positive=positive,
            negative=there.view(-1, C) & ~positive,
            n_relevant=torch.tensor([self.n_relevant[query] for query in queries]),
            temperature=training.temperature,
        )

    def score(self, model: CrossEncoder) -> float:
        """The development queries' candidates, ranked anew; a query without any scores 0."""
        rows = torch.from_numpy(self.development["row"].to_numpy(copy=True))
        scores, _, _ = embed(model, self.pairs, rows)
        run = self.development[["query_id", "doc_id"]].assign(score=scores.double().numpy())
        asked = self.judged["query_id"].drop_duplicates().tolist()
        scored = score_run(run, self.judged, measures=[self.measure], queries=asked)
        return float(scored.frame["value"].mean())
