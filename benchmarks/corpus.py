"""Time, memory and disk space of the stages as a corpus grows.

    python benchmarks/corpus.py [--passages 10000 100000 1000000]

The stages run on synthetic passages in MS MARCO v2's format, which `ir_datasets` reads: `prepare`
(tables and BM25's index), `encode` (the documents that training looks at), `stream` (one model
ranks what BM25 retrieves), and a retrieval from the mapped index. Words follow Zipf's law over a
vocabulary of 200,000; a passage has about 56, as in MS MARCO. Each stage is a process of its own,
whose greatest resident memory counts. The table is written to results/benchmarks/corpus.csv.
"""

import argparse
import gzip
import io as streams
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from maw.jobs import suite_specs
from maw.jobs.files import map_arrays, read_parquet
from maw.jobs.run_specs import JobKey
from maw.ranking.bm25_index import retrieve
from maw.settings.read import parse_suite
from maw.settings.sections import Lexical

VOCABULARY, LENGTH, QUERIES, MEMBER = 200_000, 56, 20, 200_000
TABLE = Path(__file__).parents[1] / "results/benchmarks/corpus.csv"
TABLES = (
    *("documents", "queries", "qrels", "split"),
    *("training", "negatives", "forbidden", "development"),
)
ID = "msmarco-passage-v2/trec-dl-2021/judged"
SUITE = {
    "suite": "corpus",
    "datasets": {
        "v2": {
            "loader": {"kind": "irds", "id": ID, "verify": False},
            "retrieve": "pool",
            "pool": {"depth": 20},
        }
    },
    "backbone": {"name": "minilm", "max_document_tokens": 32, "max_query_tokens": 8},
    "systems": {"bm25": {"kind": "bm25"}, "zeroshot": {"kind": "bi_encoder"}},
    "analysis": {"contrasts": [{"system": "zeroshot", "baseline": "bm25"}]},
}


def passages(start: int, size: int) -> Iterator[str]:
    """Yield random passages, the same ones in every run."""
    generator = np.random.default_rng(start)
    chances = 1 / np.arange(1, VOCABULARY + 1)
    words = np.array([f"w{number:x}x" for number in range(VOCABULARY)])
    lengths = generator.poisson(LENGTH, size)
    passage_words = words[
        generator.choice(VOCABULARY, int(lengths.sum()), p=chances / chances.sum())
    ]
    ends = np.cumsum(lengths)
    for end, length in zip(ends, lengths, strict=True):
        yield " ".join(passage_words[end - length : end])


def lay(home: Path, n: int) -> None:
    """Write n passages, with topics and judgements, into the cache of `ir_datasets`."""
    folder = home / "msmarco-passage-v2"
    (folder / "trec-dl-2021").mkdir(parents=True)
    judged = []
    with tarfile.open(folder / "msmarco_v2_passage.tar", "w") as archive:
        for part, start in enumerate(range(0, n, MEMBER)):
            place, lines = 0, []
            for text in passages(start, min(MEMBER, n - start)):
                name = f"msmarco_passage_{part:02d}_{place}"
                row = {"pid": name, "passage": text, "spans": "(0,9)", "docid": "d"}
                lines.append(json.dumps(row).encode() + b"\n")
                place += len(lines[-1])
                if start == 0 and len(lines) <= QUERIES:
                    judged.append(f"{len(lines)} 0 {name} 3\n")
            packed = gzip.compress(b"".join(lines), compresslevel=1)
            about = tarfile.TarInfo(f"msmarco_v2_passage/msmarco_passage_{part:02d}.gz")
            about.size = len(packed)
            archive.addfile(about, streams.BytesIO(packed))
    (folder / "trec-dl-2021/queries.tsv").write_text(
        "".join(f"{q + 1}\tw{q + 5:x}x w{100 * q + 50:x}x w{5000 + q:x}x\n" for q in range(QUERIES))
    )
    (folder / "trec-dl-2021/qrels").write_text("".join(judged))


def stage(name: str, spec: dict[str, Any], **paths: Path | list[Path]) -> resource.struct_rusage:
    """Run a stage as the workflow does and return the resources that it used."""
    options = []
    for key, value in paths.items():
        several = value if isinstance(value, list) else [value]
        options += [f"--{key}", *map(str, several)]
    command = [sys.executable, "-m", f"maw.stages.{name}", "--spec", json.dumps(spec)]
    process = subprocess.Popen([*command, "--code", "benchmark", *options])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"maw {name} failed")
    return used


def measure(n: int) -> dict[str, float]:
    """Run all stages on n passages and return one row of the table."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        lay(home / "irds", n)
        os.environ["IR_DATASETS_HOME"] = str(home / "irds")
        suite = parse_suite(SUITE, source="benchmarks/corpus.py")
        files = {table: home / f"{table}.parquet" for table in TABLES}
        index, trunk = home / "bm25.safetensors", home / "trunk.safetensors"
        spec = suite_specs.specification("prepare", suite, job=JobKey(dataset="v2"))
        prepared = stage("prepare", spec, **files, bm25=index, dataset=home / "dataset.json")
        given = {one: files[one] for one in ("documents", "queries")}
        needed = [files[one] for one in ("training", "negatives", "development")]
        spec = suite_specs.specification("encode", suite, job=JobKey(dataset="v2"))
        encoded = stage("encode", spec, **given, needed=needed, trunk=trunk)
        run, retrieved = home / "run.json", home / "retrieved.safetensors"
        described = JobKey(dataset="v2", system="zeroshot")
        spec = suite_specs.specification("describe", suite, job=described)
        stage("describe", spec, run=run)
        spec = suite_specs.specification("stream", suite, job=JobKey(dataset="v2"))
        read = ("documents", "queries", "split")
        given = {**{one: files[one] for one in read}, "trunk": trunk, "bm25": index, "runs": run}
        streamed = stage("stream", spec, **given, retrieved=retrieved)
        began = time.process_time()
        queries = read_parquet(files["queries"])
        ranking = retrieve(map_arrays(index), queries, lexical=Lexical(depth=1000))
        searching = time.process_time() - began
        return {
            "passages": n,
            "prepare_cpu_seconds": round(prepared.ru_utime + prepared.ru_stime, 1),
            "prepare_megabytes": round(prepared.ru_maxrss / 1e3),
            "encode_cpu_seconds": round(encoded.ru_utime + encoded.ru_stime, 1),
            "encode_megabytes": round(encoded.ru_maxrss / 1e3),
            "stream_cpu_seconds": round(streamed.ru_utime + streamed.ru_stime, 1),
            "stream_megabytes": round(streamed.ru_maxrss / 1e3),
            "texts_on_disk_megabytes": round(files["documents"].stat().st_size / 1e6, 1),
            "index_on_disk_megabytes": round(index.stat().st_size / 1e6, 1),
            "search_cpu_seconds_per_query": round(searching / QUERIES, 4),
            "found": len(ranking),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    options = parser.parse_args()
    rows = []
    for n in options.passages:
        rows.append(measure(n))
        print(rows[-1], flush=True)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()
