"""Ranking of a collection by many bi-encoders in one pass over its documents.

Only a block of documents is in memory at a time. Frozen layers read its texts once for all models
with the same number of trained layers; each model turns their hidden states into vectors, scores
them for the queries and keeps the best documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.frozen import Frozen
from maw.models.encoders.ragged import Ragged
from maw.ranking.best import Best
from maw.settings.sections import TrainedLayers

Array = npt.NDArray[np.int64]


@dataclass
class Ranker:
    """One model, the vectors of its queries [Q, E] on its device, and its best documents so far.

    trained_layers: number of layers that the model trains, None for the number in the section
    `backbone` of the configuration. watch: time of the trained layers. n_texts: number of documents
    scored so far.
    """

    model: BiEncoder
    trained_layers: TrainedLayers | None
    queries: Tensor
    best: Best
    watch: Stopwatch
    n_texts: int = 0

    def read(self, texts: Ragged, rows: Array, pairs_to_score: tuple[Array, Array] | None) -> None:
        """Score documents for the queries and offer the scores to `best`.

        texts: the hidden states of B documents, below the trained layers. rows [B]: their rows in
        the collection. pairs_to_score: two arrays, the query of each pair and the document's
        position in `rows`; None: all pairs.
        """
        self.watch.start()
        vectors, depth, chance = embed(self.model, texts, torch.arange(len(rows)))
        scores = self.queries @ vectors.to(self.queries.device).T
        if pairs_to_score is None:
            floor = torch.from_numpy(self.best.floor).to(scores.device)
            pairs = (scores >= floor[:, None]).nonzero().T
        else:
            pairs = torch.from_numpy(np.stack(pairs_to_score)).to(scores.device)
        query, position = pairs.cpu().numpy()
        self.best.offer(
            {
                "query": query,
                "row": rows[position],
                # selected on the device, because nearly all scores are below the floor
                "score": scores[*pairs].cpu().numpy(),
                "depth": depth.numpy()[position],
                "chance": chance.numpy()[position],
            }
        )
        self.n_texts += len(rows)
        self.watch.stop()


@dataclass
class Stream:
    """One pass over a collection, for all rankers.

    frozen: number of trained layers -> the backbone's layers below them. watch: time of the frozen
    layers. pool: the pairs to score, as an array of query numbers and an array of document rows,
    ascending by row; None: all pairs.
    """

    frozen: Mapping[TrainedLayers | None, Frozen]
    rankers: list[Ranker]
    watch: Stopwatch
    pool: tuple[Array, Array] | None = None

    def read(self, first: int, texts: list[str]) -> None:
        """Score a block of documents with every model; the first document is in row `first`.

        texts: the texts of the block. Documents that no pair of `pool` names are not read.
        """
        rows = np.arange(first, first + len(texts))
        pairs_to_score = None
        if self.pool is not None:
            queries, pooled = self.pool
            start, end = np.searchsorted(pooled, [first, first + len(texts)])
            rows, position = np.unique(pooled[start:end], return_inverse=True)
            pairs_to_score = queries[start:end], position
            if not len(rows):
                return
        texts_to_read = [texts[row - first] for row in rows]
        for level in dict.fromkeys(ranker.trained_layers for ranker in self.rankers):
            self.watch.start()
            hidden = self.frozen[level].hidden(texts_to_read, side="document")
            self.watch.stop()
            for ranker in self.rankers:
                if ranker.trained_layers == level:
                    ranker.read(hidden, rows, pairs_to_score)
