"""What may be trained on without telling the answer to a held-out query?

*See Also* is symmetric, so a random split leaks: the reverse of a held-out pair would be trained
on. No held-out query's own document may be a training positive or a mined negative.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from maw.datasets.collection import Collection
from maw.datasets.splits import normal
from maw.errors import InputError


def held_out_documents(collection: Collection, sides: Mapping[str, str]) -> set[str]:
    """Own documents of dev and test queries."""
    return {doc for query, doc in collection.own.items() if sides[query] != "train"}


def training_pairs(
    collection: Collection, sides: Mapping[str, str], *, known: set[str]
) -> pd.DataFrame:
    """query_id, doc_id, relevance: train queries' relevant documents that give nothing away.

    known: of the documents that are judged, those that the collection holds.
    """
    pairs = _relevant_pairs(collection, sides, known)
    free = ~pairs["doc_id"].isin(held_out_documents(collection, sides))
    return pairs[free].reset_index(drop=True)


def _relevant_pairs(
    collection: Collection, sides: Mapping[str, str], known: set[str]
) -> pd.DataFrame:
    """Train queries' relevant documents that the collection holds, before the leak rule."""
    qrels = collection.qrels
    train = qrels["query_id"].map(sides).eq("train") & qrels["relevance"].gt(0)
    return qrels[train & qrels["doc_id"].isin(known)]


def forbidden(collection: Collection, sides: Mapping[str, str]) -> pd.DataFrame:
    """query_id, doc_id that are never a train query's negative: judged relevant, or a twin's."""
    relevant = collection.qrels[collection.qrels["relevance"] > 0]
    pairs = pd.concat([relevant[["query_id", "doc_id"]], collection.twins], ignore_index=True)
    pairs = pairs[pairs["query_id"].map(sides).eq("train")].drop_duplicates()
    return pairs.sort_values(["query_id", "doc_id"]).reset_index(drop=True)


def mined_negatives(
    collection: Collection, sides: Mapping[str, str], pool: pd.DataFrame, *, depth: int
) -> pd.DataFrame:
    """query_id, doc_id, rank: the best documents of a pool that may be negatives.

    pool: query_id, doc_id, best first within each query.
    """
    train = pool[pool["query_id"].map(sides).eq("train")]
    train = train[~train["doc_id"].isin(held_out_documents(collection, sides))]
    banned = pd.MultiIndex.from_frame(forbidden(collection, sides))
    pairs = pd.MultiIndex.from_frame(train[["query_id", "doc_id"]])
    kept = train[~pairs.isin(banned)]
    rank = kept.groupby("query_id", sort=False).cumcount() + 1
    return kept.assign(rank=rank)[rank <= depth][["query_id", "doc_id", "rank"]].reset_index(
        drop=True
    )


def check(
    collection: Collection,
    sides: Mapping[str, str],
    *,
    training: pd.DataFrame,
    negatives: pd.DataFrame,
    known: set[str],
) -> dict[str, int]:
    """Counts for dataset.json. InputError that names the query and document of a leak."""
    held = held_out_documents(collection, sides)
    for kind, pairs in (("positive", training), ("negative", negatives)):
        leaked = pairs[pairs["doc_id"].isin(held)]
        if len(leaked):
            query, doc = leaked.iloc[0][["query_id", "doc_id"]]
            raise InputError(
                f"leak: {doc!r}, a held-out query's own document, is a training {kind} of "
                f"{query!r}; report this with the configuration"
            )
        outside = pairs[~pairs["query_id"].map(sides).eq("train")]
        if len(outside):
            query, doc = outside.iloc[0][["query_id", "doc_id"]]
            raise InputError(
                f"leak: held-out query {query!r} is trained on, with {doc!r} as a {kind}; "
                "report this with the configuration"
            )
    # the texts and twins themselves too: the groups decided the sides and cannot vouch for them
    texts = zip(collection.queries["query_id"], collection.queries["text"], strict=True)
    _on_one_side(((query, normal(text)) for query, text in texts), sides)
    twins = zip(collection.twins["query_id"], collection.twins["doc_id"], strict=True)
    _on_one_side((*collection.own.items(), *twins), sides)
    whole = _relevant_pairs(collection, sides, known)
    return {
        "held_out_own_documents": len(held),
        "training_pairs": len(training),
        "training_pairs_removed": len(whole) - len(training),
        "negatives": len(negatives),
        "groups": _on_one_side(collection.groups.items(), sides),
        "leaks": 0,
    }


def _on_one_side(keyed: Iterable[tuple[str, str]], sides: Mapping[str, str]) -> int:
    """How many keys (query, key) there are. InputError when a key's queries are on two sides."""
    seen: dict[str, str] = {}
    for query, key in keyed:
        other = seen.setdefault(key, query)
        if sides[other] != sides[query]:
            raise InputError(
                f"leak: near-duplicates or twins {other!r} ({sides[other]}) and {query!r} "
                f"({sides[query]}) are on two sides; split by group"
            )
    return len(seen)
