"""check.R beside the suite's tables: R comes to the same verdicts from the CSV files alone."""

import csv
import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.stages.tables import tables

Call = Callable[..., None]
Finish = Callable[..., Path]
PLAN = {
    "sesoi": 0.05,
    "contrasts": [
        {"system": "new", "baseline": "old"},
        {"system": "once", "baseline": "old"},
        {"system": "old", "baseline": "bm25"},
    ],
}
FURTHER = ("components", "prospects", "across", "seeds")
SEEDS = {"bm25": [0], "old": [42, 43, 44, 45], "new": [42, 43, 44], "once": [42]}


@pytest.fixture
def written(finish: Finish, call: Call) -> Path:
    results = finish(PLAN, seeds=SEEDS)
    summary, folder = results / "summary", results / "tables"
    call(
        tables,
        {
            "analysis": {"primary": "nDCG@10", "alpha": 0.05, **PLAN},
            "trained": ["old", "new", "once"],
        },
        comparisons=summary / "comparisons.parquet",
        leaderboard=summary / "leaderboard.parquet",
        runs=summary / "leaderboard.parquet",
        **{name: summary / f"{name}.parquet" for name in FURTHER},
        scores=summary / "scores.parquet",
        queries=[results / "data/toy/queries.parquet"],
        comparisons_csv=folder / "comparisons.csv",
        leaderboard_csv=folder / "leaderboard.csv",
        runs_csv=folder / "runs.csv",
        verdicts_tex=folder / "verdicts.tex",
        leaderboard_tex=folder / "leaderboard.tex",
        **{f"{name}_csv": folder / f"{name}.csv" for name in FURTHER},
        check_r=folder / "check.R",
        scores_csv=folder / "scores.csv",
    )
    return folder


def test_check_r_reads_the_primary_measure_with_its_clusters(written: Path) -> None:
    scores = pd.read_csv(written / "scores.csv")
    assert set(scores["measure"]) == {"nDCG@10"}
    assert len(scores) == 22 * 9
    assert scores.drop_duplicates("query_id")["cluster"].value_counts().max() == 2
    assert len((written / "check.R").read_text().splitlines()) <= 40


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
