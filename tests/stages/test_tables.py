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
from tests.stages.summary_files import summary_options

Call = Callable[..., None]
Finish = Callable[..., Path]
Write = Callable[..., Path]
WriteTables = Callable[..., Path]
PLAN: dict[str, Any] = {
    "sesoi": 0.05,
    "contrasts": [
        {"system": "new", "baseline": "old"},
        {"system": "once", "baseline": "old"},
        {"system": "old", "baseline": "bm25"},
    ],
}
CSV = (
    "comparisons", "claims", "leaderboard", "components", "prospects", "across", "seeds", "runs",
    "costs", "controls", "search", "differences", "moved",
)  # fmt: skip
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
def write_tables(finish: Finish, write: Write, call: Call) -> WriteTables:
    """Return a function (plan, seeds) -> the folder of a suite's tables."""

    def write_all(plan: dict[str, Any], seeds: Mapping[str, Sequence[int]]) -> Path:
        results = finish(plan, seeds=seeds)
        _call_tables(results, plan, options=summary_options(results, write), call=call)
        return results / "tables"

    return write_all


@pytest.fixture
def folder(write_tables: WriteTables) -> Path:
    return write_tables(PLAN, SEEDS)


def _call_tables(
    results: Path, plan: dict[str, Any], *, options: dict[str, Path], call: Call
) -> None:
    summary, folder = results / "summary", results / "tables"
    call(
        tables,
        {
            "analysis": {"primary": "nDCG@10", "alpha": 0.05, **plan},
            "trained": ["old", "new", "once"],
        },
        **options,
        scores=summary / "scores.parquet",
        queries=[results / "data/toy/queries.parquet"],
        **{f"{name}_csv": folder / f"{name}.csv" for name in CSV},
        verdicts_tex=folder / "verdicts.tex",
        leaderboard_tex=folder / "leaderboard.tex",
        verdicts_md=folder / "verdicts.md",
        leaderboard_md=folder / "leaderboard.md",
        readme_md=folder / "README.md",
        check_r=folder / "check.R",
        scores_csv=folder / "scores.csv",
    )


def test_every_summary_file_has_its_csv_unrounded_and_all_columns_explained(
    folder: Path,
) -> None:
    summary = folder.parent / "summary"
    for name in CSV:
        frame = pd.read_parquet(summary / f"{name}.parquet")
        assert (folder / f"{name}.csv").read_text() == frame.to_csv(index=False)
    sections = (folder / "README.md").read_text().split("\n## ")
    files = sorted(folder.glob("*.csv"))
    assert {path.stem for path in files} >= {"claims", "comparisons", "scores"}
    for path in files:
        name = "datasets.csv" if path.name == "across.csv" else path.name  # the name of the rule
        (section,) = (text for text in sections if text.startswith(f"{name}\n"))
        for column in pd.read_csv(path, nrows=0).columns:
            assert f"| `{column}` |" in section, f"{name}: {column}"


def test_a_paper_gets_the_verdicts_and_the_means_as_latex_and_as_markdown(folder: Path) -> None:
    for name in ("verdicts", "leaderboard"):
        assert r"\begin{tabular" in (folder / f"{name}.tex").read_text()
        assert "| --- |" in (folder / f"{name}.md").read_text()


def test_check_r_reads_the_primary_measure_with_its_clusters(folder: Path) -> None:
    scores = pd.read_csv(folder / "scores.csv")
    assert set(scores["measure"]) == {"nDCG@10"}
    assert len(scores) == 22 * 9
    assert scores.drop_duplicates("query_id")["cluster"].value_counts().max() == 2


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_comes_to_the_suites_verdicts(folder: Path) -> None:
    result = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=folder)
    assert result.returncode == 0, result.stderr
    theirs = {row["system"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    ours = pd.read_csv(folder / "claims.csv").set_index("system")
    assert set(theirs) == set(ours.index) == {"new", "once", "old"}
    for system, row in ours.iterrows():
        assert theirs[system]["word"] == row["word"]
        assert float(theirs[system]["lower"]) == pytest.approx(row["lower"], abs=1e-9)
    assert ours["word"]["once"] == "not estimable"
    assert ours["n_seeds"]["new"] == 3  # old has a fourth


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_recomputes_each_of_several_claims(write_tables: WriteTables) -> None:
    seeds = {"bm25": [0], "old": [42, 43, 44, 45], "new": [42, 43, 44, 45]}
    folder = write_tables(SEVERAL, seeds)
    claims = pd.read_csv(folder / "claims.csv")
    assert claims["claim"].tolist() == ["better", 'routing "helps"', "better"]
    result = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=folder)
    assert result.returncode == 0, result.stderr
    claims.loc[1, "word"] = "better"  # the verdict that stands in no row of comparisons.csv
    claims.to_csv(folder / "claims.csv", index=False)
    result = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=folder)
    assert result.returncode != 0
    assert (
        "claims.csv, column word, says otherwise: better instead of better, by at least SESOI"
        in result.stderr
    )
