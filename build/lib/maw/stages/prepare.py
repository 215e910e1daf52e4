"""The stage `prepare`: writes a loader's collection as files of texts, judgements and pairs.

The pairs are checked for leaks: the stage stops with an error where a training pair or a mined
negative would give away the answer to a held-out (dev or test) query.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from maw.datasets import leaks, splits
from maw.datasets.census import Census
from maw.datasets.collection import Collection
from maw.datasets.split_tables import SplitTables, queries_to_retrieve
from maw.errors import InputError
from maw.jobs import files
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.ranking.bm25_index import SHARD, Shard, retrieve, shard_of
from maw.settings import registry
from maw.settings.sections import Lexical
from maw.settings.split_kinds import AnySplit, Fold, Official, Split, as_split

SPLITS = ("train", "dev", "test")
QUERY_COLUMNS = ("query_id", "text", "cluster", "mode")


@dataclass(frozen=True)
class PreparedFiles:
    """The files of a prepared dataset.

    documents: doc_id, text. queries: query_id, text, cluster, and mode where the collection knows
    it. qrels: query_id, doc_id, relevance. split: query_id, split. training, negatives: pairs of
    training queries with relevant documents and with mined negatives (documents that BM25 ranks
    high, taken as not relevant). forbidden: pairs that are never negatives. development: doc_id of
    each document that development queries rank. bm25: BM25's index of all documents. dataset: JSON
    of counts, a hash, licence, source and the counts of the leak check.
    """

    documents: Output
    queries: Output
    qrels: Output
    split: Output
    training: Output
    negatives: Output
    forbidden: Output
    development: Output
    bm25: Output
    dataset: Output


def prepare(
    job: Job,
    *,
    source_queries: Path | None = None,
    source_split: Path | None = None,
    outputs: PreparedFiles,
) -> str:
    """Load a collection, split its queries, mine negatives, check for leaks and write all files.

    source_queries, source_split: files of another dataset, where models are trained on that dataset
    and tested on this one. This dataset's queries that are near-duplicates of the other one's train
    and dev queries are counted. InputError for a collection without documents, queries or relevant
    documents, for two documents with one id, for a split in which a part that is needed has no
    judged query, and for a leak.
    """
    loader = registry.parse("loaders", job.spec["loader"])
    module = registry.module_of(loader)
    collection: Collection = module.load(loader)
    split = as_split(job.spec["split"])
    split_table = splits.assign(collection.groups, split, collection.splits)
    split_of = dict(zip(split_table["query_id"], split_table["split"], strict=True))
    collection = without_left_out(collection, split_of)
    near_duplicates: dict[str, int] = {}
    if source_queries is not None and source_split is not None:
        texts = _trained_texts(job, source_queries, source_split)
        n_alike = sum(splits.normal(text) in texts for text in collection.queries["text"])
        near_duplicates["near_duplicates_trained_on"] = n_alike
    # no other stage's file is read after this, so that the stamps of the next files are complete
    documents_part, census = _write_documents(job, collection, outputs.documents)
    n_pairs = len(leaks.training_pairs(collection, split_of, known=census.known))
    counts = count(collection, split_of, census)
    _refuse_unusable(job.spec["dataset"], counts, split, n_pairs=n_pairs)
    index_part = _write_index(job, documents_part, outputs.bm25, n_documents=census.n_documents)
    doc_ids = _ids(documents_part)
    retrieved = retrieve(
        files.map_arrays(index_part),
        queries_to_retrieve(collection, split_of, doc_ids=doc_ids),
        lexical=Lexical.model_validate(job.spec["pool"]),
    )
    tables = SplitTables.of(collection, split_of, doc_ids=doc_ids, retrieved=retrieved)
    job.finish(outputs.documents)
    job.finish(outputs.bm25)
    columns = [name for name in QUERY_COLUMNS if name in collection.queries]
    job.write_parquet(outputs.queries, collection.queries[columns])
    job.write_parquet(outputs.qrels, collection.qrels)
    for name in ("split", "training", "negatives", "forbidden", "development"):
        job.write_parquet(getattr(outputs, name), getattr(tables, name))
    description = {
        **_description(job, collection, counts),
        "leak_check": tables.leak_check | near_duplicates,
        "sha256": census.sha256(collection.queries, collection.qrels),
        "ids": list(getattr(loader, "ids", ())),
        "versions": module.fingerprint(loader),
    }
    job.write_json(outputs.dataset, description)
    return (
        f"{job.spec['dataset']}: {counts['documents']} documents, {counts['queries']} queries "
        f"({counts['train']} train, {counts['dev']} dev, {counts['test']} test), no leak"
    )


def _description(job: Job, collection: Collection, counts: dict[str, int]) -> dict[str, Any]:
    """Return the first entries of dataset.json, which describe the dataset.

    They are its name, counts, split, the option `retrieve`, licence, source and citation.
    """
    return {
        "name": job.spec["dataset"],
        "counts": counts,
        "split": job.spec["split"],
        "retrieve": job.spec.get("retrieve", "stored"),
        "licence": collection.licence,
        "source": collection.source,
        "citation": collection.citation,
    }


def _write_documents(job: Job, collection: Collection, output: Output) -> tuple[Path, Census]:
    """Write the documents block by block; return the unfinished file and the documents' census.

    The census has their counts, hash, and judged ids. InputError where two documents share an id.
    """
    census = Census(set(collection.qrels["doc_id"]))
    with progress("prepare", None, unit="documents") as advance:

        def counted() -> Iterator[pd.DataFrame]:
            for block in census.of(collection.blocks()):
                yield block
                advance(len(block))

        part = job.fill_parquet(output, counted())
    ids = (block["doc_id"] for block in files.parquet_blocks(part, ["doc_id"], size=SHARD))
    if (doc_id := census.doubled(ids)) is not None:
        raise InputError(
            f"dataset {job.spec['dataset']}: two documents have the id {doc_id!r}; keep one in "
            f"{collection.source}"
        )
    return part, census


def _write_index(job: Job, documents: Path, output: Output, *, n_documents: int) -> Path:
    """Write BM25's index of all documents, a shard at a time; return the unfinished file."""
    with progress("index", n_documents, unit="documents") as advance:

        def shards() -> Iterator[Shard]:
            for block in files.parquet_blocks(documents, ("doc_id", "text"), size=SHARD):
                yield shard_of(block)
                advance(len(block))

        return job.fill_arrays(output, shards())


def without_left_out(collection: Collection, split_of: dict[str, str]) -> Collection:
    """Return the collection without the queries that an official split leaves out.

    split_of: query -> split, of the queries that are kept. The number of those left out is added to
    the collection's counts.
    """
    queries, qrels = collection.queries, collection.qrels
    kept = queries["query_id"].isin(split_of.keys())
    if kept.all():
        return collection
    return replace(
        collection,
        queries=queries[kept].reset_index(drop=True),
        qrels=qrels[qrels["query_id"].isin(split_of.keys())].reset_index(drop=True),
        groups={query: group for query, group in collection.groups.items() if query in split_of},
        counts={**collection.counts, "near_duplicates_left_out": int((~kept).sum())},
    )


def _refuse_unusable(name: str, counts: dict[str, int], split: AnySplit, *, n_pairs: int) -> None:
    """Raise InputError for a collection that cannot be used, or whose split cannot be used.

    It needs a document, a query and a relevant document. Of the parts train, dev and test that the
    split has, train needs a training pair, dev and test a query with a relevant document. name: of
    the dataset. n_pairs: number of training pairs.
    """
    if not counts["documents"] or not counts["queries"]:
        raise InputError(
            f"dataset {name}: has {counts['documents']} documents and {counts['queries']} queries; "
            "it needs at least one of each, so check its files"
        )
    if not any(counts[f"{part}_judged"] for part in SPLITS):
        raise InputError(
            f"dataset {name}: no query has a relevant document in the collection "
            "(a grade above 0); check its judgements"
        )
    n_usable = {"train": n_pairs, "dev": counts["dev_judged"], "test": counts["test_judged"]}
    for part, n in n_usable.items():
        if not n and _has_part(split, part):
            mend = f"enlarge split.{part}" if isinstance(split, Split) else "use another split"
            raise InputError(f"dataset {name}: no judged query is in the {part} split; {mend}")


def _has_part(split: AnySplit, part: str) -> bool:
    """Return whether a kind of split, as configured, has the part `part`: train, dev or test.

    A dataset whose models are trained on another dataset, and a dataset that is divided into folds,
    have only test.
    """
    if isinstance(split, Split):
        return bool(getattr(split, part) > 0)
    return part == "test" or isinstance(split, Official | Fold)


def _trained_texts(job: Job, queries: Path, split: Path) -> set[str]:
    """Return the texts of train and dev queries in the form in which near-duplicates are equal.

    queries, split: files of the dataset that transferred models are trained on.
    """
    splits_of_source = job.read_parquet(split, ("query_id", "split"))
    ids = splits_of_source.loc[splits_of_source["split"] != "test", "query_id"]
    all_queries = job.read_parquet(queries, ("query_id", "text"))
    texts = all_queries.loc[all_queries["query_id"].isin(ids), "text"]
    return {splits.normal(text) for text in texts}


def _ids(documents: Path) -> pd.Series:
    """Return the ids of all documents, from the unfinished file of the documents."""
    blocks = files.parquet_blocks(documents, ["doc_id"], size=SHARD)
    return pd.concat([block["doc_id"] for block in blocks], ignore_index=True)


def count(collection: Collection, split_of: dict[str, str], census: Census) -> dict[str, int]:
    """Return the numbers of documents, queries, judgements, clusters, and queries of each split.

    split_of: query -> split. effective_clusters: (Σ size)² / Σ size², the number of clusters of
    equal size whose mean would vary as much. queries_with_twin: queries with a document that
    describes a namesake of their own document (`Collection.twins`). The loader's counts are added.
    """
    known = collection.qrels["doc_id"].isin(census.known)
    relevant = collection.qrels[known & collection.qrels["relevance"].gt(0)]
    judged = set(collection.qrels["query_id"])
    answered = set(relevant["query_id"])
    cluster_sizes = collection.queries["cluster"].value_counts()
    counts = {
        "documents": census.n_documents,
        "empty_documents": census.n_empty,
        "queries": len(collection.queries),
        "judgements": len(collection.qrels),
        "judged_documents_not_in_corpus": len(census.named - census.known),
        "queries_without_judgement": len(collection.queries) - len(judged),
        "queries_without_relevant": len(judged - answered),
        "queries_with_twin": collection.twins["query_id"].nunique(),
        "clusters": len(cluster_sizes),
        "effective_clusters": round(cluster_sizes.sum() ** 2 / (cluster_sizes**2).sum()),
    }
    for part in SPLITS:
        query_ids = [query for query, split in split_of.items() if split == part]
        counts[part] = len(query_ids)
        counts[f"{part}_judged"] = len(answered.intersection(query_ids))
    return {**counts, **collection.counts}


if __name__ == "__main__":
    run(prepare)
