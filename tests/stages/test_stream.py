"""Streamed documents get the rankings of stored ones, and a stopped job repeats no saved work."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs import suite_specs
from maw.jobs.files import json_bytes, map_arrays, read_json, read_stamp
from maw.jobs.job import Job, Output
from maw.jobs.job_key import JobKey
from maw.jobs.pending import PendingFile
from maw.settings.read import parse_suite
from maw.settings.suite import Suite
from maw.stages import stream as stage
from maw.stages.describe import describe
from maw.stages.encode import encode
from maw.stages.prepare import PreparedFiles, prepare
from maw.stages.rank import RankingFiles, RankSources, rank
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import TrainedFiles, train

TABLES = (
    *("documents", "queries", "qrels", "split"),
    *("training", "negatives", "forbidden", "development"),
)
NEEDED = ("training", "negatives", "development")
RUNS = (("zeroshot", 0), ("maw_grpo", 42), ("last2", 42))


def suite_of(retrieve: str) -> Suite:
    """Return a suite on 120 docstrings whose systems train one or two layers."""
    loader = {"kind": "pydocs", "documents": 120, "packages": ["numpy"]}
    split = {"train": 0.5, "dev": 0.2, "test": 0.3}
    own = {"loader": loader, "split": split, "pool": {"depth": 15}, "retrieve": retrieve}
    maw = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 3},
        "router": {"kind": "grpo"},
        "objective": {"kind": "grpo"},
    }
    last2 = {"kind": "bi_encoder", "trained_layers": 2, "objective": {"kind": "ranking"}}
    return Suite.model_validate(
        {
            "suite": "streamed",
            "datasets": {"own": own},
            "backbone": {"max_document_tokens": 24, "max_query_tokens": 12},
            "training": {"steps": 2, "batch_size": 4, "evaluations": 2},
            "systems": {"zeroshot": {"kind": "bi_encoder"}, "maw_grpo": maw, "last2": last2},
            "seeds": [42],
            "analysis": {"contrasts": [{"system": "maw_grpo", "baseline": "last2"}]},
        }
    )


def job(name: str, suite: Suite, *outputs: Path, system: str = "", seed: int = 0) -> Job:
    key = JobKey(dataset="own", system=system, seed=seed)
    spec = suite_specs.specification(name, suite, job=key)
    return Job(name, spec, "c0", {path: PendingFile(path) for path in outputs})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all tables, two trunks (`corpus` and `stored`), models and rankings.

    The models are trained on the smaller trunk, `corpus`.
    """
    home = tmp_path_factory.mktemp("streamed")
    suite = suite_of("corpus")
    files: dict[str, Any] = {name: home / f"{name}.parquet" for name in TABLES}
    more = {"bm25": home / "bm25.safetensors", "dataset": home / "dataset.json"}
    outputs = {name: Output(path) for name, path in {**files, **more}.items()}
    prepare(job("prepare", suite, *outputs.values()), outputs=PreparedFiles(**outputs))
    for retrieve in ("corpus", "stored"):
        trunk = home / f"{retrieve}.safetensors"
        encode(
            job("encode", suite_of(retrieve), trunk),
            documents=files["documents"],
            queries=files["queries"],
            needed=[files[name] for name in NEEDED] if retrieve == "corpus" else None,
            trunk=Output(trunk),
        )
    selection = home / "selection.json"
    PendingFile(selection).write(
        json_bytes({"learning_rate": 1e-3, "options": {}, "searched": True}, {"digest": "s"})
    )
    for name, seed in RUNS:
        run, model = home / f"{name}{seed}.json", home / f"{name}{seed}.safetensors"
        if name == "zeroshot":
            describe(job("describe", suite, run, system=name), run=Output(run))
            continue
        trained = TrainedFiles(
            run=Output(run),
            model=Output(model),
            training_cost=Output(home / f"{name}{seed}.cost.json"),
            versions=Output(home / f"{name}{seed}.versions.json"),
        )
        train(
            job("train", suite, *vars(trained).values(), system=name, seed=seed),
            files=TrainingFiles(**files, trunk=home / "corpus.safetensors"),
            selection=selection,
            outputs=trained,
        )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage, "SAVE_INTERVAL", 32)
        patched.setattr(stage, "BLOCK", 8)
        streamed(home, "corpus", home / "retrieved.safetensors")
    return home


def streamed(home: Path, retrieve: str, out: Path) -> Path:
    """Run the stage with blocks of 8 documents, saved after every 32; return its output."""
    sources = stage.StreamSources(
        documents=home / "documents.parquet",
        queries=home / "queries.parquet",
        split=home / "split.parquet",
        trunk=home / "corpus.safetensors",
        runs=[home / f"{name}{seed}.json" for name, seed in RUNS],
        bm25=home / "bm25.safetensors" if retrieve == "pool" else None,
        models=[home / f"{name}{seed}.safetensors" for name, seed in RUNS[1:]],
    )
    costs = out.with_suffix(".json")
    outputs = {"retrieved": Output(out), "costs": Output(costs)}
    stage.stream(job("stream", suite_of(retrieve), out, costs), sources=sources, **outputs)
    return out


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SAVE_INTERVAL", 32)
    monkeypatch.setattr(stage, "BLOCK", 8)


def ranked(home: Path, folder: Path, *, name: str, seed: int, retrieved: Path | None) -> list[Any]:
    """Return ranking, depths and cost: out of the stream, or from the stored trunk."""
    suite = suite_of("stored" if retrieved is None else "corpus")
    files = RankingFiles.in_folder(folder)
    texts: dict[str, Path] = {
        part: home / f"{part}.parquet" for part in ("documents", "queries", "split")
    }
    if retrieved is not None:
        costs = retrieved.with_suffix(".json")
        sources = RankSources(**texts, retrieved=retrieved, retrieved_costs=costs)
    else:
        sources = RankSources(
            **texts,
            run=home / f"{name}{seed}.json",
            trunk=home / "stored.safetensors",
            model=None if name == "zeroshot" else home / f"{name}{seed}.safetensors",
        )
    rank(
        job("rank", suite, *vars(files).values(), system=name, seed=seed),
        sources=sources,
        outputs=files,
    )
    by_depth = pd.read_parquet(files.by_depth)
    assert by_depth.empty == (retrieved is not None or name != "maw_grpo")
    return [pd.read_parquet(files.ranking), pd.read_parquet(files.depths), read_json(files.cost)]


def test_the_trunk_holds_what_training_looks_at(results: Path) -> None:
    corpus, stored = (read_stamp(results / f"{kind}.safetensors") for kind in ("corpus", "stored"))
    assert corpus["spec"] != stored["spec"]
    sizes = [(results / f"{kind}.safetensors").stat().st_size for kind in ("corpus", "stored")]
    assert sizes[0] <= sizes[1] + 10_000  # the development pool is nearly all of so few


@pytest.mark.parametrize(("name", "seed"), RUNS)
def test_every_run_ranks_as_from_stored_documents(
    name: str, seed: int, results: Path, tmp_path: Path
) -> None:
    retrieved = results / "retrieved.safetensors"
    ranking, depths, cost = ranked(
        results, tmp_path / "a", name=name, seed=seed, retrieved=retrieved
    )
    known, known_depths, _ = ranked(results, tmp_path / "b", name=name, seed=seed, retrieved=None)
    both = ranking.merge(known, on=["query_id", "doc_id"], suffixes=("", "_known"))
    assert len(both) == len(ranking) == len(known)
    assert np.abs(both["score"] - both["score_known"]).max() < 1e-5
    for query, rows in ranking.groupby("query_id"):
        scores = known.loc[known["query_id"] == query, "score"].to_numpy()
        assert np.abs(rows["score"].to_numpy() - scores).max() < 1e-5, query
    if name == "maw_grpo":
        both = depths.merge(
            known_depths, on=["query_id", "doc_id", "side"], suffixes=("", "_known")
        )
        assert len(both) == len(depths) == len(known_depths)
        sure = both["probability_known"] > 0.34  # of three depths; equals are decided by last bits
        assert sure.any()
        assert both.loc[sure, "depth"].equals(both.loc[sure, "depth_known"])
    assert cost["encode_cpu_seconds"] > 0
    assert cost["shared_cpu_seconds"] > 0
    n_documents = read_json(results / "dataset.json")["counts"]["documents"]
    n_texts = cost["encode_texts_per_second"] * cost["encode_cpu_seconds"]
    assert n_texts == pytest.approx(n_documents)


def test_a_pool_is_what_bm25_finds(results: Path, tmp_path: Path) -> None:
    from maw.ranking.bm25_index import retrieve, shard_of
    from maw.settings.sections import Lexical

    retrieved = streamed(results, "pool", tmp_path / "pool.safetensors")
    ranking, *_ = ranked(results, tmp_path / "a", name="last2", seed=42, retrieved=retrieved)
    known, *_ = ranked(results, tmp_path / "b", name="last2", seed=42, retrieved=None)
    queries = pd.read_parquet(results / "queries.parquet")
    test_queries = queries[queries["query_id"].isin(known["query_id"])]
    documents = pd.read_parquet(results / "documents.parquet")
    pooled = retrieve([shard_of(documents)], test_queries, lexical=Lexical(depth=15))
    pairs = {*zip(pooled["query_id"], pooled["doc_id"], strict=True)}
    assert {*zip(ranking["query_id"], ranking["doc_id"], strict=True)} == pairs
    both = ranking.merge(known, on=["query_id", "doc_id"], suffixes=("", "_known"))
    assert len(both) == len(pairs)
    assert np.abs(both["score"] - both["score_known"]).max() < 1e-5


def test_a_job_that_was_cut_off_goes_on_and_makes_the_same(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = (results / "retrieved.safetensors").read_bytes()
    out, read, blocks = tmp_path / "cut.safetensors", [], stage._blocks

    def cut_off(documents: Path, start: int) -> Any:
        for first, texts in blocks(documents, start):
            read.append(first)
            if first == 80 and len(read) == 11:
                raise KeyboardInterrupt
            yield first, texts

    monkeypatch.setattr(stage, "_blocks", cut_off)
    with pytest.raises(KeyboardInterrupt):
        streamed(results, "corpus", out)
    state = tmp_path / ".cut.state.safetensors"
    assert state.exists()
    assert not out.exists()
    read.clear()
    assert streamed(results, "corpus", out).read_bytes() == uninterrupted
    assert read == [64, 72, 80, 88, 96, 104, 112]
    assert not state.exists()


def test_what_another_job_kept_is_not_gone_on_with(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "other.safetensors"
    other = Job("stream", {"runs": []}, "c1")
    other.keep(tmp_path / ".other.state.safetensors", [{"done": np.array([112])}])
    streamed(results, "corpus", out)
    rows = map_arrays(out)[0]["row"]
    assert set(rows.tolist()) == set(range(len(pd.read_parquet(results / "documents.parquet"))))


def test_cells_and_oracles_look_at_documents_that_are_not_kept() -> None:
    content = {**suite_of("corpus").model_dump(mode="json"), "seeds": [42, 43]}
    cells = {"seeds": [42], "systems": ["maw_grpo"], "baseline": "last2"}
    with pytest.raises(
        InputError, match="'corpus' does not keep all encoded documents, which `cells` rank again"
    ):
        parse_suite({**content, "cells": cells}, source="own.yaml")
    oracle = {**content["systems"]["maw_grpo"], "router": {"kind": "oracle"}}
    oracle["objective"] = {"kind": "ranking"}
    with pytest.raises(InputError, match="and 'oracle' needs those that are judged; remove"):
        parse_suite(
            {**content, "systems": {**content["systems"], "oracle": oracle}}, source="own.yaml"
        )
