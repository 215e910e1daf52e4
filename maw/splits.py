"""Which side is a query on? A hash of its group decides: stable when the collection grows."""

import hashlib
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from maw.sections import Split


def normal(text: str) -> str:
    """Near-duplicates are equal after case, digits and punctuation are dropped.

    A text of nothing else (`1984`) stays whole: it is no near-duplicate of every other number.
    """
    words = re.sub(r"[\W\d_]+", " ", text.casefold()).split()
    return " ".join(words or text.split())


def groups_of(texts: Mapping[str, str], linked: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """query_id -> group key: near-duplicate texts and linked pairs share one (union-find)."""
    parent = {query: query for query in texts}

    def root(query: str) -> str:
        while parent[query] != query:
            parent[query] = parent[parent[query]]
            query = parent[query]
        return query

    first: dict[str, str] = {}
    alike = [(query, first.setdefault(normal(text), query)) for query, text in texts.items()]
    for a, b in (*alike, *linked):
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return {query: normal(texts[root(query)]) for query in texts}


def side(group: str, split: Split) -> str:
    """train, dev or test, from 64 bits of a hash of the salted group key."""
    bits = hashlib.sha256(f"{split.salt}:{group}".encode()).digest()[:8]
    place = int.from_bytes(bits, "big") / 2**64
    if place < split.train:
        return "train"
    return "dev" if place < split.train + split.dev else "test"


def assign(groups: Mapping[str, str], split: Split) -> pd.DataFrame:
    """query_id, split of every query, in the order given."""
    return pd.DataFrame(
        {"query_id": list(groups), "split": [side(group, split) for group in groups.values()]}
    )
