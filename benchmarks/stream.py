"""Cost of one pass over documents for many models, against one pass for each model.

    python benchmarks/stream.py [--documents 256] [--repeats 3]

There are fifteen models, as in a suite: non_maw, maw_supervised and maw_grpo with five seeds each,
on docstrings with MiniLM. Both ways take turns in one process, on one thread. The table is written
to results/benchmarks/stream.csv.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from maw.datasets.loaders import pydocs
from maw.datasets.rows_of_ids import id_ranks_of_collection
from maw.jobs import device
from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.embedding import embed
from maw.models.encoders.frozen import Frozen
from maw.ranking.best import Best
from maw.ranking.streaming import Ranker, Stream
from maw.ranking.systems import bi_encoder
from maw.settings import registry
from maw.settings.sections import Backbone

SEEDS, QUERIES, BLOCK = 5, 100, 64
TABLE = Path(__file__).parents[1] / "results/benchmarks/stream.csv"
MAW = {"kind": "maw", "depths": 8}
SYSTEMS: dict[str, dict[str, Any]] = {
    "non_maw": {},
    "maw_supervised": {"attention": MAW, "router": {"kind": "supervised"}},
    "maw_grpo": {"attention": MAW, "router": {"kind": "grpo"}},
}


def rankers(frozen: Frozen, collection: Any, n: int) -> list[Ranker]:
    """Return all models with their vectors of the queries. n: number of documents."""
    trunk = frozen.trunk()
    queries = collection.queries["text"].tolist()[:QUERIES]
    hidden = frozen.hidden(queries, side="query")
    id_ranks = id_ranks_of_collection(collection.documents["doc_id"][:n])
    all_rankers = []
    for options in SYSTEMS.values():
        system: Any = registry.parse("systems", {"kind": "bi_encoder", **options})
        for seed in range(SEEDS):
            model = bi_encoder.encoder(system, trunk=trunk, state=None, seed=seed)
            vectors = embed(model, hidden, torch.arange(len(queries)))[0]
            all_rankers.append(
                Ranker(model, None, vectors, Best(len(queries), 100, id_ranks), Stopwatch("cpu"))
            )
    return all_rankers


def seconds(frozen: Frozen, some: list[Ranker], texts: list[str]) -> float:
    """Return the processor seconds of one pass for these models."""
    for ranker in some:
        best = ranker.best
        ranker.best = Best(best.n_queries, best.depth, best.id_ranks)
    started = time.process_time()
    streamed = Stream({None: frozen}, some, Stopwatch("cpu"))
    for first in range(0, len(texts), BLOCK):
        streamed.read(first, texts[first : first + BLOCK])
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    device.prepare(seed=0)
    collection = pydocs.load(pydocs.Config(documents=max(options.documents, 200)))
    texts = collection.documents["text"].tolist()[: options.documents]
    frozen = Frozen.opened(Backbone(max_document_tokens=128, max_query_tokens=48))
    models = rankers(frozen, collection, len(texts))
    rows = []
    for run in range(options.repeats):
        together = seconds(frozen, models, texts)
        alone = sum(seconds(frozen, [ranker], texts) for ranker in models)
        rows.append({"run": run, "together": together, "alone": alone, "ratio": together / alone})
        print(rows[-1], flush=True)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(TABLE, index=False)
    ratios = np.array([row["ratio"] for row in rows])
    summary = f"{ratios.min():.3f} (median {np.median(ratios):.3f}) of as many passes"
    print(f"{len(models)} models, {len(ratios)} runs: {summary}")


if __name__ == "__main__":
    main()
