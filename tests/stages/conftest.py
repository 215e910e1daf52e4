"""Fixtures that run stages as the workflow does: stamped files, arguments of a command line."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.jobs import files
from maw.jobs.job import Stage, run
from maw.jobs.pending import PendingFile
from maw.measures.judged import JUDGED
from maw.settings.plan import Analysis
from maw.stages.compare import compare
from maw.stages.evaluate import evaluate
from maw.stages.shared.training_files import TrainingFiles

COMPARED = ("comparisons", "claims", "leaderboard", "components", "prospects", "across", "seeds")
Write = Callable[..., Path]
Call = Callable[..., None]
Finish = Callable[..., Path]
MEASURES = ("nDCG@10", "RR@1000", "AP")


@pytest.fixture
def write() -> Write:
    """Return a function (path, frame or object, digest) that writes a file of an earlier stage."""

    def write_file(path: Path, content: Any, digest: str = "d0") -> Path:
        serialise = files.parquet_bytes if isinstance(content, pd.DataFrame) else files.json_bytes
        PendingFile(path).write(serialise(content, {"digest": digest}))
        return path

    return write_file


@pytest.fixture
def call() -> Call:
    """Return a function (stage, spec, option=path, …) that runs a stage from its command line."""

    def call_stage(stage: Stage, spec: dict[str, Any], **paths: Path | list[Path] | None) -> None:
        arguments = ["--spec", json.dumps(spec), "--code", "c0"]
        for name, value in paths.items():
            if value is not None:
                several = value if isinstance(value, list) else [value]
                arguments += [f"--{name.replace('_', '-')}", *map(str, several)]
        run(stage, arguments)

    return call_stage


def rankings(*, system: str, seed: int, lift: float) -> pd.DataFrame:
    """Return a ranking of 30 documents for 24 queries, with ties.

    In each query some scores differ in float64 only.
    """
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
    """Return a function (analysis, seeds={system: seeds}) -> results folder of a suite on `toy`.

    The stages themselves make scores and comparisons. q0 and q1 are one cluster, and so on.
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
            evaluated += _write_scored_runs(results, name, seeds=seeds, write=write, call=call)
        frame = pd.concat([scores for scores, _ in evaluated], ignore_index=True)
        frame = frame[["dataset", "system", "seed", "query_id", "measure", "value"]]
        stamp = {"digest": "all", "reads": [digest for _, digest in evaluated]}
        summary, is_judged = results / "summary", frame["measure"].eq(JUDGED)
        scores_path, judged_path = summary / "scores.parquet", summary / "judged.parquet"
        PendingFile(scores_path).write(files.parquet_bytes(frame[~is_judged], stamp))
        PendingFile(judged_path).write(files.parquet_bytes(frame[is_judged], stamp))
        call(
            compare,
            {
                "analysis": Analysis.model_validate(analysis).model_dump(mode="json"),
                "measures": list(MEASURES),
                "trained": {system: system != "bm25" for system in seeds},
                "resplits": [],
            },
            scores=scores_path,
            judged=judged_path,
            queries=[results / "data" / name / "queries.parquet" for name in datasets],
            **{name: summary / f"{name}.parquet" for name in COMPARED},
        )
        return results

    return suite


def _write_scored_runs(
    results: Path, dataset: str, *, seeds: Mapping[str, Sequence[int]], write: Write, call: Call
) -> list[tuple[pd.DataFrame, str]]:
    """Write a collection, its rankings and their scores; return scores and digest of each run."""
    data = results / "data" / dataset
    queries = [f"q{q}" for q in range(24)]
    clusters = [f"c, {q // 2}" for q in range(24)]  # a comma, as titles have
    table = {"query_id": queries, "text": queries, "cluster": clusters}
    write(data / "queries.parquet", pd.DataFrame(table), f"queries of {dataset}")
    splits = pd.DataFrame({"query_id": queries, "split": ["train", "dev", *["test"] * 22]})
    write(data / "split.parquet", splits)
    judged = [(f"q{q}", f"d{d}", 1) for q in range(24) for d in range(q % 4 + 1)]
    qrels = pd.DataFrame(judged, columns=["query_id", "doc_id", "relevance"])
    write(data / "qrels.parquet", qrels)
    counts = {"test_judged": 22, "train": 1}
    description = {
        "name": dataset,
        "source": "made up",
        "licence": "MIT",
        "sha256": "0",
        "counts": counts,
    }
    write(data / "dataset.json", description)
    evaluated = []
    for rank, (system, numbers) in enumerate(seeds.items()):
        for seed in numbers:
            run = results / "runs" / dataset / system / f"seed{seed}"
            ranking = rankings(system=system, seed=seed, lift=1 + 0.6 * rank)
            write(run / "ranking.parquet", ranking, f"{dataset} {system} {seed}")
            trained = system != "bm25"
            record = {"system": system, "seed": seed, "trained": trained}
            write(run / "run.json", record)
            if trained:
                write(run / "training/cost.json", {"train_cpu_seconds": 1.5})
                write(run / "versions.json", {"torch": "2.0"})
            stamp = {"digest": "d", "code": "c0", "spec": {"system": {"kind": "bm25"}}}
            PendingFile(run / "cost.json").write(
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
            evaluated.append((scores.assign(dataset=dataset, system=system, seed=seed), digest))
    return evaluated


@pytest.fixture
def training_files(suite: Path, tmp_path: Path, write: Write) -> TrainingFiles:
    """Return files to train on: texts and trunk of the small finished suite, with judgements.

    q.std is a training query, q.sort a development query, q.fft a test query.
    """
    data, pair = suite / "data" / "own", ["query_id", "doc_id"]
    documents = pd.read_parquet(data / "documents.parquet")
    judgements = [("q.std", "a.std", 1), ("q.sort", "a.sort", 1), ("q.fft", "a.fft", 1)]
    queries, splits = ["q.std", "q.sort", "q.fft"], ["train", "dev", "test"]
    frames = {
        "qrels": pd.DataFrame(judgements, columns=[*pair, "relevance"]),
        "split": pd.DataFrame({"query_id": queries, "split": splits}),
        "training": pd.DataFrame([("q.std", "a.std")], columns=pair),
        "negatives": pd.DataFrame([("q.std", "a.mean"), ("q.std", "a.join")], columns=pair),
        "forbidden": pd.DataFrame([("q.std", "a.std")], columns=pair),
        "development": documents[["doc_id"]],
    }
    paths: dict[str, Any] = {
        name: write(tmp_path / "data" / f"{name}.parquet", frame, name)
        for name, frame in frames.items()
    }
    return TrainingFiles(
        documents=data / "documents.parquet",
        queries=data / "queries.parquet",
        trunk=data / "trunk.safetensors",
        **paths,
    )


@pytest.fixture
def training_spec() -> dict[str, Any]:
    """Return the specification of a short training of `non_maw`, and of its search."""
    return {
        "name": "non_maw",
        "system": {"kind": "bi_encoder", "objective": {"kind": "ranking"}},
        "seed": 42,
        "primary": "nDCG@10",
        "measures": ["nDCG@10", "RR@10"],
        "training": {"steps": 2, "batch_size": 2, "evaluations": 2},
        "selection": {"learning_rates": [1e-4, 3e-4, 1e-3], "max_extensions": 0},
    }
