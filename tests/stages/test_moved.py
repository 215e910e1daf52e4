"""The stage `moved` reads ranks, texts and depths of a few queries from the files of their runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.stages.moved import DOCUMENT_LENGTH, N_DOCUMENTS, moved
from maw.verdicts.moved import DIFFERENCES, MOVED

Write = Callable[..., Path]
Call = Callable[..., None]
Finish = Callable[..., Path]
CONTRASTS = [{"system": "new", "baseline": "plain"}]
PLAN = {"contrasts": CONTRASTS, "sesoi": 0.02}
SEEDS = {"plain": [1, 2], "new": [1, 2]}
TEXT = "long " * 40


class SmallSuite:
    """The files of two systems with two seeds; `run` runs the stage on them."""

    def __init__(self, results: Path, write: Write, call: Call) -> None:
        self.results, self.write, self.call = results, write, call
        self.runs: list[dict[str, Any]] = [
            {"dataset": "toy", "system": system, "seed": seed,
             "stamps": {"rank": f"toy {system} {seed}"}}
            for system, seeds in SEEDS.items() for seed in seeds
        ]  # fmt: skip
        texts = pd.DataFrame({"doc_id": [f"d{d}" for d in range(30)], "text": TEXT})
        write(results / "data/toy/documents.parquet", texts)
        rows = [("toy", "new", 1, f"q{q}", "query", q % 3) for q in range(2, 24)]
        columns = ["dataset", "system", "seed", "query_id", "side", "depth"]
        write(results / "summary/depths.parquet", pd.DataFrame(rows, columns=columns))

    def run(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        summary = self.results / "summary"
        paths: dict[str, Any] = {
            name: summary / f"{name}.parquet"
            for name in ("scores", "claims", "depths", "differences", "moved")
        }
        self.call(
            moved,
            {"analysis": PLAN, "runs": self.runs},
            runs=self.results / "runs",
            data=self.results / "data",
            queries=[self.results / "data/toy/queries.parquet"],
            **paths,
        )
        return pd.read_parquet(paths["differences"]), pd.read_parquet(paths["moved"])


@pytest.fixture
def suite(finish: Finish, write: Write, call: Call) -> SmallSuite:
    return SmallSuite(finish(PLAN, seeds=SEEDS), write, call)


def test_every_query_has_a_difference_and_few_are_shown_in_full(suite: SmallSuite) -> None:
    differences, shown = suite.run()
    assert list(differences.columns) == DIFFERENCES
    assert list(shown.columns) == MOVED
    claims = pd.read_parquet(suite.results / "summary/claims.parquet")
    assert differences["difference"].mean() == pytest.approx(claims["estimate"].iloc[0])
    assert len(differences) == 22  # the test queries
    assert differences["cluster"].str.startswith("c, ").all()
    assert (shown.groupby("side").size() <= 10).all()
    assert set(shown["query_id"]) < set(differences["query_id"])
    assert shown["difference"].tolist() == sorted(shown["difference"][:10], reverse=True) + sorted(
        shown["difference"][10:]
    )


def test_ranks_are_those_of_the_first_relevant_document(suite: SmallSuite) -> None:
    _, shown = suite.run()
    scores = pd.read_parquet(suite.results / "summary/scores.parquet")
    first = scores[scores["measure"] == "RR@1000"].set_index(["system", "seed", "query_id"])
    for row in shown.itertuples():
        assert json.loads(row.seeds) == json.loads(row.seeds_baseline) == [1, 2]
        for system, ranks in (("new", row.ranks), ("plain", row.ranks_baseline)):
            # RR is 1 / rank; all relevant documents have grade 1
            reciprocal = [first.loc[(system, seed, row.query_id), "value"] for seed in (1, 2)]
            assert 1 / np.array(json.loads(ranks)) == pytest.approx(reciprocal)


def test_texts_judgements_and_depths_stand_beside_them(suite: SmallSuite) -> None:
    _, shown = suite.run()
    for row in shown.itertuples():
        number = int(row.query_id[1:])
        assert row.text == row.query_id
        assert row.n_relevant == number % 4 + 1
        documents = json.loads(row.relevant)
        assert [document["doc_id"] for document in documents] == [
            f"d{d}" for d in range(min(row.n_relevant, N_DOCUMENTS))
        ]
        assert {document["grade"] for document in documents} == {1}
        assert documents[0]["text"].endswith("long …")
        assert len(documents[0]["text"]) <= DOCUMENT_LENGTH
        # the other seed was not routed, nor was the control
        assert json.loads(row.depths) == [number % 3, None]
        assert json.loads(row.depths_baseline) == [None, None]


def test_the_rankings_of_folds_are_joined(suite: SmallSuite) -> None:
    whole = suite.run()
    folded = []
    for entry in suite.runs:
        path = suite.results / f"runs/toy/{entry['system']}/seed{entry['seed']}/ranking.parquet"
        ranking = pd.read_parquet(path)
        is_first = ranking["query_id"].isin([f"q{q}" for q in range(2, 12)])
        for fold, rows in (("toy.fold1", ranking[is_first]), ("toy.fold2", ranking[~is_first])):
            below = f"runs/{fold}/{entry['system']}/seed{entry['seed']}/ranking.parquet"
            suite.write(suite.results / below, rows, entry["stamps"]["rank"])
            folded.append({**entry, "dataset": fold, "reported": "toy"})
    suite.runs = folded
    for before, after in zip(whole, suite.run(), strict=True):
        pd.testing.assert_frame_equal(before, after)


def test_a_ranking_of_other_code_is_refused(
    suite: SmallSuite, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.runs[-1]["stamps"]["rank"] = "other"
    with pytest.raises(SystemExit):
        suite.run()
    message = capsys.readouterr().err
    assert "new/seed2/ranking.parquet: made by other code or another specification" in message


def test_queries_without_relevant_documents_have_neither_documents_nor_ranks(
    suite: SmallSuite,
) -> None:
    path = suite.results / "data/toy/qrels.parquet"
    suite.write(path, pd.read_parquet(path).assign(relevance=0))
    _, shown = suite.run()
    assert set(shown["relevant"]) == {"[]"}
    assert set(shown["ranks"]) == set(shown["ranks_baseline"]) == {"[null, null]"}
    assert set(shown["n_relevant"]) == {0}


def test_a_plan_without_claims_has_empty_tables(suite: SmallSuite) -> None:
    path = suite.results / "summary/claims.parquet"
    suite.write(path, pd.read_parquet(path).iloc[:0])
    differences, shown = suite.run()
    assert len(differences) == len(shown) == 0
    assert (list(differences.columns), list(shown.columns)) == (DIFFERENCES, MOVED)
