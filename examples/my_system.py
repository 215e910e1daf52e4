"""A system that is not trained: it counts the words that a query and a document have in common.

It is chosen by `my_overlap: {kind: examples/my_system.py}` under `systems`.
"""

from typing import Any

from pydantic import BaseModel, Field

NEURAL = False  # it does not read the backbone's hidden states


class Config(BaseModel, extra="forbid", frozen=True):
    """The options of this system."""

    least_letters: int = Field(3, ge=1)
    """Number of letters of the shortest word that counts."""


def words(text: str, config: Config) -> frozenset[str]:
    """Return the words of a text that count, in lower case."""
    return frozenset(word for word in text.lower().split() if len(word) >= config.least_letters)


def rank(config: Config, inputs: Any) -> Any:
    """Return each query's best documents: the table query_id, doc_id, score, best first.

    inputs: `documents` (doc_id, text) and `queries` (query_id, text); at most `inputs.depth`
    documents of a query are returned.
    """
    import pandas as pd

    from maw.ranking.inputs import Ranked

    documents = [(row.doc_id, words(row.text, config)) for row in inputs.documents.itertuples()]
    rows = []
    for query in inputs.queries.itertuples():
        wanted = words(query.text, config)
        scored = [(float(len(wanted & found)), doc_id) for doc_id, found in documents]
        best = sorted(scored, reverse=True)[: inputs.depth]
        rows += [(query.query_id, doc_id, score) for score, doc_id in best]
    return Ranked(pd.DataFrame(rows, columns=["query_id", "doc_id", "score"]))
