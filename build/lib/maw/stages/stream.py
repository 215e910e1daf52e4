"""The stage `stream`: ranks a collection too large to keep encoded, with all bi-encoders at once.

The documents are read in blocks. The frozen layers encode each block once for all systems and seeds
that train the same number of layers; with `retrieve: pool` they encode only the documents that BM25
retrieves. At intervals the results so far are saved beside the output; a job that was stopped goes
on after the last document whose results were saved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from maw.datasets.development import of_split
from maw.datasets.rows_of_ids import id_ranks_of_collection, rows_of
from maw.jobs import device, files
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.frozen import Frozen
from maw.models.encoders.trunk import Trunk
from maw.ranking.best import COLUMNS, Best
from maw.ranking.bm25_index import retrieve
from maw.ranking.streaming import Ranker, Stream
from maw.settings import registry
from maw.settings.sections import Backbone, Lexical, TrainedLayers

SAVE_INTERVAL = 65_536  # documents; after each so many, the results are saved
BLOCK = 2048  # documents in memory at a time; divides SAVE_INTERVAL


@dataclass(frozen=True)
class StreamSources:
    """The files that the stage `stream` reads.

    trunk: the file with the encoded queries and the pretrained tensors of the layers to train.
    bm25: BM25's index, where the models rank only the documents that BM25 retrieves. runs: run.json
    of each run, in the specification's order. models: the tensors of the runs that are trained, in
    the same order.
    """

    documents: Path
    queries: Path
    split: Path
    trunk: Path
    runs: list[Path]
    bm25: Path | None = None
    models: list[Path] | None = None


def stream(job: Job, *, sources: StreamSources, retrieved: Output, costs: Output) -> str:
    """Rank the collection for each test query with every model, and write the best documents.

    retrieved: a file with one part for each run, in the specification's order: its best documents
    of each query, and the queries' depths. costs: JSON of the seconds of each run, in this order.
    """
    doc_ids = job.read_parquet(sources.documents, ("doc_id",), only=True)["doc_id"]
    queries = _test_queries(job, sources)
    for path in sources.runs:
        job.note_read(path)
    pool = None if sources.bm25 is None else _pool(job, sources.bm25, queries, doc_ids)
    trunk = Trunk.from_tensors(job.read_tensors(sources.trunk))
    query_rows = torch.from_numpy(queries["row"].to_numpy(copy=True))
    torch_device = device.prepare(seed=0)
    id_ranks = id_ranks_of_collection(doc_ids)
    rankers, query_depths = [], []
    for trained_layers, model in _models(job, trunk, sources.models or []):
        model.to(torch_device)
        query_texts = trunk.level(trained_layers).texts("query")
        vectors, depth, probability = embed(model, query_texts, query_rows)
        best = Best(len(query_rows), job.spec["depth"], id_ranks)
        watch = Stopwatch(torch_device.type)
        rankers.append(Ranker(model, trained_layers, vectors.to(torch_device), best, watch))
        query_depths.append(
            {
                "query_depth": depth.numpy().astype(np.int32),
                "query_chance": probability.numpy().astype(np.float32),
            }
        )
    frozen = _frozen_layers(job, rankers, torch_device)
    streamed = Stream(frozen, rankers, Stopwatch(torch_device.type), pool)
    state = _state_path(retrieved)
    start = _resume(job, streamed, state)
    _read_documents(job, streamed, sources.documents, start=start, end=len(doc_ids), state=state)
    parts = zip(query_depths, rankers, strict=True)
    job.write_arrays(retrieved, ({**depths, **ranker.best.merge()} for depths, ranker in parts))
    job.write_json(costs, {"runs": _costs(streamed)})
    state.unlink(missing_ok=True)
    return (
        f"{len(doc_ids)} documents read once for {len(rankers)} models and {len(queries)} queries"
        + (f", from document {start} on" if start else "")
    )


def _test_queries(job: Job, sources: StreamSources) -> pd.DataFrame:
    """Return the queries of the test split, with their rows in the trunk in the column `row`."""
    queries = job.read_parquet(sources.queries, ("query_id", "text"))
    queries["row"] = range(len(queries))
    return of_split(queries, job.read_parquet(sources.split, ("query_id", "split")), "test")


def _pool(
    job: Job, bm25: Path, queries: pd.DataFrame, doc_ids: pd.Series
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the query-document pairs [P] that BM25 retrieves, as two arrays sorted by document.

    The first array has the query's position in `queries`, the second the document's row in the
    collection.
    """
    lexical = Lexical.model_validate(job.spec["pool"])
    pairs = retrieve(job.map_arrays(bm25), queries, lexical=lexical)
    query = pd.Index(queries["query_id"]).get_indexer(pairs["query_id"])
    row = rows_of(doc_ids, pairs["doc_id"])
    order = np.argsort(row, kind="stable")
    return query[order], row[order]


def _models(
    job: Job, trunk: Trunk, paths: Sequence[Path]
) -> Iterator[tuple[int | None, BiEncoder]]:
    """Yield the number of trained layers and the model of each run of the specification.

    paths: files with the tensors of the trained models, in the same order. None as a number: as
    many layers as the backbone's section says.
    """
    remaining = iter(paths)
    for entry in job.spec["runs"]:
        system: Any = registry.parse("systems", entry["system"])
        model: BiEncoder = registry.module_of(system).encoder(
            system,
            trunk=trunk,
            state=job.read_tensors(next(remaining)) if entry["trained"] else None,
            seed=entry["seed"],
        )
        model.precision = getattr(torch, job.spec.get("precision", "float32"))
        yield system.trained_layers, model


def _frozen_layers(
    job: Job, rankers: Sequence[Ranker], torch_device: torch.device
) -> dict[TrainedLayers | None, Frozen]:
    """Return number of trained layers -> the backbone's layers below these, which are frozen.

    They are opened once for each number. None as a number: as many trained layers as the backbone's
    section says.
    """
    backbone = Backbone.model_validate(job.spec["backbone"])
    return {
        n_trained: Frozen.opened(
            backbone.model_copy(update={"trained_layers": n_trained} if n_trained else {}),
            torch_device,
        )
        for n_trained in {ranker.trained_layers for ranker in rankers}
    }


def _resume(job: Job, streamed: Stream, state: Path) -> int:
    """Load the results that this job saved before it was stopped; return their number of documents.

    The number is 0 where nothing was saved, or only by a job with another specification, other code
    or other inputs.
    """
    saved = job.kept(state)
    if saved is None:
        return 0
    counters, *parts = saved
    device_type = streamed.rankers[0].queries.device.type
    *watches, shared = (Stopwatch(device_type, tuple(row)) for row in counters["spent"].tolist())
    streamed.watch = shared
    for ranker, part, watch, n_texts in zip(
        streamed.rankers, parts, watches, counters["n_texts"], strict=True
    ):
        ranker.watch, ranker.n_texts = watch, int(n_texts)
        ranker.best.offer({name: np.array(part[name]) for name in COLUMNS})
        ranker.best.merge()
    return int(counters["done"][0])


def _read_documents(
    job: Job, streamed: Stream, documents: Path, *, start: int, end: int, state: Path
) -> None:
    """Rank the documents from row `start` up to `end`, and save the results at intervals."""
    with progress("stream", end - start, unit="documents") as advance:
        for first, texts in _blocks(documents, start):
            streamed.read(first, texts)
            advance(len(texts))
            n_done = first + len(texts)
            if n_done % SAVE_INTERVAL == 0 and n_done < end:
                _save(job, streamed, state, n_done=n_done)


def _save(job: Job, streamed: Stream, state: Path, *, n_done: int) -> None:
    watches = [*(ranker.watch for ranker in streamed.rankers), streamed.watch]
    counters = {
        "done": np.array([n_done]),
        "n_texts": np.array([ranker.n_texts for ranker in streamed.rankers]),
        "spent": np.array([watch.spent for watch in watches]),
    }
    job.keep(state, [counters, *(ranker.best.merge() for ranker in streamed.rankers)])


def _blocks(documents: Path, start: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the first document's row and the texts of each block, from row `start` on."""
    first = 0
    for block in files.parquet_blocks(documents, ["text"], size=BLOCK):
        if first >= start:
            yield first, block["text"].tolist()
        first += len(block)


def _costs(streamed: Stream) -> list[dict[str, Any]]:
    """Return the cost of each run: that of its own layers, and its part of what all runs share."""
    shared = {"shared_cpu_seconds": streamed.watch.cpu_seconds / len(streamed.rankers)}
    return [{**ranker.watch.encoding(ranker.n_texts), **shared} for ranker in streamed.rankers]


def _state_path(retrieved: Path) -> Path:
    """Return the path of the saved results: a hidden file beside the output (leading dot)."""
    return retrieved.with_name(f".{retrieved.stem}.state{retrieved.suffix}")


if __name__ == "__main__":
    run(stream)
