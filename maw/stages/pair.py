"""What do the frozen layers make of every pair that a cross-encoder reads? Once for all of them."""

from pathlib import Path

import numpy as np
import pandas as pd

from maw.datasets.rows_of_ids import is_in, rows_of
from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.models.encoders.pairs import trunk_of_pairs
from maw.ranking.bm25_index import search
from maw.settings.sections import Backbone, Candidates, Lexical


def pair(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    split: Path,
    training: Path,
    negatives: Path,
    bm25: Path,
    pairs: Output,
    trunk: Output,
) -> str:
    """BM25's candidates of dev and test queries; positives and mined negatives to train on."""
    placed = device.prepare(seed=0)
    names = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    asked = job.read_parquet(queries, ("query_id", "text"))
    sides = job.read_parquet(split, ("query_id", "split")).set_index("query_id")["split"]
    candidates = Candidates.model_validate(job.spec["candidates"])
    lexical = Lexical.model_validate(job.spec["pool"])
    positive = job.read_parquet(training, ("query_id", "doc_id"))
    positive = positive[is_in(positive["doc_id"], names)]
    mined = job.read_parquet(negatives, ("query_id", "doc_id"))
    mined = mined.groupby("query_id", sort=False).head(candidates.negatives)
    index = job.map_arrays(bm25)
    frames = [positive.assign(side="train", relevant=True), mined.assign(side="train")]
    for side, depth in (("dev", candidates.development), ("test", candidates.depth)):
        there = asked[asked["query_id"].map(sides).eq(side)]
        pool = lexical.model_copy(update={"depth": depth})
        frames.append(search(index, there, lexical=pool).assign(side=side))
    table = pd.concat(frames, ignore_index=True)[["query_id", "doc_id", "side", "relevant"]]
    table["relevant"] = table["relevant"].eq(True)
    if not table["side"].eq("test").any():
        raise InputError(f"{queries}: BM25 finds nothing for any test query; nothing to rank anew")
    said = table["query_id"].map(asked.set_index("query_id")["text"]).tolist()
    rows, place = np.unique(rows_of(names, table["doc_id"]), return_inverse=True)
    texts = job.read_rows(documents, "text", rows)
    read = [texts[one] for one in place]
    backbone = Backbone.model_validate(job.spec["backbone"])
    with progress("pair", len(table), unit="pairs") as advance:
        tensors = trunk_of_pairs(said, read, backbone=backbone, advance=advance, device=placed)
    job.write_parquet(pairs, table)
    job.write_tensors(trunk, tensors)
    counts = table["side"].value_counts()
    return (
        f"{len(table)} pairs ({counts.get('train', 0)} train, {counts.get('dev', 0)} dev, "
        f"{counts['test']} test), {len(tensors['pair.hidden'])} tokens through {backbone.name}"
    )


if __name__ == "__main__":
    run(pair)
