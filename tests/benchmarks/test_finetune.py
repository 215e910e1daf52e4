"""Both sides of the fine-tuning benchmark do the same job on a tiny collection."""

import importlib.util
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import finetune
import finetune_library
import finetune_task
import pandas as pd
import pytest
import torch

from maw.models.encoders.backbone_files import folder_of, tokenise
from maw.models.encoders.embedding import CHUNK
from maw.models.encoders.frozen import Frozen, compute_trunk
from maw.models.encoders.ragged import Chunk
from maw.settings import registry
from maw.settings.sections import Backbone, Training
from maw.training.texts import TextData, draw_batches

WORDS = ("array", "matrix", "signal", "series", "sparse", "random", "window", "filter")


@pytest.fixture(scope="module")
def given() -> finetune_task.Task:
    """Eight documents and as many queries, each about its own; all queries train and test."""
    documents = pd.DataFrame({"doc_id": [f"d{n}" for n in range(8)], "row": range(8)})
    documents["text"] = [f"Return a {word} of the given shape." for word in WORDS]
    queries = pd.DataFrame({"query_id": [f"q{n}" for n in range(8)], "row": range(8)})
    queries["text"] = [f"how do I make a {word} that has a certain shape" for word in WORDS]
    qrels = pd.DataFrame({"query_id": queries["query_id"], "doc_id": documents["doc_id"]})
    backbone = Backbone(max_document_tokens=12, max_query_tokens=8)
    texts = documents["text"].tolist(), queries["text"].tolist()
    trunk = compute_trunk(*texts, backbone=backbone, advance=lambda n: None)
    data = TextData(
        documents=trunk.texts("document"),
        queries=trunk.texts("query"),
        doc_ids=documents["doc_id"].tolist(),
        query_ids=queries["query_id"].tolist(),
        positives={n: [n] for n in range(8)},
        negatives={n: [(n + step) % 8 for step in (1, 2, 3)] for n in range(8)},
        forbidden={n: {n} for n in range(8)},
        n_relevant=dict.fromkeys(range(8), 1),
        development={"q0": 0},
        pool={f"d{n}": n for n in range(8)},
        judged=pd.DataFrame(),
        measure="nDCG@10",
    )
    return finetune_task.Task(
        data=data,
        top=trunk.top,
        trunk=trunk,
        documents=documents,
        all_queries=texts[1],
        queries=queries,
        qrels=qrels.assign(relevance=1),
        system=registry.parse("systems", {"kind": "bi_encoder", "objective": {"kind": "ranking"}}),
        backbone=backbone,
        training=Training(steps=3, batch_size=4),
        learning_rate=1e-3,
        measure="nDCG@10",
    )


def assert_equal_chunks(expected: Sequence[Chunk], actual: Sequence[Chunk]) -> None:
    """The chunks hold the same texts in the same places."""
    for a, b in zip(expected, actual, strict=True):
        assert torch.equal(a.positions, b.positions)
        assert torch.equal(a.x, b.x)
        assert torch.equal(a.mask, b.mask)


def test_both_sides_are_given_the_same_batches(given: finetune_task.Task) -> None:
    drawn = list(finetune_task.triples(given, seed=5))
    batches = draw_batches(given.data, given.training, seed=5)
    for step in range(given.training.steps):
        mine = drawn[4 * step : 4 * step + 4]
        batch = next(batches)
        assert len(mine) == len(batch.positive) == 4
        rows = torch.tensor([query for query, _ in mine])
        assert_equal_chunks(list(given.data.queries.chunks(rows, CHUNK)), batch.queries)
        documents = list(dict.fromkeys(d for _, group in mine for d in group))
        assert batch.positive.shape == (4, len(documents))
        for row, (query, group) in enumerate(mine):
            assert batch.positive[row].nonzero()[:, 0].tolist() == [documents.index(group[0])]
            assert group[0] == query
    assert len(drawn) == 4 * given.training.steps


def test_a_cut_query_has_the_tokens_that_we_read(given: finetune_task.Task) -> None:
    folder = folder_of(given.backbone.name)
    cut = finetune_library.cut(given.all_queries, given.backbone)
    assert all(len(short) < len(text) for short, text in zip(cut, given.all_queries, strict=True))
    assert tokenise(cut, folder=folder, max_tokens=99) == tokenise(
        given.all_queries, folder=folder, max_tokens=given.backbone.max_query_tokens
    )


def test_ours_trains_and_ranks(given: finetune_task.Task) -> None:
    made = finetune_task.ours(given, seed=42)
    assert 0.9 < made["value"] <= 1
    assert made == finetune_task.ours(given, seed=42) | {
        name: made[name] for name in made if name.endswith("_seconds")
    }
    assert finetune_task.shared_seconds(given) > 0


class PacedLayers:
    """Stands for the frozen layers and for the clock: each token takes a second."""

    seconds = 0.0

    def hidden(self, texts: Sequence[str], *, side: str) -> None:
        folder, limit = folder_of("minilm"), {"document": 12, "query": 8}[side]
        self.seconds += sum(map(len, tokenise(texts, folder=folder, max_tokens=limit)))


def test_the_time_of_the_frozen_layers_is_that_of_all_tokens(
    given: finetune_task.Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = PacedLayers()
    monkeypatch.setattr(finetune_task, "CHUNK", 2)
    monkeypatch.setattr(finetune_task, "SAMPLED", 3)
    monkeypatch.setattr(Frozen, "opened", lambda backbone: layers)
    monkeypatch.setattr(time, "process_time", lambda: layers.seconds)
    estimate = finetune_task.shared_seconds(given)
    n_tokens = sum(len(given.trunk.texts(side).hidden) for side in ("document", "query"))
    assert estimate == pytest.approx(n_tokens)
    assert layers.seconds < n_tokens / 2


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in finetune.WANTED),
    reason="needs the extra [bench]",
)
def test_both_sides_run_and_are_written(given: finetune_task.Task, tmp_path: Path) -> None:
    table = finetune.run(given, [42], tmp_path)
    assert table["side"].tolist() == [finetune.OURS, finetune.THEIRS]
    assert table["value"].between(0.9, 1).all()
    assert len(pd.read_csv(tmp_path / "finetune.csv")) == 2


def test_without_mercy_the_batches_are_the_same_and_all_others_negatives(
    given: finetune_task.Task,
) -> None:
    twice = {n: [n, (n + 4) % 8] for n in range(8)}  # as every other query's own document is too
    data = replace(given.data, positives=twice, forbidden={n: set(twice[n]) for n in range(8)})
    training = Training(steps=2, batch_size=4)
    one_epoch = replace(given, data=data, training=training)
    assert (
        finetune_task.bare(replace(one_epoch, training=Training(steps=3, batch_size=4)), 5) is None
    )
    bare = finetune_task.bare(one_epoch, 5)
    assert bare is not None
    assert list(finetune_task.triples(bare, 5)) == list(finetune_task.triples(one_epoch, 5))
    sides = (draw_batches(each.data, training, seed=5) for each in (one_epoch, bare))
    n_spared = 0
    for _, ours, theirs in zip(range(2), *sides, strict=False):
        assert_equal_chunks(ours.queries, theirs.queries)
        assert (theirs.positive.sum(1) == 1).all()
        assert torch.equal(theirs.negative, ~theirs.positive)
        n_spared += int((theirs.negative & ~ours.negative).sum())
    assert 0 < n_spared <= finetune_task.false_negatives(one_epoch, 5)


def test_what_is_missing_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"finetune: sentence_transformers, .*pip install"):
        finetune.main([])


def test_a_missing_suite_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(finetune, "WANTED", ())
    with pytest.raises(SystemExit, match="finetune: .*documents.parquet"):
        finetune.main(["--results", str(tmp_path)])
