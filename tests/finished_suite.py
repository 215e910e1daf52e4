"""A small finished suite: six documents, three queries, one run for each kind of system.

The stages of the workflow encode and rank; only the trained weights are random, in place of learned
ones. The backbone is a tiny random BERT.
"""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile

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


def write_backbone(folder: Path) -> Path:
    """Write three layers of random weights with MiniLM's tokeniser, and a model card."""
    import torch
    from transformers import BertConfig, BertModel

    from maw.models.encoders.backbone_files import folder_of

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=40,
        initializer_range=0.3,
    )
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(folder_of("minilm") / name, folder / name)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Tiny\n")
    return folder


def write_suite(results: Path, backbone: Path) -> Path:
    """Write the results folder of the suite: its collection, the trunk and every ranked run."""
    _write_data(results / "data" / "own", backbone)
    for name in SYSTEMS:
        _write_run(results, name)
    return results


def _job(stage: str, spec: dict[str, Any], *outputs: Path) -> Job:
    return Job(stage, spec, "c0", {path: PendingFile(path) for path in outputs})


def _write_data(data: Path, backbone: Path) -> None:
    from maw.stages.encode import encode

    paths = {name: data / f"{name}.parquet" for name in ("documents", "queries", "split")}
    description = data / "dataset.json"
    job = _job("prepare", {"dataset": "own"}, *paths.values(), description)
    ids = list(QUERIES)
    frames = {
        "documents": pd.DataFrame({"doc_id": list(DOCUMENTS), "text": list(DOCUMENTS.values())}),
        "queries": pd.DataFrame({"query_id": ids, "text": list(QUERIES.values()), "cluster": ids}),
        "split": pd.DataFrame({"query_id": ids, "split": ["test", "test", "train"]}),
    }
    for name, frame in frames.items():
        job.write_parquet(Output(paths[name]), frame)
    content = {"name": "own", "source": "six <texts>", "licence": "CC0-1.0", "sha256": "ab" * 32}
    counts = {"documents": 6, "train": 1, "dev": 0, "test": 2}
    job.write_json(Output(description), {**content, "counts": counts, "citation": ""})
    limits = {"max_document_tokens": 16, "max_query_tokens": 9, "trained_layers": 2}
    trunk = data / "trunk.safetensors"
    encode(
        _job("encode", {"backbone": {"name": str(backbone), **limits}, "further": []}, trunk),
        documents=paths["documents"],
        queries=paths["queries"],
        trunk=Output(trunk),
    )


def _write_run(results: Path, name: str) -> None:
    """Write run.json and the model, then rank with the stage of the workflow."""
    from maw.stages.rank import RankingFiles, RankSources, rank

    trained = "objective" in SYSTEMS[name]
    seed = 42 if trained else 0
    folder, data = results / "runs/own" / name / f"seed{seed}", results / "data" / "own"
    record, model, trunk = folder / "run.json", folder / "model.safetensors", None
    spec: dict[str, Any] = {"system": SYSTEMS[name], "name": name, "seed": seed}
    training = {"steps": 4, "batch_size": 8}
    job = _job("train", spec | ({"training": training} if trained else {}), record)
    if name != "bm25":
        trunk = data / "trunk.safetensors"
    if trained:
        assert trunk is not None
        job.outputs[model] = PendingFile(model)
        job.write_tensors(Output(model), _random_tensors(job, trunk, SYSTEMS[name], seed=seed))
    facts = {"learning_rate": 0.003, "options": {}, "searched": True}
    facts |= {"trained_parameters": 1234, "device": "cpu"}
    content = {"system": name, "seed": seed, "trained": trained, **(facts if trained else {})}
    job.write_json(Output(record), content)
    if trained:
        for path, entries in (("training/cost.json", {}), ("versions.json", {"torch": "2"})):
            job.outputs[folder / path] = PendingFile(folder / path)
            job.write_json(Output(folder / path), entries)
    outputs = RankingFiles.in_folder(folder)
    forced = {"by_depth": "nDCG@10"} if "router" in SYSTEMS[name] else {}
    rank(
        _job("rank", spec | forced, *vars(outputs).values()),
        sources=RankSources(
            documents=data / "documents.parquet",
            queries=data / "queries.parquet",
            split=data / "split.parquet",
            run=record,
            trunk=trunk,
            model=model if trained else None,
        ),
        outputs=outputs,
    )


def _random_tensors(job: Job, trunk: Path, entry: dict[str, Any], *, seed: int) -> dict[str, Any]:
    """Return the pretrained layers with noise added, as if they had been trained."""
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
            parameter.add_(0.1 * torch.randn_like(parameter))
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
