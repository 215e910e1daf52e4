"""The whole workflow on each family of public benchmarks and each kind of split.

The real ir_datasets reads small collections in the real formats from its own cache.
"""

import html
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import tests.standins as standins
from tests.workflow.checkout import fresh

SETS: dict[str, dict[str, Any]] = {
    # MS MARCO v1: TREC DL 2019's topics 70/30
    "dl19": {"loader": {"id": "msmarco-passage/trec-dl-2019/judged"}},
    # MS MARCO v2, all of its topics ranked by the models of dl19
    "dl21": {
        "loader": {"id": "msmarco-passage-v2/trec-dl-2021/judged"},
        "split": {"kind": "transfer", "source": "dl19"},
        "retrieve": "corpus",
    },
    "nq": {"loader": {"id": "beir/nq"}, "retrieve": "pool"},
    "scidocs": {"loader": {"id": "beir/scidocs"}, "split": {"kind": "kfold", "folds": 2}},
    "fiqa": {
        "loader": {
            "id": "beir/fiqa/test", "train": ["beir/fiqa/train"], "dev": ["beir/fiqa/dev"]
        },
        "split": {"kind": "official"},
        "retrieve": "corpus",
    },
}  # fmt: skip
TRAINED = ("dl19", "nq", "scidocs.fold1", "scidocs.fold2", "fiqa")


def suite() -> dict[str, Any]:
    """Return a configuration with two trained systems, two seeds and four steps."""
    halves = {"train": 0.5, "dev": 0.2, "test": 0.3}
    datasets = {
        name: {
            "loader": {"kind": "irds", "verify": False, **entry["loader"]},
            "split": entry.get("split", halves),
            "retrieve": entry.get("retrieve", "stored"),
        }
        for name, entry in SETS.items()
    }
    return {
        "suite": "families",
        "scope": "Small stand-ins: no figure means anything.",
        "datasets": datasets,
        "backbone": {"max_document_tokens": 32, "max_query_tokens": 16},
        "training": {"steps": 4, "batch_size": 8, "evaluations": 2},
        "seeds": [42, 43],
        "calibration": {"draws": 0},
        "systems": {
            "bm25": {"kind": "bm25"},
            "non_maw": {"kind": "bi_encoder", "objective": {"kind": "ranking"}},
            "maw_grpo": {
                "kind": "bi_encoder",
                "attention": {"kind": "maw", "depths": 2},
                "router": {"kind": "grpo"},
                "objective": {"kind": "grpo"},
            },
        },
        "analysis": {
            "sesoi": 0.02,
            "contrasts": [
                {"system": "maw_grpo", "baseline": "non_maw"},
                {"system": "non_maw", "baseline": "bm25", "role": "reference"},
            ],
        },
    }


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of one run of the suite on all five datasets."""
    folder = tmp_path_factory.mktemp("families")
    home = folder / "irds"
    standins.msmarco_v1(home, small=range(60), deep={2019: range(60)})
    standins.msmarco_v2(home, {2021: range(30, 50)})
    standins.beir(home, "nq", {"test": range(60)})
    standins.beir(home, "scidocs", {"test": range(60)})
    standins.beir(home, "fiqa", {"train": range(30), "dev": range(30, 45), "test": range(45, 60)})
    checkout = fresh(folder / "checkout")
    (checkout.folder / "families.yaml").write_text(yaml.safe_dump(suite(), sort_keys=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IR_DATASETS_HOME", str(home))
        checkout.snakemake("--configfile", "families.yaml")
        planned = checkout.planned("--configfile", "families.yaml")
    assert planned == {}, "a second call would do something"
    return checkout.folder / "results/suites/families"


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_every_family_reaches_the_report(families: Path, name: str) -> None:
    about = json.loads((families / f"data/{name}/dataset.json").read_text())
    scores = pd.read_parquet(families / "summary/scores.parquet")
    mine = scores[scores["dataset"] == name]
    runs = mine.groupby(["system", "seed"])["query_id"].nunique()
    assert sorted(runs.index) == [
        ("bm25", 0), ("maw_grpo", 42), ("maw_grpo", 43), ("non_maw", 42), ("non_maw", 43),
    ]  # fmt: skip
    assert set(runs) == {about["counts"]["test_judged"]}
    # BM25 finds the document that has both of the topic's words
    bm25 = mine[(mine["system"] == "bm25") & (mine["measure"] == "nDCG@10")]
    assert bm25["value"].mean() > 0.5
    page = html.unescape((families / "report/index.html").read_text())  # as a reader has it
    assert about["source"] in page
    assert about["licence"].split(";")[0] in page


@pytest.mark.slow
def test_transferred_models_are_trained_once_and_rank_all_topics(families: Path) -> None:
    trained_on = sorted(path.parts[-4] for path in families.glob("runs/*/non_maw/seed42/model*"))
    assert trained_on == sorted(TRAINED)
    about = json.loads((families / "data/dl21/dataset.json").read_text())
    assert about["counts"]["test"] == 20
    # topics 30 to 49 of both; those in dl19's test split were not trained on
    sides = pd.read_parquet(families / "data/dl19/split.parquet").set_index("query_id")["split"]
    n = sum(sides[str(topic)] != "test" for topic in range(30, 50))
    assert about["leak_check"]["near_duplicates_trained_on"] == n > 0
    runs = pd.read_parquet(families / "summary/runs.parquet")
    assert set(runs.loc[runs["dataset"] == "dl21", "trained_on"].dropna()) == {"dl19"}


@pytest.mark.slow
def test_streamed_documents_are_ranked_and_not_kept(families: Path) -> None:
    streamed = sorted(path.parts[-2] for path in families.glob("runs/*/retrieved.safetensors"))
    assert streamed == ["dl21", "fiqa", "nq"]
    documents = pd.read_parquet(families / "data/fiqa/documents.parquet")
    of_fiqa, of_nq = (
        [
            pd.read_parquet(families / f"runs/{name}/{system}/ranking.parquet")
            for system in ("maw_grpo/seed42", "bm25/seed0")
        ]
        for name in ("fiqa", "nq")
    )
    # every document of one; of the other those that BM25 finds, in another order
    assert set(of_fiqa[0].groupby("query_id").size()) == {len(documents)}
    pairs = [{*zip(frame["query_id"], frame["doc_id"], strict=True)} for frame in of_nq]
    assert pairs[0] == pairs[1]
    assert of_nq[0]["doc_id"].tolist() != of_nq[1]["doc_id"].tolist()


@pytest.mark.slow
def test_folds_test_each_topic_once_by_models_that_never_saw_it(families: Path) -> None:
    sides = [
        pd.read_parquet(families / f"data/scidocs.fold{n}/split.parquet").set_index("query_id")
        for n in (1, 2)
    ]
    tested = [set(frame.index[frame["split"] == "test"]) for frame in sides]
    assert not tested[0] & tested[1]
    assert len(tested[0] | tested[1]) == 60
    scores = pd.read_parquet(families / "summary/scores.parquet")
    joined = scores[(scores["dataset"] == "scidocs") & (scores["measure"] == "RR@10")]
    assert not joined.duplicated(["system", "seed", "query_id"]).any()
    # each from the fold that tests it
    of_fold = pd.read_parquet(families / "runs/scidocs.fold2/non_maw/seed43/scores.parquet")
    assert set(of_fold["query_id"]) == tested[1]


@pytest.mark.slow
def test_official_sides_are_the_files_own(families: Path) -> None:
    sides = pd.read_parquet(families / "data/fiqa/split.parquet")
    queries = {name: set(rows["query_id"].astype(int)) for name, rows in sides.groupby("split")}
    assert queries == {"train": {*range(30)}, "dev": {*range(30, 45)}, "test": {*range(45, 60)}}


@pytest.mark.slow
def test_trec_dl_counts_from_grade_two_and_the_others_from_one(families: Path) -> None:
    for name, grade in (("dl19", 2), ("nq", 1)):
        scores = pd.read_parquet(families / f"runs/{name}/bm25/seed0/scores.parquet")
        ranking = pd.read_parquet(families / f"runs/{name}/bm25/seed0/ranking.parquet")
        qrels = pd.read_parquet(families / f"data/{name}/qrels.parquet")
        query = scores["query_id"].iloc[0]
        relevant = set(
            qrels.loc[(qrels["query_id"] == query) & (qrels["relevance"] >= grade), "doc_id"]
        )
        assert len(relevant) == (1 if grade == 2 else 2)
        ordered = ranking[ranking["query_id"] == query].sort_values(
            ["score", "doc_id"], ascending=False
        )
        rank = 1 + next(n for n, doc in enumerate(ordered["doc_id"]) if doc in relevant)
        of_query = scores[scores["query_id"] == query].set_index("measure")["value"]
        assert of_query["RR@1000"] == pytest.approx(1 / rank)
