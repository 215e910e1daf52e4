"""The model card: what the run's files say, and nothing that data could turn into markup."""

from dataclasses import replace
from typing import Any

import pytest

from maw.reporting.model_card import ModelEvidence, card
from maw.settings.sections import Backbone, TrainedLayers

RUN_RECORD: dict[str, Any] = {
    "trained": True,
    "trained_parameters": 1774464,
    "learning_rate": 0.0003,
    "options": {"attention.noise": 0.5},
    "searched": True,
    "device": "cpu",
    "versions": {"torch": "2.13.0"},
    "stamp": {"spec": {"training": {"steps": 100, "batch_size": 16}}},
}
EVIDENCE = ModelEvidence(
    name="maw",
    seed=42,
    system={"kind": "bi_encoder", "attention": {"kind": "maw", "depths": 8}},
    base_model="MiniLM",
    base_licence="apache-2.0",
    base_sha256="ab12",
    backbone=Backbone(max_query_tokens=32, max_document_tokens=128),
    dataset={
        "name": "toy",
        "source": "made <b>up",
        "licence": "MIT",
        "sha256": "cd34",
        "counts": {"documents": 9, "train": 6, "dev": 1, "test": 3},
    },
    run_record=RUN_RECORD,
    scope="last layer only",
    verdicts=("maw ranks better than non_maw on toy.",),
    depths={0: 3, 2: 9},
)


def test_the_card_has_front_matter_sections_and_the_verdict() -> None:
    text = card(EVIDENCE, plain=False)
    assert text.startswith("---\nlibrary_name: maw\n")
    assert 'license: "apache-2.0"' in text
    assert "# maw, seed 42" in text
    assert "bi_encoder; attention maw (depths 8)" in text
    assert "- 9 documents; queries: 6 train, 1 dev, 3 test" in text
    assert "- 1,774,464 parameters" in text
    assert "- maw ranks better than non_maw on toy." in text
    assert "Scope: last layer only" in text
    assert "Texts per depth in the suite's ranking: 0: 3, 2: 9." in text
    assert "made &lt;b>up" in text


def test_the_card_says_what_was_chosen_and_what_was_fixed() -> None:
    chosen = "- learning rate 0.0003, attention.noise 0.5, chosen on development queries\n"
    assert chosen in card(EVIDENCE, plain=False)
    earlier = {k: v for k, v in RUN_RECORD.items() if k not in ("options", "searched")}
    text = card(replace(EVIDENCE, run_record=earlier), plain=False)
    assert "- learning rate 0.0003, chosen on development queries\n" in text
    text = card(replace(EVIDENCE, run_record={**earlier, "searched": False}), plain=False)
    assert "- learning rate 0.0003, fixed by the configuration\n" in text


@pytest.mark.parametrize(
    ("trained_layers", "line"),
    [
        (1, "- the last layer of the base model; all below is frozen\n"),
        (2, "- the last 2 layers of the base model; all below is frozen\n"),
        ("all", "- all layers of the base model; its embeddings are frozen\n"),
    ],
)
def test_the_card_says_which_layers_were_trained(trained_layers: TrainedLayers, line: str) -> None:
    backbone = Backbone(trained_layers=trained_layers)
    assert line in card(replace(EVIDENCE, backbone=backbone), plain=False)


def test_a_model_without_verdict_says_why() -> None:
    text = card(replace(EVIDENCE, verdicts=(), no_verdict="the plan names no claim"), plain=False)
    assert "No verdict: the plan names no claim." in text


@pytest.mark.parametrize("plain", [True, False])
def test_only_a_standard_encoder_is_offered_to_sentence_transformers(plain: bool) -> None:
    text = card(EVIDENCE, plain=plain)
    assert ("SentenceTransformer(" in text) is plain
    assert ("library_name: sentence-transformers" in text) is plain


def test_a_model_that_was_not_trained_and_one_that_does_not_route_say_so() -> None:
    text = card(replace(EVIDENCE, run_record={"trained": False}, depths={3: 12}), plain=True)
    assert "Nothing: this is the unchanged base model." in text
    assert "every text chose one depth (3: 12): nothing was routed." in text
