"""The stage writes every table of the statistics, and joins repeated splits of one collection."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.jobs import suite_specs
from maw.measures.judged import JUDGED
from maw.settings.read import parse_suite
from maw.settings.suite import Suite
from maw.stages.compare import compare
from maw.verdicts.study_controls import CONTROLS
from tests.scored import plan_of, scored

Q = 20
TABLES = ("comparisons", "claims", "leaderboard", "components", "prospects", "across", "seeds")
SPLITS = ("one", "two", "three")


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    generator = np.random.default_rng(4)
    parts = []
    for dataset in SPLITS:
        for measure in ("nDCG@10", JUDGED):
            scores_of_systems = {
                "old": generator.uniform(size=(Q, 1)),
                "new": generator.uniform(size=(Q, 4)),
            }
            parts.append(scored(scores_of_systems, dataset=dataset, measure=measure))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def run_compare(
    tmp_path: Path, write: Callable[..., Path], call: Callable[..., None], scores: pd.DataFrame
) -> Callable[..., dict[str, pd.DataFrame]]:
    """Return a function (controls, or None) -> the tables that the stage writes."""

    def run(controls: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
        queries = pd.DataFrame({"query_id": [f"q{q:02}" for q in range(Q)]})
        queries["cluster"] = [f"c{q // 2}" for q in range(Q)]
        repeats = {"collection": "one", "datasets": list(SPLITS), "n_train": 0.6, "n_test": 0.3}
        spec = {
            "analysis": plan_of(("new", "old"), sesoi=0.9).model_dump(mode="json"),
            "measures": ["nDCG@10"],
            "trained": {"old": False, "new": True},
            "resplits": [repeats],
        }
        out = {name: tmp_path / f"{name}.parquet" for name in TABLES}
        query_files = [write(tmp_path / name / "queries.parquet", queries) for name in SPLITS]
        described = scores["measure"].eq(JUDGED)
        inputs = {
            "scores": write(tmp_path / "s.parquet", scores[~described]),
            "judged": write(tmp_path / "j.parquet", scores[described]),
            "controls": None if controls is None else write(tmp_path / "c.parquet", controls),
        }
        call(compare, spec, **inputs, queries=query_files, **out)
        return {name: pd.read_parquet(path) for name, path in out.items()}

    return run


@pytest.fixture
def tables(run_compare: Callable[..., dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Return the tables of a suite whose controls were not run."""
    return run_compare()


def test_every_table_is_written(tables: dict[str, pd.DataFrame]) -> None:
    n_rows = {name: len(frame) for name, frame in tables.items()}
    assert n_rows == {
        "comparisons": 3, "claims": 3, "leaderboard": 12, "components": 6, "prospects": 12,
        "across": 2, "seeds": 12,
    }  # fmt: skip
    assert (tables["comparisons"]["n_clusters"] == Q // 2).all()


def test_a_failed_control_withholds_words_on_its_dataset(
    run_compare: Callable[..., dict[str, pd.DataFrame]], capsys: pytest.CaptureFixture[str]
) -> None:
    row = dict.fromkeys(CONTROLS, "") | {"control": "known difference", "kind": "positive"}
    rows = [row | {"dataset": name, "passed": name != "two"} for name in SPLITS]
    claims = run_compare(pd.DataFrame(rows))["claims"].set_index("dataset")
    assert set(claims["word"]) == {"equivalent"}
    assert claims["withheld"].to_dict() == {"one": "", "two": "known difference", "three": ""}
    output = capsys.readouterr().out
    assert "maw compare: 3 claims judged, " in output
    assert "equivalent" not in output  # `maw verdicts` and the report say the words


def test_judged_is_described_and_never_tested(tables: dict[str, pd.DataFrame]) -> None:
    assert set(tables["comparisons"]["measure"]) == {"nDCG@10"}
    assert (tables["leaderboard"]["measure"] == JUDGED).sum() == 6


def test_repeated_splits_are_one_dataset_and_a_test_of_their_own(
    tables: dict[str, pd.DataFrame],
) -> None:
    assert tables["across"]["n"].tolist() == [1, 3]
    assert tables["across"]["reason"].tolist() == ["few datasets", ""]


def suite_of(**splits: dict[str, Any]) -> Suite:
    loader = {"kind": "pydocs", "documents": 120, "packages": ["numpy"]}
    content = {
        "suite": "toy",
        "datasets": {name: {"loader": loader, "split": split} for name, split in splits.items()},
        "systems": {"bm25": {"kind": "bm25"}, "zero": {"kind": "bi_encoder"}},
        "analysis": plan_of(("zero", "bm25")).model_dump(mode="json"),
    }
    return parse_suite(content, source="toy")


def test_datasets_that_differ_in_their_salt_alone_are_splits_of_one_collection() -> None:
    suite = suite_of(a={"salt": "x"}, b={"salt": "y"}, c={"salt": "x", "train": 0.5, "dev": 0.2})
    assert suite_specs.specification("compare", suite)["resplits"] == [
        {"collection": "a", "datasets": ["a", "b"], "n_train": 0.6, "n_test": 0.3}
    ]
    assert suite_specs.specification("compare", suite_of(a={}))["resplits"] == []
