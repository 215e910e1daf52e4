"""The collection on disk: texts, judgements, sides, and what may be trained on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from maw.datasets import leaks, splits
from maw.datasets.census import Census
from maw.datasets.collection import Collection
from maw.errors import InputError
from maw.jobs import files
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.ranking.bm25_index import SHARD, Shard, search, shard_of
from maw.settings import registry
from maw.settings.sections import AnySplit, Fold, Lexical, Official, Split, as_split

NEGATIVES = 20


def prepare(
    job: Job,
    *,
    source_queries: Path | None = None,
    source_split: Path | None = None,
    documents: Output,
    queries: Output,
    qrels: Output,
    split: Output,
    training: Output,
    negatives: Output,
    forbidden: Output,
    bm25: Output,
    dataset: Output,
) -> str:
    """A loader's collection -> seven tables, an index and dataset.json, leak-checked.

    source_*: of the dataset that transferred models are trained on, whose topics may be these.
    """
    loader = registry.parse("loaders", job.spec["loader"])
    module = registry.module_of(loader)
    collection: Collection = module.load(loader)
    shares = as_split(job.spec["split"])
    sided = splits.assign(collection.groups, shares, collection.sides)
    sides = dict(zip(sided["query_id"], sided["split"], strict=True))
    collection = without_left_out(collection, sides)
    seen: dict[str, int] = {}
    if source_queries is not None and source_split is not None:
        texts = _trained_texts(job, source_queries, source_split)
        alike = [text for text in collection.queries["text"] if splits.normal(text) in texts]
        seen["near_duplicates_trained_on"] = len(alike)
    # no earlier stage's file is read after this: the stamps of what is filled in are whole
    texts_at, census = _documents(job, collection, documents)
    known = census.known
    pairs = leaks.training_pairs(collection, sides, known=known)
    counts = count(collection, sides, census)
    _refuse_unusable(job.spec["dataset"], counts, shares, n_pairs=len(pairs))
    index_at = _index(job, texts_at, bm25, n_documents=census.n_documents)
    pool = _pool(job, collection, sides, index_at)
    mined = leaks.mined_negatives(collection, sides, pool, depth=NEGATIVES)
    checked = leaks.check(collection, sides, training=pairs, negatives=mined, known=known) | seen
    job.finish(documents)
    job.finish(bm25)
    job.write_parquet(queries, collection.queries[["query_id", "text", "cluster"]])
    job.write_parquet(qrels, collection.qrels)
    job.write_parquet(split, sided)
    job.write_parquet(training, pairs)
    job.write_parquet(negatives, mined)
    job.write_parquet(forbidden, leaks.forbidden(collection, sides))
    about = {
        "name": job.spec["dataset"],
        "counts": counts,
        "split": job.spec["split"],
        "retrieve": job.spec.get("retrieve", "stored"),
        "leak_check": checked,
        "sha256": census.sha256(collection.queries, collection.qrels),
        "licence": collection.licence,
        "source": collection.source,
        "citation": collection.citation,
        "ids": list(getattr(loader, "ids", ())),
        "versions": module.fingerprint(loader),
    }
    job.write_json(dataset, about)
    return (
        f"{job.spec['dataset']}: {counts['documents']} documents, {counts['queries']} queries "
        f"({counts['train']} train, {counts['dev']} dev, {counts['test']} test), no leak"
    )


def _documents(job: Job, collection: Collection, out: Output) -> tuple[Path, Census]:
    """Write the documents while they go by; where they wait, and what must be known of them."""
    census = Census(set(collection.qrels["doc_id"]))
    with progress("prepare", None, unit="documents") as advance:

        def counted() -> Iterator[pd.DataFrame]:
            for block in census.of(collection.blocks()):
                yield block
                advance(len(block))

        place = job.fill_parquet(out, counted())
    ids = (block["doc_id"] for block in files.parquet_blocks(place, ["doc_id"], size=SHARD))
    if (twice := census.doubled(ids)) is not None:
        raise InputError(
            f"dataset {job.spec['dataset']}: document {twice!r} is there twice; keep one in "
            f"{collection.source}"
        )
    return place, census


def _index(job: Job, texts: Path, out: Output, *, n_documents: int) -> Path:
    """BM25's index of all documents, a shard at a time; where it waits."""
    with progress("index", n_documents, unit="documents") as advance:

        def shards() -> Iterator[Shard]:
            for block in files.parquet_blocks(texts, ("doc_id", "text"), size=SHARD):
                yield shard_of(block)
                advance(len(block))

        return job.fill_arrays(out, shards())


def without_left_out(collection: Collection, sides: dict[str, str]) -> Collection:
    """The collection without the queries that an official split leaves out, and how many."""
    queries, qrels = collection.queries, collection.qrels
    kept = queries["query_id"].isin(sides.keys())
    if kept.all():
        return collection
    return replace(
        collection,
        queries=queries[kept].reset_index(drop=True),
        qrels=qrels[qrels["query_id"].isin(sides.keys())].reset_index(drop=True),
        groups={query: group for query, group in collection.groups.items() if query in sides},
        counts={**collection.counts, "near_duplicates_left_out": int((~kept).sum())},
    )


def _refuse_unusable(name: str, counts: dict[str, int], split: AnySplit, *, n_pairs: int) -> None:
    """InputError for a collection without text or judgement, or a side left empty by chance."""
    if not counts["documents"] or not counts["queries"]:
        raise InputError(f"dataset {name}: no document or no query; nothing can be ranked")
    sides = {"train": n_pairs, "dev": counts["dev_judged"], "test": counts["test_judged"]}
    if not any(counts[f"{side}_judged"] for side in sides):
        raise InputError(
            f"dataset {name}: no query has a relevant document in the collection "
            "(a grade above 0); mend the judgements"
        )
    for side, n in sides.items():
        if not n and _wanted(split, side):
            mend = f"enlarge split.{side}" if isinstance(split, Split) else "use another split"
            raise InputError(f"dataset {name}: nothing judged is on the {side} side; {mend}")


def _wanted(split: AnySplit, side: str) -> bool:
    """Whether a split has this side: of transferred and joined datasets, only test."""
    if isinstance(split, Split):
        return bool(getattr(split, side) > 0)
    return side == "test" or isinstance(split, Official | Fold)


def _trained_texts(job: Job, queries: Path, split: Path) -> set[str]:
    """What the source's train and dev queries ask, as near-duplicates are told by."""
    sides = job.read_parquet(split, ("query_id", "split"))
    held = sides.loc[sides["split"] != "test", "query_id"]
    asked = job.read_parquet(queries, ("query_id", "text"))
    return {splits.normal(text) for text in asked.loc[asked["query_id"].isin(held), "text"]}


def _pool(job: Job, collection: Collection, sides: dict[str, str], index: Path) -> pd.DataFrame:
    """BM25's ranking for the train queries: negatives are mined from it."""
    asked = collection.queries[collection.queries["query_id"].map(sides).eq("train")]
    lexical = Lexical.model_validate(job.spec["pool"])
    return search(files.map_arrays(index), asked, lexical=lexical)


def count(collection: Collection, sides: dict[str, str], census: Census) -> dict[str, int]:
    """How much of everything there is."""
    known = collection.qrels["doc_id"].isin(census.known)
    relevant = collection.qrels[known & collection.qrels["relevance"].gt(0)]
    judged = set(collection.qrels["query_id"])
    answered = set(relevant["query_id"])
    clusters = collection.queries["cluster"].value_counts()
    counts = {
        "documents": census.n_documents,
        "empty_documents": census.n_empty,
        "queries": len(collection.queries),
        "judgements": len(collection.qrels),
        "judged_documents_not_in_corpus": len(census.named - census.known),
        "queries_without_judgement": len(collection.queries) - len(judged),
        "queries_without_relevant": len(judged - answered),
        "queries_with_twin": collection.twins["query_id"].nunique(),
        "clusters": len(clusters),
        "effective_clusters": round(clusters.sum() ** 2 / (clusters**2).sum()),
    }
    for side in ("train", "dev", "test"):
        there = [query for query, found in sides.items() if found == side]
        counts[side] = len(there)
        counts[f"{side}_judged"] = len(answered.intersection(there))
    return {**counts, **collection.counts}


if __name__ == "__main__":
    run(prepare)
