"""Finished runs in a folder: a tiny random BERT, six texts a side, made by the real stages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from maw.jobs.files import Claim
from maw.jobs.job import Job, Output

DOCUMENTS = {
    "a.mean": "Return the average of the array elements over the given axis.",
    "a.std": "Return the standard deviation, a measure of the spread of a distribution.",
    "a.sort": "Return a sorted copy of an array in ascending order along an axis.",
    "a.join": "Join a sequence of arrays along an existing axis, without copying.",
    "a.fft": "Compute the discrete Fourier transform of a one dimensional sequence of numbers.",
    "a.clip": "Clip.",
}
QUERIES = {
    "q.std": "spread of the elements",
    "q.sort": "put elements into order, the smallest first, and then go on until all are in it",
    "q.fft": "frequencies",
}
SYSTEMS: dict[str, dict[str, Any]] = {
    "non_maw_zeroshot": {"kind": "bi_encoder"},
    "non_maw": {"kind": "bi_encoder", "objective": {"kind": "ranking"}},
    "maw_grpo": {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 3, "noise": 0.5},
        "router": {"kind": "grpo"},
        "objective": {"kind": "grpo"},
    },
    "maw_supervised": {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 3, "noise": 0.5},
        "router": {"kind": "supervised"},
        "objective": {"kind": "supervised"},
    },
    "bm25": {"kind": "bm25"},
}


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three layers of random weights with MiniLM's tokeniser, and a model card."""
    import shutil

    import torch
    from transformers import BertConfig, BertModel

    from maw.models.encoders.backbone import folder_of

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=40,
        initializer_range=0.3,
    )
    folder = tmp_path_factory.mktemp("backbone") / "tiny-bert"
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(folder_of("minilm") / name, folder / name)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Tiny\n")
    return folder


@pytest.fixture(scope="session")
def suite(backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/ of a suite whose runs were ranked; read only: tests that change it copy it."""
    results = tmp_path_factory.mktemp("suite") / "results"
    _data(results / "data" / "own", backbone)
    for name in SYSTEMS:
        _run(results, name)
    return results


@pytest.fixture
def run_of(suite: Path) -> Callable[[str], Path]:
    """System -> the folder of its only run."""
    return lambda name: next((suite / "runs" / "own" / name).glob("seed*"))


@pytest.fixture
def maw() -> Callable[..., Result]:
    """`maw("search", "--run", …)` -> what was printed and the exit code; mistakes raise."""
    from maw.cli import app

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)

    return call


def _job(stage: str, spec: dict[str, Any], *outputs: Path) -> Job:
    return Job(stage, spec, "c0", {path: Claim(path) for path in outputs})


def _data(data: Path, backbone: Path) -> None:
    from maw.stages.encode import encode

    files = {name: data / f"{name}.parquet" for name in ("documents", "queries", "split")}
    about = data / "dataset.json"
    job = _job("prepare", {"dataset": "own"}, *files.values(), about)
    ids = list(QUERIES)
    frames = {
        "documents": pd.DataFrame({"doc_id": list(DOCUMENTS), "text": list(DOCUMENTS.values())}),
        "queries": pd.DataFrame({"query_id": ids, "text": list(QUERIES.values()), "cluster": ids}),
        "split": pd.DataFrame({"query_id": ids, "split": ["test", "test", "train"]}),
    }
    for name, frame in frames.items():
        job.write_parquet(Output(files[name]), frame)
    counts = {"documents": 6, "train": 1, "dev": 0, "test": 2}
    told = {"name": "own", "source": "six <texts>", "licence": "CC0-1.0", "sha256": "ab" * 32}
    job.write_json(Output(about), {**told, "counts": counts, "citation": ""})
    limits = {"max_document_tokens": 16, "max_query_tokens": 9, "trained_layers": 2}
    trunk = data / "trunk.safetensors"
    encode(
        _job("encode", {"backbone": {"name": str(backbone), **limits}, "further": []}, trunk),
        documents=files["documents"],
        queries=files["queries"],
        trunk=Output(trunk),
    )


def _run(results: Path, name: str) -> None:
    """Weights drawn, not learned; everything else is made as the workflow makes it."""
    from maw.stages.rank import rank

    trained = "objective" in SYSTEMS[name]
    seed = 42 if trained else 0
    folder, data = results / "runs/own" / name / f"seed{seed}", results / "data" / "own"
    about, model, trunk = folder / "run.json", folder / "model.safetensors", None
    spec: dict[str, Any] = {"system": SYSTEMS[name], "name": name, "seed": seed}
    training = {"steps": 4, "batch_size": 8}
    job = _job("train", spec | ({"training": training} if trained else {}), about)
    if name != "bm25":
        trunk = data / "trunk.safetensors"
    if trained:
        assert trunk is not None
        job.claims[model] = Claim(model)
        job.write_tensors(Output(model), _drawn(job, trunk, SYSTEMS[name], seed=seed))
    facts = {"learning_rate": 0.003, "trained_parameters": 1234, "device": "cpu"}
    told = {"system": name, "seed": seed, "trained": trained, **(facts if trained else {})}
    job.write_json(Output(about), told)
    outputs = [folder / f for f in ("ranking.parquet", "cost.json", "depths.parquet")]
    rank(
        _job("rank", spec, *outputs),
        documents=data / "documents.parquet",
        queries=data / "queries.parquet",
        split=data / "split.parquet",
        run=about,
        trunk=trunk,
        model=model if trained else None,
        qrels=None,
        other=None,
        **dict(zip(("ranking", "cost", "depths"), map(Output, outputs), strict=True)),
    )


def _drawn(job: Job, trunk: Path, entry: dict[str, Any], *, seed: int) -> dict[str, Any]:
    import torch

    from maw.models.encoders.text_encoder import assemble
    from maw.settings import registry

    tensors = job.read_tensors(trunk)
    job.note_read(trunk.parent / "documents.parquet")
    top = {name[4:]: tensor for name, tensor in tensors.items() if name.startswith("top.")}
    torch.manual_seed(seed)
    model = assemble(registry.parse("systems", entry), top=top)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
