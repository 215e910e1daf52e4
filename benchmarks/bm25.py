"""How do time, memory and disk of the BM25 index grow with the collection? On synthetic passages.

    python benchmarks/bm25.py [--passages 10000 100000 1000000]

Words by Zipf's law over a vocabulary of 200,000, some 56 a passage, as MS MARCO's are. Each size
runs in a process of its own, whose greatest resident memory counts; passages come from a generator
and are never held together. To results/benchmarks/bm25.csv.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from maw import io
from maw.lexical import SHARD, Shard, search, shard_of
from maw.sections import Lexical

VOCABULARY, LENGTH, QUERIES = 200_000, 56, 20
TABLE = Path(__file__).parents[1] / "results/benchmarks/bm25.csv"


def passages(n: int) -> Iterator[pd.DataFrame]:
    """doc_id, text, a shard at a time; the same ones always."""
    chances = 1 / np.arange(1, VOCABULARY + 1)
    chances /= chances.sum()
    words = np.array([f"w{number:x}x" for number in range(VOCABULARY)])
    for start in range(0, n, SHARD):
        generator = np.random.default_rng(start)
        size = min(SHARD, n - start)
        lengths = generator.poisson(LENGTH, size)
        drawn = words[generator.choice(VOCABULARY, int(lengths.sum()), p=chances)]
        ends = np.cumsum(lengths)
        texts = [
            " ".join(drawn[end - length : end]) for end, length in zip(ends, lengths, strict=True)
        ]
        yield pd.DataFrame({"doc_id": [f"p{start + n}" for n in range(size)], "text": texts})


def measure(n: int) -> dict[str, float]:
    """One row of the table, of this process."""
    with tempfile.TemporaryDirectory() as name:
        path, spent = Path(name) / "bm25.safetensors", 0.0

        def shards() -> Iterator[Shard]:
            nonlocal spent
            for block in passages(n):
                began = time.process_time()
                made = shard_of(block)
                spent += time.process_time() - began
                yield made

        io.Claim(path).write(io.array_blocks(shards(), {"digest": "0"}, folder=path.parent))
        asked = pd.DataFrame(
            {
                "query_id": [f"q{q}" for q in range(QUERIES)],
                "text": [f"w{q + 5:x}x w{100 * q + 50:x}x w{5000 + q:x}x" for q in range(QUERIES)],
            }
        )
        began = time.process_time()
        found = search(io.map_arrays(path), asked, lexical=Lexical(depth=1000))
        searching = time.process_time() - began
        return {
            "passages": n,
            "index_cpu_seconds": round(spent, 1),
            "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
            "disk_megabytes": round(path.stat().st_size / 1e6, 1),
            "search_cpu_seconds_per_query": round(searching / QUERIES, 4),
            "found": len(found),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--one", type=int, help="measure this size here and print it as JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    rows = []
    for n in options.passages:
        command = [sys.executable, __file__, "--one", str(n)]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append(json.loads(out))
        print(rows[-1], flush=True)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()
