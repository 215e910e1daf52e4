"""The assignment of queries to train, dev and test, by a hash of the query's group or as published.

A group holds near-duplicate queries, and queries that the collection links. Where a hash decides, a
query keeps its split when the collection grows, unless new queries are linked with its group.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from maw.errors import InputError
from maw.settings.split_kinds import AnySplit, Fold, KFold, Official, Split, Transfer


def normal(text: str) -> str:
    """Return a text in lower case without digits and punctuation; near-duplicates become equal.

    A text that has nothing else, such as `1984`, keeps its characters; otherwise all numbers would
    be near-duplicates of each other.
    """
    words = re.sub(r"[\W\d_]+", " ", text.casefold()).split()
    return " ".join(words or text.split())


def groups_of(texts: Mapping[str, str], linked: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """Return query_id -> group key; near-duplicate texts and linked queries share a key.

    texts: query_id -> text. linked: pairs of query ids that must be in one group. The groups are
    found by union-find. A group's key is the text of one of its queries, as `normal` returns it.
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
    """Return train, dev or test for a group key, by a hash of the key and the split's salt.

    64 bits of the hash give a position in [0, 1), which is compared with the shares of the splits.
    """
    position = _position(group, split.salt)
    if position < split.train:
        return "train"
    return "dev" if position < split.train + split.dev else "test"


def _position(group: str, salt: str) -> float:
    """Return the position of a group key in [0, 1), by a hash of the salt and the key."""
    bits = hashlib.sha256(f"{salt}:{group}".encode()).digest()[:8]
    return int.from_bytes(bits, "big") / 2**64


def split_of_group_in_fold(group: str, split: Fold) -> str:
    """Return test, dev or train for a group key in one fold of a k-fold split.

    Each group is in test in exactly one of the folds. In the other folds, a second hash puts it in
    dev or train.
    """
    if int(_position(group, split.salt) * split.folds) == split.fold - 1:
        return "test"
    return "dev" if _position(group, f"{split.salt} dev {split.fold}") < split.dev else "train"


def official_splits(
    groups: Mapping[str, str], published: Mapping[str, str], split: Official
) -> dict[str, str]:
    """Return query -> split as published, without the queries that would leak.

    groups: query -> group key. published: query -> split. To keep test as published, a train or dev
    query with a near-duplicate in test is left out, and so is a train query with a near-duplicate
    in dev. If no query is published as dev, a share `split.dev` of the train groups becomes dev.
    InputError if nothing is published.
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


def halves(
    groups: Mapping[str, str], splits: Mapping[str, str], *, salt: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return two splits, query -> split, whose train and dev queries are halves of those given.

    Train and dev queries are put into two halves by a hash of their group, so that near-duplicates
    stay together. The first split has the first half as train and the second as dev, the second
    split the other way round. Test queries stay test queries. groups: query -> group key, of the
    queries in `splits`. salt: as that of the split.
    """
    is_first = {query: _position(groups[query], f"{salt} half") < 0.5 for query in splits}

    def split_with(first_half: str, second_half: str) -> dict[str, str]:
        return {
            query: "test" if name == "test" else first_half if is_first[query] else second_half
            for query, name in splits.items()
        }

    return split_with("train", "dev"), split_with("dev", "train")


def assign(
    groups: Mapping[str, str], split: AnySplit, published: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return a table query_id, split, with a row for each query that is kept.

    groups: query -> group key. published: query -> split as the collection publishes it; only an
    official split needs it, and only an official split leaves out queries. With `Transfer`, all
    queries are in test, because the models are trained on another collection; so they are with
    `KFold`, because each query is in test in one of the folds, and each fold is split by `Fold`.
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
