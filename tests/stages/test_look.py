"""The view of single decisions: the model's own attention, the run's own choice and ranks."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from maw.jobs.files import read_stamp
from maw.jobs.job import Job, Output
from maw.jobs.pending import PendingFile
from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.encoders.backbone_files import folder_of
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.pairs import tokenise_pairs
from maw.models.encoders.trunk import Trunk
from maw.settings import registry
from maw.settings.sections import Backbone
from maw.stages.finished.finished_run import encoder_of, open_run
from maw.stages.look import COLUMNS, NO_MAPS, look
from tests.finished_suite import DOCUMENTS, QUERIES, SYSTEMS

Write = Callable[..., Path]
Call = Callable[..., None]
Make = Callable[..., Any]
Looked = Callable[..., pd.DataFrame]
JUDGED = [("q.std", "a.std", 2), ("q.std", "a.mean", 1), ("q.sort", "a.sort", 1)]
QRELS = pd.DataFrame(JUDGED, columns=["query_id", "doc_id", "relevance"])


@pytest.fixture
def entry(suite: Path, backbone: Path) -> dict[str, Any]:
    """The specification of one system of the suite, with the stamps of its files."""
    folder = suite / "runs/own/maw_grpo/seed42"
    stamps = {
        "run": read_stamp(folder / "run.json")["digest"],
        "rank": read_stamp(folder / "depths.parquet")["digest"],
    }
    limits = {"max_document_tokens": 16, "max_query_tokens": 9, "trained_layers": 2}
    return {
        "name": "maw_grpo",
        "system": SYSTEMS["maw_grpo"],
        "n_queries": 3,
        "pairwise": False,
        "trained": True,
        "relevant_from": 1,
        "backbone": {"name": str(backbone), **limits},
        "run": {"dataset": "own", "system": "maw_grpo", "seed": 42, "stamps": stamps},
    }


@pytest.fixture
def looked(suite: Path, tmp_path: Path, write: Write, call: Call) -> Looked:
    """Return a function (entry, judgements) -> the table of the stage.

    The data lie in a folder of the test's own, so that a test may add files to it.
    """
    data = tmp_path / "data/own"
    shutil.copytree(suite / "data/own", data)

    def run(entry: dict[str, Any], *, qrels: pd.DataFrame = QRELS, runs: Path | None = None) -> Any:
        write(data / "qrels.parquet", qrels)
        out = tmp_path / "summary/attention.parquet"
        folders = {"runs": runs or suite / "runs", "data": tmp_path / "data"}
        call(look, {"systems": [entry]}, **folders, attention=out)
        table = pd.read_parquet(out)
        assert list(table) == list(COLUMNS)
        return table

    return run


def test_weights_are_what_each_token_gets_of_the_models_attention(
    looked: Looked, entry: dict[str, Any], suite: Path
) -> None:
    table = looked(entry)
    assert set(table["query_id"]) == {"q.std", "q.sort"}
    run = open_run(suite / "runs/own/maw_grpo/seed42")
    encoder = encoder_of(run)
    text = encoder.frozen.hidden([QUERIES["q.std"]], side="query")
    rows = table[table["query_id"] == "q.std"]
    mask = torch.ones(1, len(text.hidden), dtype=torch.bool)
    chosen = pd.read_parquet(run.folder / "depths.parquet").set_index("query_id")
    with torch.no_grad():
        policy = encoder.model.route(text.hidden[None], mask).softmax(-1)[0]
        for depth, of_depth in rows.groupby("depth"):
            maps = encoder.model.first.maps(text.hidden[None], mask, torch.tensor([depth]))[0]
            expected = maps.mean(0).mean(0)  # over heads, then over the tokens that attend
            assert of_depth["weight"].tolist() == pytest.approx(expected.tolist(), abs=1e-6)
            assert of_depth["weight"].sum() == pytest.approx(1, abs=1e-6)
            assert of_depth["probability"].iloc[0] == pytest.approx(float(policy[depth]), abs=1e-6)
            assert of_depth["chosen"].all() == (depth == chosen.loc["q.std", "depth"])
    first = rows[rows["depth"] == 0]
    assert first["token"].tolist() == ["[CLS]", "spread", "of", "the", "elements", "[SEP]"]
    assert first["special"].tolist() == [True, False, False, False, False, True]
    assert set(rows["text"]) == {QUERIES["q.std"]}


def test_ranks_are_those_of_the_rankings_by_depth(
    looked: Looked, entry: dict[str, Any], suite: Path
) -> None:
    table = looked(entry)
    path = suite / "runs/own/maw_grpo/seed42/rankings_by_depth.parquet"
    rankings = pd.read_parquet(path)
    for depth in range(3):
        rows = rankings[(rankings["query_id"] == "q.std") & (rankings["depth"] == depth)]
        places = [n for n, doc in enumerate(rows["doc_id"], start=1) if doc in ("a.std", "a.mean")]
        shown = table[(table["query_id"] == "q.std") & (table["depth"] == depth)]
        assert set(shown["best_relevant_rank"]) == {min(places)}
        assert set(shown["n_ranked"]) == {len(DOCUMENTS)}
    strict = looked({**entry, "relevant_from": 2})
    assert set(strict["query_id"]) == {"q.std"}  # no document of q.sort has the grade 2


def test_no_more_queries_are_shown_than_asked_for(looked: Looked, entry: dict[str, Any]) -> None:
    assert looked({**entry, "n_queries": 1})["query_id"].nunique() == 1


def test_a_router_that_mixes_chooses_no_depth(looked: Looked, entry: dict[str, Any]) -> None:
    system = {**SYSTEMS["maw_grpo"], "router": {"kind": "uniform"}}
    del system["objective"]
    table = looked({**entry, "system": system, "trained": False})
    assert not table["chosen"].any()
    assert table["probability"].to_numpy() == pytest.approx(1 / 3)


def test_an_attention_without_maps_says_so(
    looked: Looked, entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(DepthwiseAttention, "maps")
    (row,) = looked(entry).to_dict("records")
    assert (row["note"], row["depth"], row["system"]) == (NO_MAPS, -1, "maw_grpo")


def test_a_cross_encoder_shows_the_pair_of_a_query_with_its_best_document(
    looked: Looked, entry: dict[str, Any], tmp_path: Path, write: Write, random_top: Make,
    random_texts: Make,
) -> None:  # fmt: skip
    pairs = pd.DataFrame(
        [("q.std", "a.mean", "test"), ("q.std", "a.fft", "test"), ("q.std", "a.std", "test"),
         ("q.fft", "a.fft", "train"), ("q.sort", "a.fft", "test")],
        columns=["query_id", "doc_id", "split"],
    )  # fmt: skip
    texts = [QUERIES[query] for query in pairs["query_id"]]
    ids, _ = tokenise_pairs(
        texts,
        [DOCUMENTS[doc_id] for doc_id in pairs["doc_id"]],
        folder=folder_of(entry["backbone"]["name"]),
        backbone=Backbone.model_validate(entry["backbone"]),
    )
    system = {**SYSTEMS["maw_supervised"], "kind": "cross_encoder"}
    config: Any = registry.parse("systems", system)
    trunk = Trunk(top=random_top(), pairs=random_texts([len(one) for one in ids]))
    model = CrossEncoder(trunk.top, attention=config.attention, router=config.router)
    folder, data = tmp_path / "runs/own/pairs/seed42", tmp_path / "data/own"
    write(data / "pairs.parquet", pairs)
    chosen = pairs.assign(side="pair", depth=1, probability=0.5)
    write(folder / "depths.parquet", chosen, "ranked")
    paths = [data / "pairs.safetensors", folder / "model.safetensors"]
    job = Job("train", {}, "c0", {path: PendingFile(path) for path in paths})
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    for path, content in zip(paths, (trunk.tensors(), tensors), strict=True):
        job.write_tensors(Output(path), content)
    stamps = {"run": read_stamp(paths[1])["digest"], "rank": "ranked"}
    run = {"dataset": "own", "system": "pairs", "seed": 42, "stamps": stamps}
    table = looked(
        {**entry, "system": system, "pairwise": True, "run": run}, runs=tmp_path / "runs"
    )
    # the document of the highest grade; q.sort has no relevant one among its pairs
    assert set(zip(table["query_id"], table["doc_id"], strict=True)) == {("q.std", "a.std")}
    assert set(table.loc[table["chosen"], "depth"]) == {1}
    assert table.loc[table["depth"] == 0, "token"].tolist()[:3] == ["[CLS]", "spread", "of"]
    for depth, of_depth in table.groupby("depth"):
        rows = torch.tensor([0, 1, 2])
        scores, _, _ = embed(model, trunk.texts("pair"), rows, torch.full((3,), depth))
        best = max(scores[0], scores[2])  # a.mean and a.std are relevant, a.fft is not
        assert set(of_depth["best_relevant_rank"]) == {1 + int(scores[1] > best)}
        assert set(of_depth["n_ranked"]) == {3}


def test_files_of_other_code_are_refused_by_name(
    looked: Looked, entry: dict[str, Any], suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = suite / "runs/own/maw_grpo/seed42"
    for stage, name in (("rank", "depths.parquet"), ("run", "model.safetensors")):
        stamps = {**entry["run"]["stamps"], stage: "other"}
        with pytest.raises(SystemExit):
            looked({**entry, "run": {**entry["run"], "stamps": stamps}})
        message = f"{folder / name}: made by other code or another specification"
        assert message in capsys.readouterr().err


def test_a_tokeniser_that_cuts_otherwise_than_the_trunk_is_refused(
    looked: Looked, entry: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry["backbone"]["max_query_tokens"] = 7
    with pytest.raises(SystemExit):
        looked(entry)
    assert (
        f"{tmp_path / 'data/own'}: query 'q.sort' has 9 tokens in the trunk and 7 by the "
        f"tokeniser of {entry['backbone']['name']!r}; put the backbone's files back, or run "
        "snakemake again"
    ) in capsys.readouterr().err
