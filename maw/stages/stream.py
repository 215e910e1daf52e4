"""Which documents does every model put first, where the collection is too large to keep encoded?

The documents go by in shards: the frozen layers read each once, for all systems and seeds. After a
shard all that has been found is kept on disk beside the output, and a job that was cut off goes on
behind the last whole shard.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from maw.datasets.development import of_side
from maw.datasets.rows_of_ids import places_by_name, rows_of
from maw.jobs import device, files
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.backbone import Frozen
from maw.models.encoders.embedding import embed
from maw.models.encoders.trunk import level, texts_of
from maw.ranking.best import COLUMNS, Best
from maw.ranking.bm25_index import search
from maw.ranking.streaming import Ranker, Stream
from maw.settings import registry
from maw.settings.sections import Backbone, Lexical

SHARD, BLOCK = 65_536, 2048  # documents between two savings; documents in memory, a divisor


def stream(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    split: Path,
    trunk: Path,
    bm25: Path | None,
    runs: list[Path],
    models: list[Path] | None,
    retrieved: Output,
) -> str:
    """The best documents of each test query by every model, a part of the file for each.

    runs: in the specification's order; models: of those that are trained, in the same order.
    """
    names = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
    asked = job.read_parquet(queries, ("query_id", "text"))
    asked["row"] = range(len(asked))
    sides = job.read_parquet(split, ("query_id", "split"))
    asked = of_side(asked, sides, "test")
    for path in runs:
        job.note_read(path)
    pool = None if bm25 is None else _pool(job, job.map_arrays(bm25), asked, names)
    tensors = job.read_tensors(trunk)
    rows = torch.from_numpy(asked["row"].to_numpy(copy=True))
    placed = device.prepare(seed=0)
    rankers, said = _rankers(job, tensors, rows, models=models or [], names=names, placed=placed)
    backbone = Backbone.model_validate(job.spec["backbone"])
    frozen = {
        k: Frozen.opened(backbone.model_copy(update={"trained_layers": k} if k else {}), placed)
        for k in {ranker.trained_layers for ranker in rankers}
    }
    streamed = Stream(frozen, rankers, Stopwatch(placed.type), pool)
    start = _read(job, streamed, documents, n=len(names), state=_state(retrieved))
    shared = {"shared_cpu_seconds": streamed.watch.cpu_seconds / len(rankers)}
    costs = [{**ranker.watch.encoding(ranker.n_texts), **shared} for ranker in rankers]
    parts = [
        {
            **query,
            **ranker.best.merge(),
            "cost": np.frombuffer(files.canonical(cost).encode(), "u1"),
        }
        for query, ranker, cost in zip(said, rankers, costs, strict=True)
    ]
    job.write_arrays(retrieved, parts)
    _state(retrieved).unlink(missing_ok=True)
    return (
        f"{len(names)} documents read once for {len(rankers)} models and {len(asked)} queries"
        + (f", from document {start} on" if start else "")
    )


def _rankers(
    job: Job,
    tensors: dict[str, Any],
    rows: torch.Tensor,
    *,
    models: Sequence[Path],
    names: Any,
    placed: torch.device,
) -> tuple[list[Ranker], list[dict[str, Any]]]:
    """Every run's model with its vectors of the queries; which depths those chose."""
    places, waiting = places_by_name(names), iter(models)
    rankers, said = [], []
    for entry in job.spec["runs"]:
        system: Any = registry.parse("systems", entry["system"])
        model = registry.module_of(system).encoder(
            system,
            trunk=tensors,
            state=job.read_tensors(next(waiting)) if entry["trained"] else None,
            seed=entry["seed"],
        )
        model.to(placed).precision = getattr(torch, job.spec.get("precision", "float32"))
        texts = texts_of(level(tensors, system.trained_layers), "query")
        vectors, depth, chance = embed(model, texts, rows)
        best = Best(len(rows), job.spec["depth"], places)
        watch = Stopwatch(placed.type)
        rankers.append(Ranker(model, system.trained_layers, vectors.to(placed), best, watch))
        said.append(
            {
                "query_depth": depth.numpy().astype(np.int32),
                "query_chance": chance.numpy().astype(np.float32),
            }
        )
    return rankers, said


def _pool(job: Job, index: Any, asked: pd.DataFrame, names: pd.Series) -> tuple[Any, Any]:
    """Number of the query and row of the document of each pair that BM25 finds, by row."""
    found = search(index, asked, lexical=Lexical.model_validate(job.spec["pool"]))
    query = pd.Index(asked["query_id"]).get_indexer(found["query_id"])
    row = rows_of(names, found["doc_id"])
    order = np.argsort(row, kind="stable")
    return query[order], row[order]


def _read(job: Job, streamed: Stream, documents: Path, *, n: int, state: Path) -> int:
    """All documents, from where this job was cut off; that place."""
    start = 0
    if (kept := job.kept(state)) is not None:
        about, *found = kept
        start = int(about["done"][0])
        device_of = streamed.rankers[0].queries.device.type
        *spent, whole = (Stopwatch(device_of, tuple(row)) for row in about["spent"].tolist())
        streamed.watch = whole
        for place, (ranker, part) in enumerate(zip(streamed.rankers, found, strict=True)):
            ranker.watch, ranker.n_texts = spent[place], int(about["n_texts"][place])
            ranker.best.offer({name: np.array(part[name]) for name in COLUMNS})
            ranker.best.merge()
    with progress("stream", n - start, unit="documents") as advance:
        for first, texts in _blocks(documents, start):
            streamed.read(first, texts)
            advance(len(texts))
            done = first + len(texts)
            if done % SHARD == 0 and done < n:
                watches = [*(one.watch for one in streamed.rankers), streamed.watch]
                about = {
                    "done": np.array([done]),
                    "n_texts": np.array([one.n_texts for one in streamed.rankers]),
                    "spent": np.array([watch.spent for watch in watches]),
                }
                job.keep(state, [about, *(one.best.merge() for one in streamed.rankers)])
    return start


def _blocks(documents: Path, start: int) -> Iterator[tuple[int, list[str]]]:
    """First row and texts, from a row on that a block begins with."""
    first = 0
    for block in files.parquet_blocks(documents, ["text"], size=BLOCK):
        if first >= start:
            yield first, block["text"].tolist()
        first += len(block)


def _state(retrieved: Path) -> Path:
    return retrieved.with_name(f".{retrieved.stem}.state{retrieved.suffix}")


if __name__ == "__main__":
    run(stream)
