"""Each kind of system has words in a paper's section on methods."""

from typing import Any

import pytest

from maw.reporting.paper.system_kinds import kinds, model_name, systems

LIBRARY = {"kind": "sentence_transformer", "model": "/home/me/models/tiny"}
LOSS = "MultipleNegativesRankingLoss"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"kind": "bm25", "k1": 0.9, "b": 0.4}, "BM25 [@robertson2009], k1 = 0.9, b = 0.4"),
        ({"kind": "run"}, "rankings made elsewhere"),
        ({"kind": "command", "train": "a b"}, "a program"),
        ({"kind": "command", "train": None}, "a program, untrained"),
        (LIBRARY, "tiny in sentence-transformers, as it is"),
        (
            {**LIBRARY, "train": "full", "loss": LOSS},
            f"tiny in sentence-transformers, all weights trained with {LOSS}",
        ),
        (
            {**LIBRARY, "train": "lora", "loss": LOSS},
            f"tiny in sentence-transformers, LoRA [@hu2022] trained with {LOSS}",
        ),
        (
            {"kind": "bi_encoder", "attention": {"kind": "maw", "depths": 8}, "objective": None},
            "bi-encoder, attention maw with 8 depths, untrained",
        ),
        (
            {
                "kind": "bi_encoder",
                "objective": {"kind": "ranking"},
                "trained_layers": "all",
                "lora": {"rank": 4, "alpha": 8.0},
            },
            "bi-encoder, objective ranking, all trained layers, LoRA [@hu2022] of rank 4",
        ),
    ],
)
def test_a_system_is_told_by_its_parts(entry: dict[str, Any], expected: str) -> None:
    assert kinds(entry) == expected


def test_all_systems_are_one_sentence_and_none_are_no_sentence() -> None:
    entries = {"a": {"kind": "run"}, "b": {"kind": "bm25"}}
    sentence = "The systems were a (rankings made elsewhere) and b (BM25 [@robertson2009])."
    assert list(systems(entries)) == [sentence]
    assert list(systems({})) == []


def test_a_models_name_does_not_tell_where_it_lies() -> None:
    names = ["minilm", "hf:owner/model@main", "/home/me/models/tiny"]
    assert [*map(model_name, names)] == ["all-MiniLM-L6-v2", "owner/model@main", "tiny"]
