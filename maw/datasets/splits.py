"""The split of each query: a hash of its group decides, so it stays when the collection grows."""

import hashlib
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from maw.errors import InputError
from maw.settings.sections import AnySplit, Fold, KFold, Official, Split, Transfer


def normal(text: str) -> str:
    """Return the form in which near-duplicates are equal: without case, digits and punctuation.

    A text of nothing else (`1984`) stays whole: it is no near-duplicate of every other number.
    """
    words = re.sub(r"[\W\d_]+", " ", text.casefold()).split()
    return " ".join(words or text.split())


def groups_of(texts: Mapping[str, str], linked: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Return query_id -> group key, the same for near-duplicate texts and linked queries.

    texts: query_id -> text. linked: pairs of query ids. The groups are found by union-find.
    """
    parent = {query: query for query in texts}

    def root(query: str) -> str:
        while parent[query] != query:
            parent[query] = parent[parent[query]]
            query = parent[query]
        return query

    first: dict[str, str] = {}
    near_duplicates = [
        (query, first.setdefault(normal(text), query)) for query, text in texts.items()
    ]
    for a, b in (*near_duplicates, *linked):
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return {query: normal(texts[root(query)]) for query in texts}


def split_of_group(group: str, split: Split) -> str:
    """Return train, dev or test: 64 bits of a hash of the salted group key against the shares."""
    position = _position(group, split.salt)
    if position < split.train:
        return "train"
    return "dev" if position < split.train + split.dev else "test"


def _position(group: str, salt: str) -> float:
    """The position of a group in [0, 1)."""
    bits = hashlib.sha256(f"{salt}:{group}".encode()).digest()[:8]
    return int.from_bytes(bits, "big") / 2**64


def split_of_group_in_fold(group: str, split: Fold) -> str:
    """Return test in one of all folds; in the others dev or train, by a second hash."""
    if int(_position(group, split.salt) * split.folds) == split.fold - 1:
        return "test"
    return "dev" if _position(group, f"{split.salt} dev {split.fold}") < split.dev else "train"


def official_splits(
    groups: Mapping[str, str], published: Mapping[str, str], split: Official
) -> dict[str, str]:
    """Return query -> split as published, without the queries that would leak.

    published: query -> split. A train or dev query with a near-duplicate in test, or a train query
    with one in dev, is left out, so that test stays as published. Without a published dev split,
    one is cut from train, by group. InputError where nothing is published.
    """
    if not published:
        raise InputError(
            "split: the collection has no splits of its own; name them in its loader "
            "(`train`, `dev`) or use another kind of split"
        )
    if "dev" not in published.values():
        salt = f"{split.salt} dev"
        published = {
            query: "dev" if name == "train" and _position(groups[query], salt) < split.dev else name
            for query, name in published.items()
        }
    order = ("test", "dev", "train")
    split_of: dict[str, str] = {}  # of each group: the first in this order that a query of it has
    for query, name in published.items():
        group = groups[query]
        split_of[group] = min(split_of.get(group, name), name, key=order.index)
    return {query: name for query, name in published.items() if split_of[groups[query]] == name}


def assign(
    groups: Mapping[str, str], split: AnySplit, published: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return query_id and split of every query that is kept, in the order given.

    groups: query -> group key. published: query -> split of the collection itself, for an official
    split. Every query is in test where models are trained on another collection (`Transfer`), and
    in the collection from which folds are made (`KFold`).
    """
    if isinstance(split, Split):
        split_of = {query: split_of_group(group, split) for query, group in groups.items()}
    elif isinstance(split, Fold):
        split_of = {query: split_of_group_in_fold(group, split) for query, group in groups.items()}
    elif isinstance(split, Official):
        split_of = official_splits(groups, published or {}, split)
    else:
        assert isinstance(split, KFold | Transfer)
        split_of = dict.fromkeys(groups, "test")
    return pd.DataFrame({"query_id": list(split_of), "split": list(split_of.values())})
