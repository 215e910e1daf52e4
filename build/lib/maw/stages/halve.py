"""The stage `halve`: splits the train and dev queries of a dataset into two halves.

A search with `selection.cross_fit: 2` trains on one half and is scored on the other, both ways.
Each half has the tables that the stage `prepare` writes for the whole, by the same rules against
leaks: nothing that is trained on gives away a query of the other half, or a test query.
"""

from pathlib import Path

from maw.datasets import splits
from maw.datasets.collection import Collection
from maw.datasets.split_tables import SplitTables
from maw.errors import InputError
from maw.jobs.job import Job, Output, run
from maw.ranking.bm25_index import retrieve
from maw.settings import registry
from maw.settings.sections import Lexical
from maw.settings.split_kinds import as_split
from maw.stages.prepare import without_left_out


def halve(job: Job, *, documents: Path, split: Path, bm25: Path, halves: list[Output]) -> str:
    """Write the tables of both halves.

    documents, split, bm25: files of the stage `prepare`. halves: for each half n the paths
    half<n>/split.parquet, training, negatives, forbidden and development; half n is trained on.
    InputError where a half has no training pair or no judged query.
    """
    loader = registry.parse("loaders", job.spec["loader"])
    collection: Collection = registry.module_of(loader).load(loader)
    doc_ids = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    split_table = job.read_parquet(split, ("query_id", "split"))
    split_of = dict(zip(split_table["query_id"], split_table["split"], strict=True))
    collection = without_left_out(collection, split_of)
    searched = collection.queries[collection.queries["query_id"].map(split_of).ne("test")]
    retrieved = retrieve(
        job.map_arrays(bm25), searched, lexical=Lexical.model_validate(job.spec["pool"])
    )
    salt = getattr(as_split(job.spec["split"]), "salt", "")
    sizes = []
    for half, half_splits in enumerate(splits.halves(collection.groups, split_of, salt=salt), 1):
        tables = SplitTables.of(collection, half_splits, doc_ids=doc_ids, retrieved=retrieved)
        if tables.training.empty or not tables.n_development:
            raise InputError(
                f"{split}: half {half} of the train and dev queries has no training pair, or the "
                "other half no judged query; set selection.cross_fit to 1"
            )
        for path in halves:
            if path.parent.name == f"half{half}":
                job.write_parquet(path, getattr(tables, path.stem))
        sizes.append(sum(name == "train" for name in half_splits.values()))
    return f"{job.spec['dataset']}: halves of {sizes[0]} and {sizes[1]} queries, no leak"


if __name__ == "__main__":
    run(halve)
