"""What may be trained on without telling the answer to a held-out query?

*See Also* is symmetric, so a random split leaks: the reverse of a held-out pair would be trained on.
No held-out query's own document may be a training positive or a mined negative.
"""

from collections.abc import Mapping

import pandas as pd

from maw.collection import Collection
from maw.errors import InputError


def held_out_documents(collection: Collection, sides: Mapping[str, str]) -> set[str]:
    """Own documents of dev and test queries."""
    return {doc for query, doc in collection.own.items() if sides[query] != "train"}


def training_pairs(collection: Collection, sides: Mapping[str, str]) -> pd.DataFrame:
    """query_id, doc_id, relevance: train queries' relevant documents that give nothing away."""
    qrels = collection.qrels
    train = qrels["query_id"].map(sides).eq("train") & qrels["relevance"].gt(0)
    known = qrels["doc_id"].isin(collection.documents["doc_id"])
    free = ~qrels["doc_id"].isin(held_out_documents(collection, sides))
    return qrels[train & known & free].reset_index(drop=True)


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
    outside = training[~training["query_id"].map(sides).eq("train")]
    if len(outside):
        raise InputError(f"leak: held-out query {outside['query_id'].iloc[0]!r} is trained on")
    seen: dict[str, tuple[str, str]] = {}
    for query, group in collection.groups.items():
        other, side = seen.setdefault(group, (query, sides[query]))
        if side != sides[query]:
            raise InputError(
                f"leak: near-duplicates {other!r} ({side}) and {query!r} ({sides[query]}) "
                "are on two sides; split by group"
            )
    whole = collection.qrels["query_id"].map(sides).eq("train") & collection.qrels["relevance"].gt(
        0
    )
    return {
        "held_out_own_documents": len(held),
        "training_pairs": len(training),
        "training_pairs_removed": int(whole.sum()) - len(training),
        "negatives": len(negatives),
        "groups": len(seen),
        "leaks": 0,
    }
