"""Which side is a query on? A hash of its group decides: stable when the collection grows."""

import hashlib
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from maw.errors import InputError
from maw.settings.sections import AnySplit, Fold, KFold, Official, Split, Transfer


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
    place = _place(group, split.salt)
    if place < split.train:
        return "train"
    return "dev" if place < split.train + split.dev else "test"


def _place(group: str, salt: str) -> float:
    """Where in [0, 1) a group falls."""
    bits = hashlib.sha256(f"{salt}:{group}".encode()).digest()[:8]
    return int.from_bytes(bits, "big") / 2**64


def fold_side(group: str, split: Fold) -> str:
    """test in one fold of all; in the others dev or train, by a second hash."""
    if int(_place(group, split.salt) * split.folds) == split.fold - 1:
        return "test"
    return "dev" if _place(group, f"{split.salt} dev {split.fold}") < split.dev else "train"


def official_sides(
    groups: Mapping[str, str], sides: Mapping[str, str], split: Official
) -> dict[str, str]:
    """query -> side, as the collection has them; without the queries that would leak.

    A train or dev query whose near-duplicate is on the test side (or, of train, on dev) is left
    out: test stays whole, as published. Without a dev side it is cut from train, by group.
    """
    if not sides:
        raise InputError(
            "split: the collection has no sides of its own; name them in its loader "
            "(`train`, `dev`) or use another split"
        )
    if "dev" not in sides.values():
        salt = f"{split.salt} dev"
        sides = {
            query: "dev" if side == "train" and _place(groups[query], salt) < split.dev else side
            for query, side in sides.items()
        }
    order = ("test", "dev", "train")
    best: dict[str, str] = {}
    for query, there in sides.items():
        before = best.setdefault(groups[query], there)
        best[groups[query]] = min(before, there, key=order.index)
    return {query: side for query, side in sides.items() if best[groups[query]] == side}


def assign(
    groups: Mapping[str, str], split: AnySplit, sides: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """query_id, split, in the order given: of every query that the split keeps.

    sides: the collection's own, for an official split. All are tested where others are trained on,
    and in the collection that folds are made of.
    """
    if isinstance(split, Split):
        found = {query: side(group, split) for query, group in groups.items()}
    elif isinstance(split, Fold):
        found = {query: fold_side(group, split) for query, group in groups.items()}
    elif isinstance(split, Official):
        found = official_sides(groups, sides or {}, split)
    else:
        assert isinstance(split, KFold | Transfer)
        found = dict.fromkeys(groups, "test")
    return pd.DataFrame({"query_id": list(found), "split": list(found.values())})
