"""A suite of cross-encoders, from the collection to the page."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.workflow.checkout import ROOT, Checkout

RERANK = ROOT / "workflow" / "config" / "rerank.yaml"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(smoke: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a small `rerank.yaml`: its systems and plan, few texts, few steps."""
    small = yaml.safe_load(RERANK.read_text())
    small["suite"] = "small"
    small["datasets"]["pydocs"] = {
        "loader": {"kind": "pydocs", "documents": 120, "packages": ["numpy"]},
        "split": {"train": 0.5, "dev": 0.2, "test": 0.3},
    }
    small["backbone"] |= {"max_document_tokens": 16, "max_query_tokens": 8}
    small["candidates"] = {"depth": 10, "development": 5, "negatives": 3}
    small["training"] |= {"steps": 2, "batch_size": 6, "evaluations": 2}
    small["selection"]["max_extensions"] = 0
    small["seeds"], small["calibration"] = [42, 43], {"draws": 0}
    checkout = smoke.copy(tmp_path_factory.mktemp("rerank") / "checkout")
    path = checkout.folder / "small.yaml"
    path.write_text(yaml.safe_dump(small))
    checkout.snakemake("--configfile", str(path))
    return checkout.folder / "results" / "suites" / "small"


def test_every_system_ranks_the_same_candidates(results: Path) -> None:
    runs = results / "runs" / "pydocs"
    lists = {
        path.parent: pd.read_parquet(path) for path in sorted(runs.glob("*/seed4*/ranking.parquet"))
    }
    assert len(lists) == 4 * 2
    candidates = {
        frozenset(zip(frame["query_id"], frame["doc_id"], strict=True)) for frame in lists.values()
    }
    assert len(candidates) == 1
    lexical = pd.read_parquet(runs / "bm25" / "seed0" / "ranking.parquet")
    best = lexical.groupby("query_id").head(10)
    assert candidates == {frozenset(zip(best["query_id"], best["doc_id"], strict=True))}


def test_no_trunk_of_single_texts_is_made(results: Path) -> None:
    data = {path.name for path in (results / "data" / "pydocs").iterdir()}
    assert {"pairs.parquet", "pairs.safetensors"} <= data
    assert "trunk.safetensors" not in data


def test_verdicts_and_page_are_there(results: Path) -> None:
    rows = pd.read_parquet(results / "summary" / "comparisons.parquet")
    claims = rows[rows["role"] == "confirmatory"]
    assert set(claims["system"]) == {"maw_supervised", "maw_grpo"}
    assert set(claims["word"]) == {"not controlled"}  # two seeds
    depths = pd.read_parquet(results / "summary" / "depths.parquet")
    assert set(depths["side"]) == {"pair"}
    page = (results / "report" / "index.html").read_text()
    assert "cross-encoder" in page
    assert "non_maw" in page


def test_a_pair_of_training_is_never_of_a_held_out_query(results: Path) -> None:
    pairs = pd.read_parquet(results / "data" / "pydocs" / "pairs.parquet")
    split = pd.read_parquet(results / "data" / "pydocs" / "split.parquet")
    sides = split.set_index("query_id")["split"]
    assert pairs["query_id"].map(sides).eq(pairs["split"]).all()
    forbidden = pd.read_parquet(results / "data" / "pydocs" / "forbidden.parquet")
    negatives = pairs[pairs["split"].eq("train") & ~pairs["relevant"]]
    both = negatives.merge(forbidden, on=["query_id", "doc_id"])
    assert len(negatives)
    assert both.empty
