"""check.R beside the suite's tables: R comes to the same verdicts from the CSV files alone."""

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.stages.tables import tables

Call = Callable[..., None]
Finish = Callable[..., Path]
PLAN: dict[str, Any] = {
    "sesoi": 0.05,
    "contrasts": [
        {"system": "new", "baseline": "old"},
        {"system": "once", "baseline": "old"},
        {"system": "old", "baseline": "bm25"},
    ],
}
FURTHER = ("components", "prospects", "across", "seeds")
SEEDS = {"bm25": [0], "old": [42, 43, 44, 45], "new": [42, 43, 44], "once": [42]}


SEVERAL = {
    "sesoi": 0.05,
    "contrasts": [
        {"system": "new", "baseline": "old", "claims": ["better", 'routing "helps"']},
        {"system": "new", "baseline": "bm25", "claims": ['routing "helps"']},
        {"system": "old", "baseline": "bm25"},
    ],
}


@pytest.fixture
def write_tables(finish: Finish, call: Call) -> Callable[..., Path]:
    """(plan, seeds) -> the folder of a suite's tables."""

    def made(plan: dict[str, Any], seeds: Mapping[str, Sequence[int]]) -> Path:
        results = finish(plan, seeds=seeds)
        _write(results, plan, call)
        return results / "tables"

    return made


@pytest.fixture
def written(write_tables: Callable[..., Path]) -> Path:
    return write_tables(PLAN, SEEDS)


def _write(results: Path, plan: dict[str, Any], call: Call) -> None:
    summary, folder = results / "summary", results / "tables"
    call(
        tables,
        {
            "analysis": {"primary": "nDCG@10", "alpha": 0.05, **plan},
            "trained": ["old", "new", "once"],
        },
        comparisons=summary / "comparisons.parquet",
        claims=summary / "claims.parquet",
        leaderboard=summary / "leaderboard.parquet",
        runs=summary / "leaderboard.parquet",
        **{name: summary / f"{name}.parquet" for name in FURTHER},
        scores=summary / "scores.parquet",
        queries=[results / "data/toy/queries.parquet"],
        claims_csv=folder / "claims.csv",
        comparisons_csv=folder / "comparisons.csv",
        leaderboard_csv=folder / "leaderboard.csv",
        runs_csv=folder / "runs.csv",
        verdicts_tex=folder / "verdicts.tex",
        leaderboard_tex=folder / "leaderboard.tex",
        **{f"{name}_csv": folder / f"{name}.csv" for name in FURTHER},
        check_r=folder / "check.R",
        scores_csv=folder / "scores.csv",
    )


def test_check_r_reads_the_primary_measure_with_its_clusters(written: Path) -> None:
    scores = pd.read_csv(written / "scores.csv")
    assert set(scores["measure"]) == {"nDCG@10"}
    assert len(scores) == 22 * 9
    assert scores.drop_duplicates("query_id")["cluster"].value_counts().max() == 2
    assert len((written / "check.R").read_text().splitlines()) <= 45


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_comes_to_the_suites_verdicts(written: Path) -> None:
    told = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=written)
    assert told.returncode == 0, told.stderr
    theirs = {row["system"]: row for row in csv.DictReader(io.StringIO(told.stdout))}
    ours = pd.read_csv(written / "comparisons.csv")
    ours = ours[ours["role"] == "confirmatory"].set_index("system")
    assert set(theirs) == set(ours.index) == {"new", "once", "old"}
    for system, row in ours.iterrows():
        assert theirs[system]["verdict"] == row["verdict"]
        assert float(theirs[system]["p"]) == pytest.approx(row["p"], abs=1e-9)
    assert (ours["verdict"]["once"], ours["verdict"]["new"]) == ("not estimable", "not controlled")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_recomputes_each_of_several_claims(write_tables: Callable[..., Path]) -> None:
    seeds = {"bm25": [0], "old": [42, 43, 44, 45], "new": [42, 43, 44, 45]}
    folder = write_tables(SEVERAL, seeds)
    claims = pd.read_csv(folder / "claims.csv")
    assert claims["claim"].tolist() == ["better", 'routing "helps"', "better"]
    told = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=folder)
    assert told.returncode == 0, told.stderr
    claims.loc[1, "verdict"] = "worse"  # the verdict that stands in no row of comparisons.csv
    claims.to_csv(folder / "claims.csv", index=False)
    told = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=folder)
    assert told.returncode != 0
    assert "claims.csv says otherwise" in told.stderr
