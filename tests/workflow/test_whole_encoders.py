"""Systems that train every layer, by LoRA too, go through the whole workflow; seeds are added."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors.torch import load_file

from tests.sentence_folders import write_folder
from tests.workflow.checkout import Checkout, fresh
from tests.workflow.test_sentence_transformer import collection

pytestmark = pytest.mark.slow  # a suite of its own

SUITE = "workflow/config/encoders.yaml"
RANKING = {"objective": {"kind": "ranking"}}
EVERY = {"kind": "bi_encoder", "trained_layers": "all"}
LORA = {"lora": {"rank": 2, "alpha": 4}}
MAW = {
    "attention": {"kind": "maw", "depths": 2},
    "router": {"kind": "grpo"},
    "objective": {"kind": "mixture"},
}
CONTENT: dict[str, Any] = {
    "suite": "encoders",
    "device": "cpu",
    "datasets": {"letters": {"loader": {"kind": "beir_dir", "path": "letters"}}},
    "backbone": {"name": "tiny", "max_document_tokens": 16, "max_query_tokens": 16},
    "candidates": {"depth": 10, "development": 4, "negatives": 2},
    "training": {"steps": 3, "batch_size": 4},
    "selection": {"learning_rates": [1e-3]},
    "seeds": [42, 43],
    "calibration": {"draws": 0},
    "systems": {
        "one_layer": {"kind": "bi_encoder", **RANKING},
        "every_layer": {**EVERY, **RANKING},
        "lora": {**EVERY, **LORA, **RANKING},
        "maw_lora": {**EVERY, **LORA, **MAW},
        "cross_lora": {"kind": "cross_encoder", **LORA, **RANKING},
    },
    "analysis": {
        "contrasts": [
            {"system": "every_layer", "baseline": "one_layer"},
            {"system": "maw_lora", "baseline": "lora"},
            {"system": "cross_lora", "baseline": "one_layer", "role": "reference"},
        ]
    },
}


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout with the finished suite."""
    checkout = fresh(tmp_path_factory.mktemp("encoders") / "checkout")
    write_folder(checkout.folder / "tiny")
    collection(checkout.folder / "letters")
    (checkout.folder / SUITE).write_text(yaml.safe_dump(CONTENT))
    checkout.maw("check", SUITE)
    checkout.snakemake("--configfile", SUITE)
    return checkout


def results(checkout: Checkout) -> Path:
    return checkout.folder / "results/suites/encoders"


def run_of(checkout: Checkout, system: str) -> Path:
    return results(checkout) / f"runs/letters/{system}/seed42"


def test_the_suite_has_its_report_in_which_lora_is_named(encoders: Checkout) -> None:
    page = (results(encoders) / "report/index.html").read_text()
    assert "maw_lora" in page
    assert "LoRA" in page


def test_every_layer_is_trained_and_lora_trains_less(encoders: Checkout) -> None:
    trained = {
        system: json.loads((run_of(encoders, system) / "run.json").read_text())[
            "trained_parameters"
        ]
        for system in ("one_layer", "every_layer", "lora", "maw_lora")
    }
    n_layers = json.loads((encoders.folder / "tiny/config.json").read_text())["num_hidden_layers"]
    assert n_layers > 1
    assert trained["every_layer"] == n_layers * trained["one_layer"]
    assert trained["lora"] < trained["every_layer"] / 2
    names = [
        load_file(run_of(encoders, system) / "model.safetensors").keys()
        for system in ("every_layer", "lora")
    ]
    assert names[0] == names[1]  # the products are in the weights, so that it is a usual model


def test_a_model_trained_by_lora_is_exported(encoders: Checkout) -> None:
    run = str(run_of(encoders, "lora").relative_to(encoders.folder))
    encoders.maw("export", "--run", run, "exported")
    card = (encoders.folder / "exported/README.md").read_text()
    assert "all layers of the base model; its embeddings are frozen" in card
    assert "lora (rank 2, alpha 4.0)" in card


def test_a_seed_added_later_re_trains_nothing_and_counts_as_a_look(encoders: Checkout) -> None:
    before = {
        path: path.read_bytes()
        for path in results(encoders).glob("runs/*/*/seed4*/model.safetensors")
    }
    content = {**CONTENT, "seeds": [42, 43, 44]}
    (encoders.folder / SUITE).write_text(yaml.safe_dump(content))
    planned = encoders.planned("--configfile", SUITE)
    assert planned["make_run"] == len(CONTENT["systems"])  # one more run of each
    assert not planned.keys() & {"prepare", "encode", "pair", "trial", "select"}
    encoders.snakemake("--configfile", SUITE)
    assert {path: path.read_bytes() for path in before} == before
    looks = json.loads((results(encoders) / "plan.json").read_text())["looks"]
    assert [look["seeds"] for look in looks] == [[42, 43], [42, 43, 44]]
    page = (results(encoders) / "report/index.html").read_text()
    assert "the scores were also seen with another set of seeds" in page
