"""`{kind: bm25}`: ranks by the terms that query and document share; nothing is learned.

A term counts more the rarer it is, and, unless `b` is 0, less in a longer document.
"""

import time

from pydantic import BaseModel, Field

from maw.ranking.bm25_index import retrieve, shard_of
from maw.ranking.inputs import Ranked, RankInputs
from maw.settings.sections import Lexical

NEURAL = False
INDEXED = True  # it ranks with the dataset's index, and reads no text


class Config(BaseModel, extra="forbid", frozen=True):
    """BM25 as bm25s computes it, in Lucene's variant."""

    k1: float = Field(0.9, ge=0)
    """Saturation of a term's count in a document: at 0, only the term's presence counts."""
    b: float = Field(0.4, ge=0, le=1)
    """Normalisation by document length: 0 for none, 1 for full."""


def rank(config: Config, inputs: RankInputs) -> Ranked:
    """Return for each query the best documents that share a term with it, and the cost.

    Without `inputs.index`, the documents are indexed here, and the cost includes that time.
    """
    started = time.process_time()
    shards = inputs.index if inputs.index is not None else [shard_of(inputs.documents)]
    lexical = Lexical(k1=config.k1, b=config.b, depth=inputs.depth)
    ranking = retrieve(shards, inputs.queries, lexical=lexical)
    seconds = time.process_time() - started
    return Ranked(ranking, cost={"queries_per_second": len(inputs.queries) / seconds})
