"""One pass of the frozen layers over a collection ranks it with every model at once.

Only a block of documents is ever in memory: the frozen layers read its texts once, each model makes
vectors of what they give, scores them for all its queries and keeps the best.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.backbone import Frozen
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.ranking.best import Best

Array = npt.NDArray[np.int64]


@dataclass
class Ranker:
    """One model and what it keeps. queries [Q, E]: its vectors, on its device."""

    model: BiEncoder
    trained_layers: int | None
    queries: Tensor
    best: Best
    watch: Stopwatch
    n_texts: int = 0

    def read(self, texts: Ragged, rows: Array, asked: tuple[Array, Array] | None) -> None:
        """Score texts, which are the documents `rows` [B]; asked: queries and places of pairs."""
        self.watch.start()
        vectors, depth, chance = embed(self.model, texts, torch.arange(len(rows)))
        scores = self.queries @ vectors.to(self.queries.device).T
        if asked is None:
            floor = torch.from_numpy(self.best.floor).to(scores.device)
            pairs = (scores >= floor[:, None]).nonzero().T
        else:
            pairs = torch.from_numpy(np.stack(asked)).to(scores.device)
        query, place = pairs.cpu().numpy()
        self.best.offer(
            {
                "query": query,
                "row": rows[place],
                # picked where they are: nearly all of them are below the floor
                "score": scores[*pairs].cpu().numpy(),
                "depth": depth.numpy()[place],
                "chance": chance.numpy()[place],
            }
        )
        self.n_texts += len(rows)
        self.watch.stop()


@dataclass
class Stream:
    """frozen: the backbone below so many trained layers; watch: of these layers' time.

    pool: query and row of each pair to score, by row; None: all pairs.
    """

    frozen: Mapping[int | None, Frozen]
    rankers: list[Ranker]
    watch: Stopwatch
    pool: tuple[Array, Array] | None = None

    def read(self, first: int, texts: list[str]) -> None:
        """A block of documents, the first of them in row `first`."""
        rows = np.arange(first, first + len(texts))
        asked = None
        if self.pool is not None:
            queries, pooled = self.pool
            start, end = np.searchsorted(pooled, [first, first + len(texts)])
            rows, place = np.unique(pooled[start:end], return_inverse=True)
            asked = queries[start:end], place
            if not len(rows):
                return
        read = [texts[row - first] for row in rows]
        for level in dict.fromkeys(ranker.trained_layers for ranker in self.rankers):
            self.watch.start()
            hidden = self.frozen[level].hidden(read, side="document")
            self.watch.stop()
            for ranker in self.rankers:
                if ranker.trained_layers == level:
                    ranker.read(hidden, rows, asked)
