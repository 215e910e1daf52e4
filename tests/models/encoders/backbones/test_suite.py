"""From a collection to rankings, an export and a look inside, with backbones that are no BERT."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import normalize

import maw
from maw.jobs import suite_specs
from maw.jobs.files import json_bytes
from maw.jobs.job import Job, Output
from maw.jobs.job_key import JobKey
from maw.jobs.pending import PendingFile
from maw.models.encoders.text_encoder import TextEncoder
from maw.settings import registry
from maw.settings.suite import Suite
from maw.stages.encode import encode
from maw.stages.finished.export_model import export_model
from maw.stages.finished.finished_run import FinishedRun, encoder_of, open_run
from maw.stages.prepare import PreparedFiles, prepare
from maw.stages.rank import RankingFiles, RankSources, rank
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import TrainedFiles, train

TABLES = (
    *("documents", "queries", "qrels", "split"),
    *("training", "negatives", "forbidden", "development"),
)
SYSTEMS: dict[str, dict[str, Any]] = {
    "non_maw": {"kind": "bi_encoder", "objective": {"kind": "ranking"}},
    "maw_supervised": {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 3},
        "router": {"kind": "supervised"},
        "objective": {"kind": "supervised"},
    },
    "maw_grpo": {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 3},
        "router": {"kind": "grpo"},
        "objective": {"kind": "grpo"},
    },
    "maw_one_layer": {  # its own level of the trunk: the backbone's section trains two layers
        "kind": "bi_encoder",
        "trained_layers": 1,
        "attention": {"kind": "maw", "depths": 3},
        "router": {"kind": "grpo"},
        "objective": {"kind": "grpo"},
    },
}


def collection(folder: Path) -> Path:
    """30 queries, each with a document of its own words."""
    words = [*"abcdefghijklmnopqrstuvwxyz", "sort", "array", "matrix", "value"]
    (folder / "qrels").mkdir(parents=True)
    draw = np.random.default_rng(0)
    lines: dict[str, list[str]] = {"corpus": [], "queries": []}
    for n in range(30):
        own = list(draw.choice(words, 6, replace=False))
        lines["corpus"].append(json.dumps({"_id": f"d{n}", "title": "", "text": " ".join(own)}))
        asked = " ".join([*own[:2], str(draw.choice(words))])
        lines["queries"].append(json.dumps({"_id": f"q{n}", "text": asked}))
    for name, content in lines.items():
        (folder / f"{name}.jsonl").write_text("\n".join(content) + "\n")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(30))
    (folder / "qrels" / "all.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    return folder


def made(stage: str, suite: Suite, *outputs: Path, system: str = "", seed: int = 0) -> Job:
    key = JobKey(dataset="own", system=system, seed=seed)
    spec = suite_specs.specification(stage, suite, job=key)
    return Job(stage, spec, "c0", {path: PendingFile(path) for path in outputs})


@pytest.fixture(scope="module", params=["mpnet", "deberta", "modernbert"])
def suite_of(
    request: pytest.FixtureRequest,
    tiny: Callable[[str], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """results/ after prepare, encode, train and rank."""
    base = tmp_path_factory.mktemp("suite")
    suite = Suite.model_validate(
        {
            "suite": "own",
            "datasets": {
                "own": {
                    "loader": {"kind": "beir_dir", "path": str(collection(base / "beir"))},
                    "split": {"train": 0.5, "dev": 0.2, "test": 0.3},
                }
            },
            "backbone": {
                "name": str(tiny(request.param).folder),
                "max_document_tokens": 16,
                "max_query_tokens": 8,
                "trained_layers": 2,
            },
            "training": {"steps": 3, "batch_size": 4, "evaluations": 2},
            "systems": SYSTEMS,
            "seeds": [42, 43],
            "analysis": {
                "sesoi": 0.02,
                "contrasts": [
                    {"system": "maw_grpo", "baseline": "non_maw", "role": "confirmatory"},
                ],
            },
        }
    )
    results = base / "results"
    data = results / "data" / "own"
    tables = {name: data / f"{name}.parquet" for name in TABLES}
    files = {**tables, "bm25": data / "bm25.safetensors", "dataset": data / "dataset.json"}
    outputs = {name: Output(path) for name, path in files.items()}
    prepare(made("prepare", suite, *files.values()), outputs=PreparedFiles(**outputs))
    trunk = data / "trunk.safetensors"
    encode(
        made("encode", suite, trunk),
        documents=tables["documents"],
        queries=tables["queries"],
        trunk=Output(trunk),
    )
    for name in SYSTEMS:
        _run(suite, results / "runs" / "own" / name, name=name, tables=tables, trunk=trunk)
    return results


def _run(suite: Suite, place: Path, *, name: str, tables: dict[str, Path], trunk: Path) -> None:
    selection, folder = place / "selection.json", place / "seed42"
    PendingFile(selection).write(
        json_bytes({"learning_rate": 1e-3, "options": {}, "searched": True}, {"digest": "s"})
    )
    run, model = folder / "run.json", folder / "model.safetensors"
    trained = TrainedFiles.in_folder(folder)
    train(
        made("train", suite, *vars(trained).values(), system=name, seed=42),
        files=TrainingFiles(trunk=trunk, **cast("dict[str, Any]", tables)),
        selection=selection,
        outputs=trained,
    )
    outputs = RankingFiles.in_folder(folder)
    rank(
        made("rank", suite, *vars(outputs).values(), system=name, seed=42),
        sources=RankSources(
            documents=tables["documents"],
            queries=tables["queries"],
            split=tables["split"],
            run=run,
            trunk=trunk,
            model=model,
        ),
        outputs=outputs,
    )


def scores_of(encoder: TextEncoder, run: FinishedRun) -> pd.DataFrame:
    queries = pd.read_parquet(run.data_folder / "queries.parquet").set_index("query_id")["text"]
    documents = run.documents()
    scores = encoder.encode(list(queries), side="query") @ encoder.encode(list(documents["text"])).T
    return pd.DataFrame(scores, index=queries.index, columns=documents["doc_id"])


@pytest.mark.parametrize("name", SYSTEMS)
def test_rankings_are_those_of_the_texts_encoded_from_scratch_and_exported(
    name: str, suite_of: Path, tmp_path: Path
) -> None:
    run = open_run(suite_of / "runs" / "own" / name / "seed42")
    assert all(np.isfinite(point["loss"]) for point in run.record["curve"])
    ranking = pd.read_parquet(run.folder / "ranking.parquet")
    export_model(run, tmp_path / "model")
    for encoder in (encoder_of(run), maw.load(tmp_path / "model")):
        table = scores_of(encoder, run)
        actual = [table.loc[row.query_id, row.doc_id] for row in ranking.itertuples()]
        assert actual == pytest.approx(ranking["score"].tolist(), abs=1e-5)


def test_what_was_trained_without_depths_is_a_plain_model_of_its_family(
    suite_of: Path, tmp_path: Path
) -> None:
    from transformers import AutoModel

    run = open_run(suite_of / "runs" / "own" / "non_maw" / "seed42")
    export_model(run, tmp_path / "model")
    encoder = encoder_of(run)
    texts = ["sort array a b", "matrix"]
    model = AutoModel.from_pretrained(tmp_path / "model").eval()
    for tokens, known in zip(
        encoder.frozen.tokens(texts, side="document"), encoder.encode(texts), strict=True
    ):
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([tokens])).last_hidden_state[0]
        vector = normalize(hidden.mean(0), dim=-1)
        assert vector.numpy() == pytest.approx(known, abs=1e-5)


@pytest.mark.parametrize("name", ["non_maw", "maw_one_layer"])
def test_a_query_of_ones_own_is_searched_with_the_layers_of_the_system(
    name: str, suite_of: Path
) -> None:
    from maw.commands.search import best

    run = open_run(suite_of / "runs" / "own" / name / "seed42")
    encoder, query = encoder_of(run), "sort array a b"
    documents = run.documents()
    vectors = encoder.encode(documents["text"].tolist())
    expected = pd.Series(
        (encoder.encode([query], side="query") @ vectors.T)[0], index=documents["doc_id"]
    )
    ranking, _ = best(run, query, k=5)
    assert ranking["score"].tolist() == pytest.approx(expected.nlargest(5).tolist(), abs=1e-5)


def test_a_text_can_be_looked_at(suite_of: Path) -> None:
    from maw.commands.inspect import look

    run = open_run(suite_of / "runs" / "own" / "maw_grpo" / "seed42")
    actual = look(run, "sort array a b c d e f g h i j", side="query", pairs=3)
    assert (len(actual.tokens), actual.n_cut, len(actual.depths)) == (8, 6, 3)
    assert sum(depth.probability for depth in actual.depths) == pytest.approx(1, abs=1e-5)
    assert all(0 <= depth.entropy <= 1 for depth in actual.depths)
    assert registry.kind_of(run.system.attention) == "maw"  # type: ignore[attr-defined]
