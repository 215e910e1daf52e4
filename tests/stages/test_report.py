"""The report of a suite in which nothing is trained is a page like any other, and says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs import files, manifest
from maw.jobs.pending import PendingFile
from maw.settings.plan import Analysis
from maw.stages.finished.calibrated_folder import calibrate_folder
from maw.stages.report import report
from tests.reporting.small_suite import TOY
from tests.stages.summary_files import summary_options

Call = Callable[..., None]
Finish = Callable[..., Path]
Write = Callable[..., Path]
PLAN = {"sesoi": 0.1, "contrasts": [{"system": "other", "baseline": "bm25"}]}
THEORY: dict[str, Any] = {
    "statements": [],
    "counterexample": {"left": 0.76, "right": 0.0},
    "trials": [],
    "bounds": [
        {"bound": "(1)", "draws": 5, "violations": 0, "largest": 0.5, "median": 0.1,
         "setting": "plain"}
    ],
    "costs": [
        {"kind": "standard", "length": 16, "ratio": 1.0, "parameters": 4, "parameters_used": 4}
    ],
}  # fmt: skip


@pytest.fixture
def results(finish: Finish) -> Path:
    return finish(PLAN, seeds={"bm25": [0], "other": [0]})


def write_page(results: Path, write: Write, call: Call, *, calibration: Path | None = None) -> str:
    summary, plan = results / "summary", Analysis.model_validate(PLAN)
    spec = {
        "suite": "tiny", "root": "results/suites/tiny", "scope": "", "command": "snakemake",
        "plan_digest": plan.digest(),
        "judged_by_model": [], "measures": [plan.primary],
        "analysis": plan.model_dump(mode="json"), "seeds": [42],
        "systems": {"bm25": {"kind": "bm25"}, "other": {"kind": "bm25"}},
        "backbone": {"name": "minilm", "max_document_tokens": 128},
    }  # fmt: skip
    call(
        report,
        spec,
        **summary_options(results, write),
        theory=write(summary / "theory.json", THEORY),
        expected=write(summary / "expected.json", {"checked": False, "agrees": True}),
        history=write(summary / "plan.json", {"told": "first", "changed_late": False}),
        figures=[write_svg(results / "figures/forest.svg")],
        datasets=[write(results / "data/toy/described.json", TOY)],
        calibration=calibration,
        page=results / "report/index.html",
        answer=results / "report/answer.json",
    )
    return (results / "report/index.html").read_text(encoding="utf-8")


def write_svg(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<svg></svg>")
    manifest.enter(path.parent, {path.name: manifest.digest_of(b"<svg></svg>")})
    return path


def test_a_suite_in_which_nothing_is_trained_has_its_page(
    results: Path, write: Write, call: Call
) -> None:
    html = write_page(results, write, call)
    assert "<h2>Training: curves and search</h2>" not in html
    assert 'id="fig-forest"' in html
    assert "<h2>All measures</h2>" in html
    answer = files.read_json(results / "report/answer.json")
    assert (answer["suite"], answer["datasets"]) == ("tiny", ["toy"])
    assert answer["headings"][0] in html
    assert "Split by a hash of each query" in html
    assert "Not done: <code>maw calibrate</code>" in html


def test_a_calibration_is_shown_where_it_is_of_these_scores_and_this_plan(
    results: Path, write: Write, call: Call
) -> None:
    path = calibrate_folder(results, draws=20, seed=0).paths[0]
    assert "on 20 experiments that were " in write_page(results, write, call, calibration=path)
    comparisons = results / "summary/comparisons.parquet"
    of_other_scores = files.read_stamp(comparisons) | {"reads": ["later"]}
    content = files.parquet_bytes(pd.read_parquet(comparisons), of_other_scores)
    PendingFile(comparisons).write(content)
    html = write_page(results, write, call, calibration=path)
    assert "experiments that were " not in html
    assert "Not done: <code>maw calibrate</code>" in html
