"""A stream of blocks ranks as all documents at once do, with every model or for given pairs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from maw.jobs.stopwatch import Stopwatch
from maw.measures.ordering import best_first
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.ranking.best import Best
from maw.ranking.streaming import Ranker, Stream

LENGTHS = [3, 7, 2, 5, 9, 1, 4, 4, 6, 12, 8, 3]  # tokens of each document
N, N_QUERIES, DEPTH = len(LENGTHS), 3, 4
QUERY_LENGTHS = [3, 5, 2]
Make = Callable[..., Any]


class StandInFrozen:
    """Frozen layers that know the hidden states of texts called `0` to `11`."""

    def __init__(self, texts: Ragged) -> None:
        self.texts = texts
        self.read: list[str] = []

    def hidden(self, names: list[str], *, side: str) -> Ragged:
        assert side == "document"
        self.read += names
        parts = [self.texts.padded(torch.tensor([int(name)]))[0][0] for name in names]
        offsets = torch.tensor([0, *map(len, parts)]).cumsum(0)
        return Ragged(torch.cat(parts), offsets)


@pytest.fixture
def documents(random_texts: Make) -> Ragged:
    texts = random_texts(LENGTHS)
    assert isinstance(texts, Ragged)
    return texts


@pytest.fixture
def models(random_encoder: Callable[..., BiEncoder]) -> list[BiEncoder]:
    return [random_encoder(router="grpo", depths=4, seed=seed).eval() for seed in (0, 1)]


def rankers_of(models: list[BiEncoder], queries: Ragged, depth: int) -> list[Ranker]:
    return [
        Ranker(
            model,
            None,
            embed(model, queries, torch.arange(N_QUERIES))[0],
            Best(N_QUERIES, depth, np.arange(N)),
            Stopwatch("cpu"),
        )
        for model in models
    ]


def streamed(
    rankers: list[Ranker],
    documents: Ragged,
    *,
    size: int,
    pool: tuple[np.ndarray, np.ndarray] | None = None,
) -> StandInFrozen:
    """Read all documents in blocks of this size; return the stand-in, which knows what it read."""
    frozen = StandInFrozen(documents)
    stream = Stream({None: frozen}, rankers, Stopwatch("cpu"), pool)  # type: ignore[dict-item]
    for first in range(0, N, size):
        stream.read(first, [str(n) for n in range(first, min(N, first + size))])
    return frozen


@pytest.mark.parametrize("size", [1, 5, N])
def test_every_model_ranks_as_all_documents_at_once(
    size: int, documents: Ragged, models: list[BiEncoder], random_texts: Make
) -> None:
    rankers = rankers_of(models, random_texts(QUERY_LENGTHS), DEPTH)
    frozen = streamed(rankers, documents, size=size)
    assert frozen.read == [str(n) for n in range(N)]  # once for both models
    for ranker in rankers:
        vectors, depth, chance = embed(ranker.model, documents, torch.arange(N))
        scores = (ranker.queries @ vectors.T).numpy()
        order = best_first(scores, np.arange(N))[:, :DEPTH]
        kept = ranker.best.merge()
        assert kept["row"].reshape(N_QUERIES, DEPTH).tolist() == order.tolist()
        expected = np.take_along_axis(scores, order, axis=1).ravel()
        assert kept["score"] == pytest.approx(expected, abs=1e-6)
        assert kept["depth"].tolist() == depth.numpy()[order.ravel()].tolist()
        assert kept["chance"] == pytest.approx(chance.numpy()[order.ravel()], abs=1e-6)
        assert ranker.n_texts == N


def test_with_a_pool_only_its_pairs_are_scored_and_only_its_documents_read(
    documents: Ragged, models: list[BiEncoder], random_texts: Make
) -> None:
    rankers = rankers_of(models[:1], random_texts(QUERY_LENGTHS), N)
    pool = np.array([2, 0, 1, 2]), np.array([1, 4, 4, 11])  # by row of the document
    frozen = streamed(rankers, documents, size=3, pool=pool)
    assert frozen.read == ["1", "4", "11"]
    kept = rankers[0].best.merge()
    pairs = {*zip(kept["query"].tolist(), kept["row"].tolist(), strict=True)}
    assert pairs == {(2, 1), (0, 4), (1, 4), (2, 11)}
    assert rankers[0].n_texts == 3
