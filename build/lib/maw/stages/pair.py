"""The stage `pair`: computes the frozen layers' outputs for the pairs a cross-encoder reads.

They are computed once for all cross-encoders and seeds.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from maw.datasets.development import judged_for_development, of_split, relevant_pairs
from maw.datasets.rows_of_ids import is_in, rows_of
from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.models.encoders.pairs import compute_pair_trunk
from maw.models.encoders.truncation import of_texts
from maw.ranking.bm25_index import retrieve
from maw.settings.sections import Backbone, Candidates, Lexical

COLUMNS = ["query_id", "doc_id", "split", "relevant"]


def pair(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    qrels: Path,
    split: Path,
    training: Path,
    negatives: Path,
    bm25: Path,
    pairs: Output,
    trunk: Output,
) -> str:
    """Pair queries with documents and encode each pair.

    Training queries are paired with their positives and mined negatives, test queries and those
    development queries that score a model with BM25's candidates. pairs: query_id, doc_id, split,
    relevant; row n is the trunk's pair n. `relevant` is True for the positives of training queries
    and False for all other pairs, also for candidates that are judged relevant. InputError where
    BM25 retrieves nothing for any test query.
    """
    torch_device = device.prepare(seed=0)
    doc_ids = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    all_queries = job.read_parquet(queries, ("query_id", "text"))
    splits = job.read_parquet(split, ("query_id", "split"))
    relevant = relevant_pairs(job.read_parquet(qrels), doc_ids)
    scoring = judged_for_development(relevant, splits)["query_id"].drop_duplicates()
    candidates = Candidates.model_validate(job.spec["candidates"])
    training_frames = _training_pairs(
        job, doc_ids, training=training, negatives=negatives, n_negatives=candidates.negatives
    )
    held_out = {
        "dev": all_queries[all_queries["query_id"].isin(scoring)],
        "test": of_split(all_queries, splits, "test"),
    }
    held_out_frames = _candidates(job, bm25, held_out, candidates)
    table = pd.concat([*training_frames, *held_out_frames], ignore_index=True)[COLUMNS]
    table["relevant"] = table["relevant"].eq(True)
    if not table["split"].eq("test").any():
        raise InputError(
            f"{queries}: BM25 retrieves no document for any test query, so there is nothing to "
            "rank for a cross-encoder; check the texts"
        )
    query_texts = table["query_id"].map(all_queries.set_index("query_id")["text"]).tolist()
    rows, positions = np.unique(rows_of(doc_ids, table["doc_id"]), return_inverse=True)
    texts = job.read_rows(documents, "text", rows)
    document_texts = [texts[position] for position in positions]
    backbone = Backbone.model_validate(job.spec["backbone"])
    with progress("pair", len(table), unit="pairs") as advance:
        pair_trunk = compute_pair_trunk(
            query_texts, document_texts, backbone=backbone, advance=advance, device=torch_device
        )
    job.write_parquet(pairs, table)
    job.write_tensors(trunk, pair_trunk.tensors())
    counts = table["split"].value_counts()
    n_tokens = len(pair_trunk.texts("pair").hidden)
    cut = of_texts(texts, side="document", backbone=backbone, in_pairs=True)
    return (
        f"{len(table)} pairs ({counts.get('train', 0)} train, {counts.get('dev', 0)} dev, "
        f"{counts['test']} test), {n_tokens} tokens through {backbone.name}; "
        f"{cut.told('their documents')}"
    )


def _training_pairs(
    job: Job, doc_ids: pd.Series, *, training: Path, negatives: Path, n_negatives: int
) -> list[pd.DataFrame]:
    """Return two frames: the positives that the collection has, and the mined negatives.

    n_negatives: number of negatives of a query that are kept, the best in BM25's ranking.
    """
    positives = job.read_parquet(training, ("query_id", "doc_id"))
    positives = positives[is_in(positives["doc_id"], doc_ids)]
    mined = job.read_parquet(negatives, ("query_id", "doc_id"))
    mined = mined.groupby("query_id", sort=False).head(n_negatives)
    return [positives.assign(split="train", relevant=True), mined.assign(split="train")]


def _candidates(
    job: Job, bm25: Path, queries: Mapping[str, pd.DataFrame], candidates: Candidates
) -> list[pd.DataFrame]:
    """Return two frames: BM25's documents for the development queries and for the test queries.

    queries: `dev` and `test` -> query_id and text.
    """
    lexical = Lexical.model_validate(job.spec["pool"])
    index = job.map_arrays(bm25)
    frames = []
    for split, depth in (("dev", candidates.development), ("test", candidates.depth)):
        settings = lexical.model_copy(update={"depth": depth})
        frames.append(retrieve(index, queries[split], lexical=settings).assign(split=split))
    return frames


if __name__ == "__main__":
    run(pair)
