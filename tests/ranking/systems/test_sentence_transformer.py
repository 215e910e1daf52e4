"""Any folder of sentence-transformers ranks as the library itself does, trained or not."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.models.encoders import library_files
from maw.ranking.inputs import Ranked, RankInputs
from maw.ranking.self_training import TrainInputs
from maw.ranking.systems import sentence_transformer
from maw.ranking.systems.sentence_transformer import Config
from maw.settings import registry, traits
from maw.settings.sections import Training
from tests.sentence_folders import DOCUMENTS, QUERIES, write_folder

PROMPTS = {"query": "query: ", "document": "passage: "}
FOLDERS: dict[str, dict[str, Any]] = {
    "mean": {},
    "cls and prompts": {"pooling": "cls_token", "prompts": PROMPTS},
    "weighted mean, dot": {
        "pooling": "weightedmean_tokens",
        "modules": (),
        "similarity_fn_name": "dot",
    },
    "head": {"modules": ("Dense", "Normalize")},
    "decoder": {"architecture": "Qwen2", "pooling": "lasttoken", "prompts": PROMPTS},
    "other decoder": {"architecture": "Mistral", "pooling": "lasttoken", "modules": ("Dense",)},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> folder."""
    base = tmp_path_factory.mktemp("folders")
    return {name: write_folder(base / name, **made) for name, made in FOLDERS.items()}


def table(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns).assign(row=range(len(next(iter(columns.values())))))


def ranked(config: Config, *, model: Any = None, depth: int = 1000) -> Ranked:
    return sentence_transformer.rank(
        config,
        RankInputs(
            documents=table(doc_id=[f"d{n}" for n in range(len(DOCUMENTS))], text=DOCUMENTS),
            queries=table(query_id=[f"q{n}" for n in range(len(QUERIES))], text=QUERIES),
            seed=0,
            depth=depth,
            model=model,
        ),
    )


def scores_of(config: Config, *, model: Any = None) -> Any:
    """Scores [Q, N] of all documents."""
    run = ranked(config, model=model).ranking
    return run.pivot(index="query_id", columns="doc_id", values="score").to_numpy()


def the_librarys(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    queries, documents = model.encode_query(QUERIES), model.encode_document(DOCUMENTS)
    return model.similarity(queries, documents).numpy()


@pytest.mark.parametrize("name", FOLDERS)
def test_scores_are_those_of_the_library(name: str, folders: dict[str, Path]) -> None:
    expected = the_librarys(folders[name])
    assert scores_of(Config(model=str(folders[name]))) == pytest.approx(expected, abs=1e-6)


def test_no_two_folders_score_the_same(folders: dict[str, Path]) -> None:
    scores = [scores_of(Config(model=str(folder))) for folder in folders.values()]
    for n, one in enumerate(scores):
        for other in scores[:n]:
            assert np.abs(one - other).max() > 1e-3


def test_the_best_documents_come_first_with_their_cost(folders: dict[str, Path]) -> None:
    result = ranked(Config(model=str(folders["mean"]), batch_size=2), depth=2)
    run = result.ranking
    assert run.groupby("query_id").size().tolist() == [2] * len(QUERIES)
    assert run.groupby("query_id")["score"].is_monotonic_decreasing.all()
    best = scores_of(Config(model=str(folders["mean"]))).max(axis=1)
    assert run.groupby("query_id")["score"].max().to_numpy() == pytest.approx(best, abs=1e-6)
    assert result.cost["encode_device"] == "cpu"
    assert result.depths is None


def test_prompts_and_the_limit_can_be_given(folders: dict[str, Path]) -> None:
    own = Config(model=str(folders["mean"]))
    folder = folders["cls and prompts"]
    none = {"query_prompt": "", "document_prompt": ""}
    assert np.abs(scores_of(Config(model=str(folder), **none)) - scores_of(own)).max() > 1e-3
    short, long = (Config(model=str(folders["mean"]), max_tokens=n) for n in (5, 4000))
    assert np.abs(scores_of(short) - scores_of(own)).max() > 1e-3
    assert scores_of(long) == pytest.approx(scores_of(own), abs=1e-6)


def test_prompts_that_no_side_is_called_by_have_to_be_chosen(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "e5", prompts={"query": "query: ", "passage": "passage: "})
    line = "has the prompts 'passage' and none called 'document'; write the text of one as"
    with pytest.raises(InputError, match=rf"{line} `document_prompt`, or"):
        ranked(Config(model=str(folder)))
    given = scores_of(Config(model=str(folder), document_prompt="passage: "))
    assert np.abs(given - the_librarys(folder)).max() > 1e-3  # the library leaves it out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": " "}, "systems/sentence_transformer.model: is empty; give the folder"),
        (
            {"model": "a", "lora_rank": 4},
            "systems/sentence_transformer: lora_rank: given without `train: lora`; write that",
        ),
        (
            {"model": "a", "loss_options": {"scale": 20}},
            "systems/sentence_transformer: loss_options: given, but nothing is trained; set",
        ),
        ({"model": "a", "train": "full", "loss": "MSELoss"}, "systems/sentence_transformer.loss: "),
    ],
)
def test_options_that_do_not_fit_are_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}[^\n]*$"):
        registry.parse("systems", {"kind": "sentence_transformer", **options})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"train": "lora", "lora_target": ["query", "value"]},
        {"train": "full", "loss_options": {"scale": 9, "directions": ["query_to_doc"]}},
    ],
)
def test_a_specification_is_read_as_it_was_written(options: dict[str, Any]) -> None:
    content = {"kind": "sentence_transformer", "model": "a", **options}
    config = registry.parse("systems", content)
    assert registry.parse("systems", json.loads(json.dumps(registry.dump(config)))) == config


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    config = Config(model=str(tmp_path / "none"))
    line = rf"^model '{tmp_path}/none': no folder with modules.json or config.json; give [^\n]*$"
    for use in (sentence_transformer.fingerprint, ranked):
        with pytest.raises(InputError, match=line):
            use(config)


def test_a_folder_that_the_library_cannot_open_is_one_line(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(InputError, match=rf"^{folder}: cannot be opened \([^\n]*\); mend the fol"):
        ranked(Config(model=str(folder)))


def test_code_of_a_folder_is_not_run_unasked(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    text = (folder / "modules.json").read_text()
    pooling = "sentence_transformers.models.Pooling"
    (folder / "modules.json").write_text(text.replace(pooling, "mine.Pooling"))
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(InputError, match=r"cannot be opened \([^\n]*$"):
        ranked(Config(model=str(folder)))
    assert not (tmp_path / "ran").exists()


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model", modules=("Dense",))
    (folder / "2_Dense" / "model.safetensors").rename(folder / "2_Dense" / "pytorch_model.bin")
    for use in (sentence_transformer.fingerprint, ranked):
        with pytest.raises(InputError, match=r"2_Dense/pytorch_model.bin: weights in a pickle are"):
            use(Config(model=str(folder)))


def test_without_the_library_the_pip_line_is_given(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_files, "find_spec", lambda name: None)
    message = (
        "sentence_transformers: this package is not installed; only systems of "
        "`kind: sentence_transformer` need it: pip install 'maw-bench[st]', or in a clone "
        "pip install --editable '.[st]'"
    )
    for use in (sentence_transformer.fingerprint, ranked):
        with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
            use(Config(model=str(folders["mean"])))


def test_what_a_folder_holds_is_its_fingerprint(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    config = Config(model=str(folder))
    before = sentence_transformer.fingerprint(config)
    assert traits.fingerprint(config) == before
    (folder / "README.md").write_text("words")
    assert sentence_transformer.fingerprint(config) == before
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace("mean", "max"))
    assert sentence_transformer.fingerprint(config) != before


def test_a_commit_of_the_hub_is_a_fingerprint_without_any_network() -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    config = Config(model=f"hf:owner/model@{sha}")
    assert sentence_transformer.fingerprint(config) == {"model": sha}


TRAINING = Training(steps=4, batch_size=3, hard_negatives=1, warmup=0.1)


def inputs(seed: int = 1, *, training: Training = TRAINING) -> TrainInputs:
    """Four training queries with one or two positives, and a negative of all but one."""
    ids, doc_ids = [f"q{n}" for n in range(4)], [f"d{n}" for n in range(5)]
    pairs = [("q0", "d0"), ("q0", "d2"), ("q1", "d1"), ("q2", "d3"), ("q3", "d4")]
    negatives = [("q0", "d1"), ("q0", "d3"), ("q1", "d4"), ("q3", "d0")]
    frames = [pd.DataFrame(rows, columns=["query_id", "doc_id"]) for rows in (pairs, negatives)]
    return TrainInputs(
        name="st",
        documents=table(doc_id=doc_ids, text=DOCUMENTS),
        queries=table(query_id=ids, text=QUERIES),
        positives=frames[0].assign(relevance=1),
        negatives=frames[1].assign(rank=1),
        forbidden=frames[0].head(0),
        training=training,
        learning_rate=1e-2,
        seed=seed,
    )


@pytest.mark.parametrize("name", ["head", "decoder"])
@pytest.mark.parametrize("train", ["full", "lora"])
def test_a_trained_model_ranks_as_it_was_trained(
    train: str, name: str, folders: dict[str, Path]
) -> None:
    config = Config.model_validate({"model": str(folders[name]), "train": train})
    trained = sentence_transformer.train(config, inputs())
    again = sentence_transformer.train(config, inputs())
    assert trained.tensors.keys() == again.tensors.keys()
    assert all((again.tensors[key] == part).all() for key, part in trained.tensors.items())
    untrained = scores_of(Config(model=str(folders[name])))
    scores = scores_of(config, model=trained.tensors)
    assert np.abs(scores - untrained).max() > 1e-3
    lora = [key for key in trained.tensors if "lora_" in key]
    assert lora == (list(trained.tensors) if train == "lora" else [])
    assert trained.parameters == sum(part.numel() for part in trained.tensors.values())
    assert [point["step"] for point in trained.curve] == [1, 2, 3, 4]
    assert len(trained.draws or ()) == TRAINING.steps


def test_tensors_of_another_model_are_refused(folders: dict[str, Path]) -> None:
    config = Config(model=str(folders["mean"]), train="full")
    trained = sentence_transformer.train(config, inputs(training=TRAINING))
    other = Config(model=str(folders["decoder"]), train="full")
    with pytest.raises(InputError, match=r"does not fit the model's folder; run snakemake again$"):
        ranked(other, model=trained.tensors)
    with pytest.raises(ValueError, match=r"^inputs\.model is None"):
        ranked(config)


def test_training_is_the_librarys_loss_on_the_drawn_texts(folders: dict[str, Path]) -> None:
    # the first step's loss, computed by the library alone from the texts that were drawn
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    from maw.training import library_loop

    config = Config(model=str(folders["mean"]), train="full")
    curve = sentence_transformer.train(config, inputs()).curve
    data = sentence_transformer._pairs(inputs())
    rows, drawn = next(library_loop._batches(data, TRAINING, seed=1))
    model = SentenceTransformer(str(folders["mean"]), device="cpu", local_files_only=True).train()
    texts = [
        [(data.documents if n else data.queries)[row][1] for n, row in enumerate(r)] for r in rows
    ]
    assert sorted(map(len, texts)) == [2, 3, 3]  # one query has no negative
    columns = [[row[n] for row in texts if n < len(row)] for n in range(3)]
    import torch

    torch.manual_seed(1)
    criterion = MultipleNegativesRankingLoss(model, scale=1 / TRAINING.temperature)
    expected = criterion([model.preprocess(column) for column in columns], None)
    assert curve[0]["loss"] == pytest.approx(expected.item(), abs=1e-5)
    assert drawn[0][0] == data.queries[rows[0][0]][0]
