"""`loader: {kind: routing_control}`: a made collection in which the choice of a depth matters.

A document is about one of the four words of its bag: it has that word three times and the others
once. A query has the four words of a bag around an anchor, two on each side, and before or after
everything a mode word. The mode word says which neighbour of the anchor counts, and the document
about that neighbour is relevant. One pattern of attention cannot serve the four modes; four can.

The collection was chosen among nine made ones because a router that is told the mode gained there.
It is a control of the harness and of the objectives, and never evidence for MAW.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, model_validator

from maw.datasets.collection import Collection
from maw.datasets.routing_words import ANCHOR, FILLERS, MODE_WORDS, OFFSETS, SEED, WORDS
from maw.datasets.splits import groups_of

SIZE = len(OFFSETS)  # words of a bag, as many as there are modes
OWN = 3  # times that a document has the word that it is about
TOLD = 2  # times that a query has its mode word
MOST_FILLERS = 3  # before the words around the anchor, and as many after them
N_LEFT = sum(offset < 0 for offset in OFFSETS)  # words on the left of the anchor

Item = TypeVar("Item")


class Config(BaseModel, extra="forbid", frozen=True):
    """A made collection whose queries have one of four modes each."""

    seed: int = Field(SEED, ge=0)
    """Seed of the generator that draws all texts."""
    shuffled: bool = False
    """Whether the mode words are permuted over all queries, so that they tell nothing. Judgements
    and modes stay as they were: the negative form of this control."""
    words: int = Field(len(WORDS), ge=SIZE, le=len(WORDS))
    """Number of pseudo-words that bags are drawn from."""
    bags: int = Field(200, ge=1)
    """Number of bags of four words; each bag has four documents."""
    queries_per_bag: int = Field(12, ge=1)
    """Number of queries about each bag, which are one cluster."""

    @model_validator(mode="after")
    def _check_bags(self) -> Self:
        """Raise ValueError where there are fewer different bags than are asked for."""
        if self.bags > (most := comb(self.words, SIZE)):
            raise ValueError(
                f"{self.words} words have {most} bags of {SIZE}, fewer than bags: {self.bags}; "
                "give fewer bags or more words"
            )
        return self


def sources(config: Config) -> list[Path]:
    """Return an empty list: no file is read."""
    return []


def fingerprint(config: Config) -> dict[str, str]:
    """Return the version of numpy, whose generator may change from one version to another."""
    return {"numpy": np.__version__}


def load(config: Config) -> Collection:
    """Return the collection: the same for the same options and version of numpy.

    Its queries have a column `mode`, int64: the position in `OFFSETS` of the offset that counts.
    """
    generator = np.random.default_rng(config.seed)
    bags = _draw_bags(config, generator)
    documents = [
        (f"d{number}_{own}", _document(bag, own, generator))
        for number, bag in enumerate(bags)
        for own in range(SIZE)
    ]
    drawn = list(_draw_queries(bags, config.queries_per_bag, generator))
    modes = np.array([query.mode for query in drawn], dtype=np.int64)
    text_modes = generator.permutation(modes) if config.shuffled else modes
    queries = pd.DataFrame(
        {
            "query_id": [query.query_id for query in drawn],
            "text": [query.text(told=mode) for query, mode in zip(drawn, text_modes, strict=True)],
            "cluster": [query.cluster for query in drawn],
            "mode": modes,
        }
    )
    return Collection(
        documents=pd.DataFrame(documents, columns=["doc_id", "text"]),
        queries=queries,
        qrels=pd.DataFrame(
            {
                "query_id": queries["query_id"],
                "doc_id": [query.doc_id for query in drawn],
                "relevance": np.ones(len(drawn), dtype=np.int64),
            }
        ),
        groups=groups_of(dict(zip(queries["query_id"], queries["text"], strict=True))),
        licence="CC0-1.0",
        source=f"made by maw's loader routing_control, seed {config.seed}",
    )


@dataclass(frozen=True)
class _Query:
    """A query without its mode word: ids, the words around the anchor, and its true mode.

    words: fillers, the bag's words and the anchor. at_start: whether the mode word is the first.
    """

    query_id: str
    cluster: str
    doc_id: str
    words: list[str]
    at_start: bool
    mode: int

    def text(self, *, told: int) -> str:
        """Return the query's text with the mode word of the mode `told`, true or not."""
        mode_words = [MODE_WORDS[told]] * TOLD
        words = [*mode_words, *self.words] if self.at_start else [*self.words, *mode_words]
        return " ".join(words)


def _draw_bags(config: Config, generator: np.random.Generator) -> list[tuple[str, ...]]:
    """Return different bags of four words, in alphabetical order."""
    vocabulary = WORDS[: config.words]
    bags: set[tuple[str, ...]] = set()
    while len(bags) < config.bags:
        chosen = generator.choice(len(vocabulary), size=SIZE, replace=False)
        bags.add(tuple(vocabulary[number] for number in sorted(chosen)))
    return sorted(bags)


def _document(bag: Sequence[str], own: int, generator: np.random.Generator) -> str:
    """Return the bag's document about its word number `own`, the words in random order."""
    words = [word for number, word in enumerate(bag) for _ in range(OWN if number == own else 1)]
    return " ".join(_shuffled(words, generator))


def _draw_queries(
    bags: Sequence[Sequence[str]], n: int, generator: np.random.Generator
) -> Iterator[_Query]:
    """Yield n queries about each bag."""
    for number, bag in enumerate(bags):
        for query in range(n):
            order = _shuffled(range(SIZE), generator)
            mode = int(generator.integers(SIZE))
            around = [bag[position] for position in order]
            around.insert(N_LEFT, ANCHOR)
            yield _Query(
                query_id=f"q{number}_{query}",
                cluster=f"bag{number}",
                doc_id=f"d{number}_{order[mode]}",
                words=[*_fillers(generator), *around, *_fillers(generator)],
                at_start=bool(generator.integers(2)),
                mode=mode,
            )


def _fillers(generator: np.random.Generator) -> list[str]:
    """Return none to three fillers."""
    n = int(generator.integers(MOST_FILLERS + 1))
    return [FILLERS[number] for number in generator.integers(len(FILLERS), size=n)]


def _shuffled(items: Iterable[Item], generator: np.random.Generator) -> list[Item]:
    """Return the items in random order."""
    ordered = list(items)
    return [ordered[position] for position in generator.permutation(len(ordered))]
