"""Stages as the workflow runs them: files with stamps in, arguments as on a command line."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.jobs import files
from maw.jobs.job import Stage, run
from maw.measures.judged import JUDGED
from maw.settings.plan import Analysis
from maw.stages.compare import compare
from maw.stages.evaluate import evaluate

COMPARED = ("comparisons", "claims", "leaderboard", "components", "prospects", "across", "seeds")
Write = Callable[..., Path]
Call = Callable[..., None]
Finish = Callable[..., Path]
MEASURES = ("nDCG@10", "RR@1000", "AP")


@pytest.fixture
def write() -> Write:
    """(path, frame or object, digest) -> the path, with a file of an earlier stage in it."""

    def write_file(path: Path, content: Any, digest: str = "d0") -> Path:
        made = files.parquet_bytes if isinstance(content, pd.DataFrame) else files.json_bytes
        files.Claim(path).write(made(content, {"digest": digest}))
        return path

    return write_file


@pytest.fixture
def call() -> Call:
    """(stage, spec, option=path or paths or None) runs a stage from its command line."""

    def call_stage(stage: Stage, spec: dict[str, Any], **paths: Path | list[Path] | None) -> None:
        arguments = ["--spec", json.dumps(spec), "--code", "c0"]
        for name, value in paths.items():
            if value is not None:
                several = value if isinstance(value, list) else [value]
                arguments += [f"--{name.replace('_', '-')}", *map(str, several)]
        run(stage, arguments)

    return call_stage


def rankings(*, system: str, seed: int, lift: float) -> pd.DataFrame:
    """24 queries × 30 documents; in each ties, and scores that only float64 tells apart."""
    generator = np.random.default_rng([seed, len(system)])
    rows = []
    for query in range(24):
        scores = generator.normal(size=30) + lift * (np.arange(30) <= query % 4)
        scores[10:14] = scores[10]
        scores[20:24] = scores[20] + np.arange(4) * 1e-12
        rows += [(f"q{query}", f"d{d}", score) for d, score in enumerate(scores)]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])


@pytest.fixture
def finish(tmp_path: Path, write: Write, call: Call) -> Finish:
    """finish(analysis, seeds={system: seeds}) -> results of a suite on a collection `toy`.

    Scores and comparisons are made by the stages themselves; q0 and q1 are one cluster, and so on.
    """

    def suite(
        analysis: dict[str, Any],
        *,
        seeds: Mapping[str, Sequence[int]],
        datasets: Sequence[str] = ("toy",),
    ) -> Path:
        results = tmp_path / "results"
        evaluated = []
        for name in datasets:
            evaluated += _judge(results, name, seeds=seeds, write=write, call=call)
        frame = pd.concat([scores for scores, _ in evaluated], ignore_index=True)
        frame = frame[["dataset", "system", "seed", "query_id", "measure", "value"]]
        stamp = {"digest": "all", "reads": [digest for _, digest in evaluated]}
        summary, described = results / "summary", frame["measure"].eq(JUDGED)
        whole, judged = summary / "scores.parquet", summary / "judged.parquet"
        files.Claim(whole).write(files.parquet_bytes(frame[~described], stamp))
        files.Claim(judged).write(files.parquet_bytes(frame[described], stamp))
        call(
            compare,
            {
                "analysis": Analysis.model_validate(analysis).model_dump(mode="json"),
                "measures": list(MEASURES),
                "trained": {system: system != "bm25" for system in seeds},
                "resplits": [],
            },
            scores=whole,
            judged=judged,
            queries=[results / "data" / name / "queries.parquet" for name in datasets],
            **{name: summary / f"{name}.parquet" for name in COMPARED},
        )
        return results

    return suite


def _judge(
    results: Path, dataset: str, *, seeds: Mapping[str, Sequence[int]], write: Write, call: Call
) -> list[tuple[pd.DataFrame, str]]:
    """A collection, its rankings and their scores -> scores and digest of each run."""
    data = results / "data" / dataset
    queries = [f"q{q}" for q in range(24)]
    clusters = [f"c, {q // 2}" for q in range(24)]  # a comma, as titles have
    table = {"query_id": queries, "text": queries, "cluster": clusters}
    write(data / "queries.parquet", pd.DataFrame(table), f"queries of {dataset}")
    sides = pd.DataFrame({"query_id": queries, "split": ["train", "dev", *["test"] * 22]})
    write(data / "split.parquet", sides)
    judged = [(f"q{q}", f"d{d}", 1) for q in range(24) for d in range(q % 4 + 1)]
    qrels = pd.DataFrame(judged, columns=["query_id", "doc_id", "relevance"])
    write(data / "qrels.parquet", qrels)
    counts = {"test_judged": 22, "train": 1}
    about = {
        "name": dataset,
        "source": "made up",
        "licence": "MIT",
        "sha256": "0",
        "counts": counts,
    }
    write(data / "dataset.json", about)
    found = []
    for rank, (system, numbers) in enumerate(seeds.items()):
        for seed in numbers:
            run = results / "runs" / dataset / system / f"seed{seed}"
            ranking = rankings(system=system, seed=seed, lift=1 + 0.6 * rank)
            write(run / "ranking.parquet", ranking, f"{dataset} {system} {seed}")
            trained = system != "bm25"
            recorded = {"system": system, "seed": seed, "trained": trained}
            recorded |= {"versions": {"torch": "2.0"}, "train_cpu_seconds": 1.5} if trained else {}
            write(run / "run.json", recorded)
            stamp = {"digest": "d", "code": "c0", "spec": {"system": {"kind": "bm25"}}}
            files.Claim(run / "cost.json").write(
                files.json_bytes({"rank_cpu_seconds": 0.25}, stamp)
            )
            call(
                evaluate,
                {"measures": list(MEASURES), "primary": MEASURES[0]},
                ranking=run / "ranking.parquet",
                qrels=data / "qrels.parquet",
                split=data / "split.parquet",
                scores=run / "scores.parquet",
            )
            scores = pd.read_parquet(run / "scores.parquet")
            digest = files.read_stamp(run / "scores.parquet")["digest"]
            found.append((scores.assign(dataset=dataset, system=system, seed=seed), digest))
    return found
