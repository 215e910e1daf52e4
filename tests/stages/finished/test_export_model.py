"""An exported folder encodes as the run does; a plain one is an ordinary encoder for others."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import normalize

import maw as package
from maw.errors import InputError
from maw.jobs.verification import verify
from maw.stages.finished.export_model import export_model
from maw.stages.finished.finished_run import FinishedRun, encoder_of, open_run
from tests.finished_suite import write_backbone, write_suite
from tests.sentence_folders import write_json

RunOf = Callable[[str], Path]
PLAIN, DEPTHS = ["non_maw", "non_maw_zeroshot"], ["maw_grpo", "maw_supervised"]


def texts_of(run: FinishedRun) -> list[str]:
    return [*run.documents()["text"], "one", "", "words " * 50]


@pytest.mark.parametrize("name", PLAIN + DEPTHS)
def test_three_lines_load_what_the_run_encodes_with(
    name: str, run_of: RunOf, tmp_path: Path
) -> None:
    run = open_run(run_of(name))
    export_model(run, tmp_path / "model")
    texts = texts_of(run)
    vectors = package.load(tmp_path / "model").encode(texts)
    assert (vectors.shape, vectors.dtype) == ((len(texts), 24), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert vectors == pytest.approx(encoder_of(run).encode(texts), abs=1e-6)
    alone = np.concatenate([package.load(tmp_path / "model").encode([text]) for text in texts])
    assert alone == pytest.approx(vectors, abs=1e-5)


@pytest.mark.parametrize("name", [*DEPTHS, "non_maw"])
def test_its_cosines_are_the_scores_of_the_ranking(
    name: str, run_of: RunOf, tmp_path: Path
) -> None:
    run = open_run(run_of(name))
    export_model(run, tmp_path / "model")
    encoder = package.load(tmp_path / "model")
    queries = pd.read_parquet(run.data_folder / "queries.parquet").set_index("query_id")["text"]
    ranking = pd.read_parquet(run.folder / "ranking.parquet")
    query_ids = ranking["query_id"].unique()
    scores = (
        encoder.encode(list(queries[query_ids]), side="query")
        @ encoder.encode(list(run.documents()["text"])).T
    )
    table = pd.DataFrame(scores, index=query_ids, columns=run.documents()["doc_id"])
    cosines = [table.loc[row.query_id, row.doc_id] for row in ranking.itertuples()]
    assert cosines == pytest.approx(ranking["score"].tolist(), abs=1e-5)


@pytest.mark.parametrize("name", PLAIN)
def test_transformers_loads_a_plain_folder_as_it_is(
    name: str, run_of: RunOf, tmp_path: Path
) -> None:
    from transformers import AutoModel, AutoTokenizer

    run = open_run(run_of(name))
    export_model(run, tmp_path / "model")
    texts = texts_of(run)
    tokens = AutoTokenizer.from_pretrained(tmp_path / "model")(
        texts, padding=True, truncation=True, max_length=16, return_tensors="pt"
    )
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(tmp_path / "model").eval()(**tokens).last_hidden_state
    weight = tokens["attention_mask"][..., None]
    theirs = normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1).numpy()
    assert theirs == pytest.approx(encoder_of(run).encode(texts), abs=1e-5)


def test_training_is_in_the_plain_weights(run_of: RunOf, tmp_path: Path) -> None:
    for name in PLAIN:
        export_model(open_run(run_of(name)), tmp_path / name)
    trained, pretrained = (package.load(tmp_path / name).encode(["some words"]) for name in PLAIN)
    assert np.abs(trained - pretrained).max() > 1e-3


def test_sentence_transformers_is_told_the_steps(run_of: RunOf, tmp_path: Path) -> None:
    export_model(open_run(run_of("non_maw")), tmp_path)
    steps = json.loads((tmp_path / "modules.json").read_text())
    kinds = [step["type"].rpartition(".")[2] for step in steps]
    assert kinds == ["Transformer", "Pooling", "Normalize"]
    pooling = json.loads((tmp_path / "1_Pooling/config.json").read_text())
    on = [key for key, value in pooling.items() if value is True]
    assert (pooling["word_embedding_dimension"], on) == (24, ["pooling_mode_mean_tokens"])
    assert json.loads((tmp_path / "sentence_bert_config.json").read_text())["max_seq_length"] == 16


@pytest.fixture(scope="module")
def prompted(tmp_path_factory: pytest.TempPathFactory) -> RunOf:
    """Name of a system -> its run, of a suite whose backbone has prompts and reads [CLS]."""
    backbone = write_backbone(tmp_path_factory.mktemp("prompted") / "bert")
    types = [f"sentence_transformers.models.{kind}" for kind in ("Transformer", "Pooling")]
    steps = [{"type": types[0], "path": ""}, {"type": types[1], "path": "1_Pooling"}]
    (backbone / "1_Pooling").mkdir()
    write_json(backbone / "modules.json", steps)
    write_json(backbone / "1_Pooling/config.json", {"pooling_mode": "cls"})
    prompts = {"query": "find: ", "document": "text: "}
    write_json(backbone / "config_sentence_transformers.json", {"prompts": prompts})
    results = write_suite(tmp_path_factory.mktemp("suite") / "results", backbone)
    return lambda name: next((results / "runs/own" / name).glob("seed*"))


@pytest.mark.parametrize("name", ["non_maw", "maw_grpo"])
def test_prompts_and_pooling_are_part_of_an_export(
    name: str, prompted: RunOf, run_of: RunOf, tmp_path: Path
) -> None:
    run = open_run(prompted(name))
    export_model(run, tmp_path / "model")
    loaded, texts = package.load(tmp_path / "model"), texts_of(run)
    for side in ("query", "document"):
        expected = encoder_of(run).encode(texts, side=side)
        assert loaded.encode(texts, side=side) == pytest.approx(expected, abs=1e-6)
    assert np.abs(expected - encoder_of(open_run(run_of(name))).encode(texts)).max() > 1e-3


def test_sentence_transformers_encodes_an_export_as_the_run_does(
    prompted: RunOf, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    run = open_run(prompted("non_maw"))
    export_model(run, tmp_path / "model")
    model = SentenceTransformer(str(tmp_path / "model"), device="cpu", local_files_only=True)
    texts = texts_of(run)
    ours = encoder_of(run).encode(texts)
    assert model.encode_document(texts) == pytest.approx(ours, abs=1e-6)


def test_a_backbone_whose_pooling_was_changed_is_refused(prompted: RunOf, tmp_path: Path) -> None:
    run = open_run(prompted("non_maw"))
    pooling = Path(run.backbone.name) / "1_Pooling/config.json"
    before = pooling.read_text()
    write_json(pooling, {"pooling_mode": "max"})
    try:
        with pytest.raises(InputError, match=r"its weights or its pooling are not those that the"):
            encoder_of(run)
    finally:
        pooling.write_text(before)


def test_a_folder_with_depths_does_not_pass_for_a_plain_one(run_of: RunOf, tmp_path: Path) -> None:
    from transformers import AutoModel

    export_model(open_run(run_of("maw_grpo")), tmp_path)
    with pytest.raises((OSError, ValueError)):
        AutoModel.from_pretrained(tmp_path)


def test_weights_are_safetensors_and_nothing_of_this_machine_is_told(
    run_of: RunOf, tmp_path: Path, backbone: Path
) -> None:
    for name in ("non_maw", "maw_grpo"):
        export_model(open_run(run_of(name)), tmp_path / name)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".safetensors", ".json", ".md", ".txt"}
    for path in files:
        if path.suffix in (".json", ".md"):
            assert str(backbone.parent) not in path.read_text()
            assert str(tmp_path) not in path.read_text()


@pytest.mark.parametrize("name", ["non_maw", "maw_grpo"])
def test_each_file_of_an_export_is_in_a_manifest(run_of: RunOf, tmp_path: Path, name: str) -> None:
    export_model(open_run(run_of(name)), tmp_path / "model")
    files = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    verification = verify(tmp_path / "model")
    assert (verification.n_files, verification.damaged) == (len(files), ())
    for path in files:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        assert verify(tmp_path / "model").damaged, path
        content[-1] ^= 1
        path.write_bytes(content)


def test_the_card_tells_what_the_files_say(run_of: RunOf, tmp_path: Path) -> None:
    export_model(open_run(run_of("maw_grpo")), tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: maw\npipeline_tag: sentence-similarity\n")
    for fact in (
        'base_model: "tiny-bert"\nlicense: "apache-2.0"',
        "own: six &lt;texts>",
        "licence: CC0-1.0",
        "ab" * 32,
        "the last 2 layers",
        "4 steps of 8 queries, seed 42",
        "learning rate 0.003",
        "No verdict: the suite was not judged yet.",
        "cut at 16 tokens, a query at 9",
        "loading it with transformers gives the base model, not this one",
    ):
        assert fact in card
    export_model(open_run(run_of("non_maw_zeroshot")), tmp_path / "plain")
    assert (
        "Nothing: this is the unchanged base model." in (tmp_path / "plain/README.md").read_text()
    )


def test_a_folder_with_something_in_it_is_refused_and_left_alone(
    run_of: RunOf, tmp_path: Path
) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "kept.txt"):
        with pytest.raises(
            InputError, match="is not an empty folder; give a new or an empty folder"
        ):
            export_model(open_run(run_of("non_maw")), place)
    with pytest.raises(InputError, match="model: .*kept.txt is a file; give another folder"):
        export_model(open_run(run_of("non_maw")), tmp_path / "kept.txt" / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_export_that_fails_leaves_nothing(
    run_of: RunOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("maw.stages.finished.export_model.card", full)
    with pytest.raises(
        InputError,
        match="model: No space left on device; make room or allow writing there, or give",
    ):
        export_model(open_run(run_of("non_maw")), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_bm25_has_nothing_to_export(run_of: RunOf, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'bm25' has no weights to export"):
        export_model(open_run(run_of("bm25")), tmp_path / "model")
