"""Training pairs and negatives that give away nothing about a held-out (dev or test) query.

In the dataset of Python docstrings (`pydocs`), each query is made from one object (a function,
class or method), and the documents of the objects in its section *See Also* are relevant as well.
Two objects often name each other, so a random split leaks: the reverse of a held-out pair would be
in training. Therefore the own document of a held-out query, from which the query was made
(`Collection.own`), is neither a training positive (a relevant document) nor a mined negative (a
document that BM25 ranks high, taken as not relevant). Other collections have no own documents.

In every function, splits maps query_id -> train, dev or test.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from maw.datasets.collection import Collection
from maw.datasets.splits import normal
from maw.errors import InputError


def held_out_documents(collection: Collection, splits: Mapping[str, str]) -> set[str]:
    """Return the ids of the own documents of all dev and test queries."""
    return {doc for query, doc in collection.own.items() if splits[query] != "train"}


def training_pairs(
    collection: Collection, splits: Mapping[str, str], *, known: set[str]
) -> pd.DataFrame:
    """Return query_id, doc_id, relevance: the train queries' relevant documents, without leaks.

    Own documents of dev and test queries are left out. known: ids of the judged documents that the
    collection has.
    """
    pairs = _relevant_pairs(collection, splits, known)
    free = ~pairs["doc_id"].isin(held_out_documents(collection, splits))
    return pairs[free].reset_index(drop=True)


def _relevant_pairs(
    collection: Collection, splits: Mapping[str, str], known: set[str]
) -> pd.DataFrame:
    """Return query_id, doc_id, relevance: the train queries' relevant documents among `known`.

    Own documents of held-out queries are not left out here.
    """
    qrels = collection.qrels
    train = qrels["query_id"].map(splits).eq("train") & qrels["relevance"].gt(0)
    return qrels[train & qrels["doc_id"].isin(known)]


def forbidden(collection: Collection, splits: Mapping[str, str]) -> pd.DataFrame:
    """Return the pairs query_id, doc_id that training must not use as negatives.

    For each train query these are its relevant documents, and the documents of other objects with
    the same name as its own object, which are often relevant but not judged (`Collection.twins`).
    """
    relevant = collection.qrels[collection.qrels["relevance"] > 0]
    pairs = pd.concat([relevant[["query_id", "doc_id"]], collection.twins], ignore_index=True)
    pairs = pairs[pairs["query_id"].map(splits).eq("train")].drop_duplicates()
    return pairs.sort_values(["query_id", "doc_id"]).reset_index(drop=True)


def mined_negatives(
    collection: Collection, splits: Mapping[str, str], pool: pd.DataFrame, *, depth: int
) -> pd.DataFrame:
    """Return query_id, doc_id, rank: at most `depth` negatives for each train query.

    pool: query_id, doc_id: documents that BM25 retrieves, best first within each query. The first
    `depth` of them are kept that are neither `forbidden` nor the own document of a held-out query.
    rank: from 1, among the documents kept.
    """
    train = pool[pool["query_id"].map(splits).eq("train")]
    train = train[~train["doc_id"].isin(held_out_documents(collection, splits))]
    banned = pd.MultiIndex.from_frame(forbidden(collection, splits))
    pairs = pd.MultiIndex.from_frame(train[["query_id", "doc_id"]])
    kept = train[~pairs.isin(banned)]
    rank = kept.groupby("query_id", sort=False).cumcount() + 1
    return kept.assign(rank=rank)[rank <= depth][["query_id", "doc_id", "rank"]].reset_index(
        drop=True
    )


def check(
    collection: Collection,
    splits: Mapping[str, str],
    *,
    training: pd.DataFrame,
    negatives: pd.DataFrame,
    known: set[str],
) -> dict[str, int]:
    """Check training pairs and negatives for leaks, and return their counts for dataset.json.

    training, negatives: results of `training_pairs` and `mined_negatives`; known: ids of the judged
    documents that the collection has. InputError names the query and the document of a leak, or two
    queries of different splits that are near-duplicates, share a group, or were made from objects
    of the same name (twins).
    """
    held_out = held_out_documents(collection, splits)
    for kind, pairs in (("positive", training), ("negative", negatives)):
        leaked = pairs[pairs["doc_id"].isin(held_out)]
        if len(leaked):
            query, doc = leaked.iloc[0][["query_id", "doc_id"]]
            raise InputError(
                f"leak: {doc!r}, a held-out query's own document, is a training {kind} of "
                f"{query!r}; report this bug with your configuration"
            )
        outside = pairs[~pairs["query_id"].map(splits).eq("train")]
        if len(outside):
            query, doc = outside.iloc[0][["query_id", "doc_id"]]
            raise InputError(
                f"leak: held-out query {query!r} is trained on, with {doc!r} as a {kind}; "
                "report this bug with your configuration"
            )
    # texts and twins are checked by themselves: the groups made the splits and prove nothing
    texts = zip(collection.queries["query_id"], collection.queries["text"], strict=True)
    _in_one_split(((query, normal(text)) for query, text in texts), splits)
    twins = zip(collection.twins["query_id"], collection.twins["doc_id"], strict=True)
    _in_one_split((*collection.own.items(), *twins), splits)
    n_before = len(_relevant_pairs(collection, splits, known))
    return {
        "held_out_own_documents": len(held_out),
        "training_pairs": len(training),
        "training_pairs_removed": n_before - len(training),
        "negatives": len(negatives),
        "groups": _in_one_split(collection.groups.items(), splits),
        "leaks": 0,
    }


def _in_one_split(keyed: Iterable[tuple[str, str]], splits: Mapping[str, str]) -> int:
    """Return the number of distinct keys. InputError if one key's queries are in two splits.

    keyed: pairs of a query id and the key of that query, such as its group or its normalised text.
    """
    first: dict[str, str] = {}  # key -> its first query
    for query, key in keyed:
        other = first.setdefault(key, query)
        if splits[other] != splits[query]:
            raise InputError(
                f"leak: near-duplicates or twins {other!r} ({splits[other]}) and {query!r} "
                f"({splits[query]}) are in two splits; give both one key in the loader's `groups`"
            )
    return len(first)
