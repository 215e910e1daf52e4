"""Models of sentence-transformers, trained and not, go through the whole workflow to the report."""

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tests.sentence_folders import WORDS, write_folder
from tests.workflow.checkout import Checkout, fresh

pytestmark = pytest.mark.slow  # a suite of its own, in which each job imports the library

SUITE = "workflow/config/library.yaml"
MODEL = {"kind": "sentence_transformer", "model": "tiny"}
CONTENT: dict[str, Any] = {
    "suite": "library",
    "device": "cpu",
    "datasets": {"letters": {"loader": {"kind": "beir_dir", "path": "letters"}}},
    "backbone": {"name": "tiny", "max_document_tokens": 16, "max_query_tokens": 16},
    "training": {"steps": 3, "batch_size": 4},
    "selection": {"learning_rates": [1e-3]},
    "seeds": [42, 43],
    "calibration": {"draws": 0},
    "systems": {
        "ours": {"kind": "bi_encoder", "objective": {"kind": "ranking"}},
        "zero_shot": MODEL,
        "whole": {**MODEL, "train": "full"},
        "lora": {**MODEL, "train": "lora", "lora_rank": 2},
    },
    "analysis": {
        "contrasts": [
            {"system": "whole", "baseline": "ours"},
            {"system": "lora", "baseline": "whole"},
            {"system": "whole", "baseline": "zero_shot", "role": "reference"},
        ]
    },
}


def collection(folder: Path) -> None:
    """Write forty queries of two words, each with one document that has both words."""
    draw = random.Random(0)
    pairs = draw.sample([(a, b) for n, a in enumerate(WORDS) for b in WORDS[n + 1 :]], 40)
    (folder / "qrels").mkdir(parents=True)
    texts = {"corpus": "the {a} value of {b} a matrix {a}", "queries": "sort {a} {b}"}
    for name, text in texts.items():
        lines = [
            json.dumps({"_id": f"{name[0]}{n}", "title": "", "text": text.format(a=a, b=b)})
            for n, (a, b) in enumerate(pairs)
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    judged = "".join(f"q{n}\tc{n}\t1\n" for n in range(40))
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout with the finished suite."""
    checkout = fresh(tmp_path_factory.mktemp("library") / "checkout")
    prompts = {"query": "query: ", "document": "passage: "}
    write_folder(checkout.folder / "tiny", pooling="cls_token", prompts=prompts)
    collection(checkout.folder / "letters")
    (checkout.folder / SUITE).write_text(yaml.safe_dump(CONTENT))
    checkout.maw("check", SUITE)
    checkout.snakemake("--configfile", SUITE)
    return checkout


def results(checkout: Checkout) -> Path:
    return checkout.folder / "results/suites/library"


def run_of(checkout: Checkout, system: str, seed: int) -> Path:
    return results(checkout) / f"runs/letters/{system}/seed{seed}"


def test_the_suite_has_its_report_and_its_seeds_are_shared(library: Checkout) -> None:
    assert "whole" in (results(library) / "report/index.html").read_text()
    drawn = pd.read_parquet(results(library) / "summary/draws.parquet")
    assert {*zip(drawn["system"], drawn["baseline"], strict=True)} == {
        ("whole", "ours"), ("lora", "whole")
    }  # fmt: skip
    assert drawn["shared_steps"].tolist() == drawn["steps"].tolist() == [3] * len(drawn)


def test_our_backbone_scores_as_the_library_does_before_training(library: Checkout) -> None:
    # `ours` and `zero_shot` read the same folder; a bi_encoder without objective is not trained
    from maw.ranking.inputs import RankInputs
    from maw.ranking.systems import sentence_transformer

    run = pd.read_parquet(run_of(library, "zero_shot", 0) / "ranking.parquet")
    texts = {
        name: pd.read_parquet(results(library) / f"data/letters/{name}.parquet")
        for name in ("documents", "queries")
    }
    queries = texts["queries"][texts["queries"]["query_id"].isin(run["query_id"])]
    config = sentence_transformer.Config(model=str(library.folder / "tiny"))
    again = sentence_transformer.rank(
        config, RankInputs(documents=texts["documents"], queries=queries, seed=0)
    ).ranking
    keys = ["query_id", "doc_id"]
    both = run.merge(again, on=keys, suffixes=("", "_again"))
    assert len(both) == len(run) == len(again)
    assert both["score"].to_numpy() == pytest.approx(both["score_again"].to_numpy(), abs=1e-6)


def test_only_what_was_trained_is_kept_with_its_cost(library: Checkout) -> None:
    sizes = {
        system: (run_of(library, system, 42) / "model.safetensors").stat().st_size
        for system in ("whole", "lora")
    }
    assert sizes["lora"] < sizes["whole"] / 2
    record = json.loads((run_of(library, "lora", 42) / "run.json").read_text())
    assert (record["trained"], record["steps"], record["learning_rate"]) == (True, 3, 1e-3)
    cost = json.loads((run_of(library, "lora", 42) / "training/cost.json").read_text())
    assert cost["train_cpu_seconds"] > 0
    assert not (run_of(library, "zero_shot", 0) / "model.safetensors").exists()


def test_a_changed_folder_makes_again_what_reads_it_and_nothing_else(library: Checkout) -> None:
    assert library.planned("--configfile", SUITE) == {}
    pooling = library.folder / "tiny/1_Pooling/config.json"
    before = pooling.read_text()
    pooling.write_text(before.replace("cls_token", "max_tokens"))
    planned = library.planned("--configfile", SUITE)
    assert planned["encode"] == 1
    assert (planned["make_run"], planned["rank"]) == (6, 1)
    assert "prepare" not in planned
    pooling.write_text(before)
    again = library.planned("--configfile", SUITE)  # a plan writes what the last stages are given
    assert not {"encode", "trial", "make_run", "rank"} & set(again)
