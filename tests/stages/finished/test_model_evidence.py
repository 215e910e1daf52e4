"""The model card quotes a verdict only where the suite's summary was made from this very run."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs.files import json_bytes, parquet_bytes
from maw.jobs.pending import PendingFile
from maw.stages.finished.export_model import export_model
from maw.stages.finished.finished_run import open_run
from maw.verdicts.claims import CLAIMS as CLAIM_COLUMNS
from tests.reporting.test_words import CONTROL, ROW

RunOf = Callable[[str], Path]
CLAIMS = ["better", "routing helps"]


@pytest.fixture
def judged(suite: Path, tmp_path: Path) -> Path:
    """Return a copy of the suite with two verdicts on maw_grpo against non_maw."""
    results = tmp_path / "results"
    shutil.copytree(suite, results)
    run_scores = [
        results / f"runs/own/{name}/seed42/scores.parquet" for name in ("maw_grpo", "non_maw")
    ]
    empty, summary = pd.DataFrame({"value": [0.5]}), results / "summary"
    for n, path in enumerate(run_scores):
        PendingFile(path).write(parquet_bytes(empty, {"digest": f"s{n}", "reads": []}))
    PendingFile(summary / "scores.parquet").write(
        parquet_bytes(empty, {"digest": "all", "reads": ["s0", "s1"]})
    )
    contrast = CONTROL | {"dataset": "own", "system": "maw_grpo", "baseline": "non_maw"}
    plan = {
        "sesoi": 0.02,
        "contrasts": [
            {"system": "maw_grpo", "baseline": "non_maw", "claims": CLAIMS},
            {"system": "other", "baseline": "bm25"},
        ],
    }
    stamp = {"digest": "c", "reads": ["all"], "spec": {"analysis": plan}}
    rows = pd.DataFrame([contrast | {"measure": "nDCG@10"}])
    PendingFile(summary / "comparisons.parquet").write(parquet_bytes(rows, stamp))
    claim = ROW | {"dataset": "own", "system": "maw_grpo", "decided_by": "non_maw"}
    other = claim | {"system": "other", "decided_by": "bm25"}
    write_claims(results, [claim, claim | {"claim": "routing helps"}, other], stamp=stamp)
    means = pd.DataFrame({"dataset": ["own"], "system": "maw_grpo", "mean": 0.5})
    PendingFile(summary / "leaderboard.parquet").write(parquet_bytes(means, stamp))
    report = results / "specifications/report.json"
    report.parent.mkdir()
    report.write_bytes(json_bytes({"spec": {"scope": "Two queries.\nNo more."}}))
    return results


def write_claims(results: Path, rows: list[dict[str, Any]], *, stamp: dict[str, Any]) -> None:
    content = parquet_bytes(pd.DataFrame(rows).reindex(columns=CLAIM_COLUMNS), stamp)
    PendingFile(results / "summary/claims.parquet").write(content)


def test_the_card_quotes_the_verdicts_with_limits_and_scope(judged: Path, tmp_path: Path) -> None:
    for name in ("maw_grpo", "non_maw"):
        export_model(open_run(judged / f"runs/own/{name}/seed42"), tmp_path / name)
        card = (tmp_path / name / "README.md").read_text()
        undecided = (
            "Undecided, on own: maw_grpo may or may not rank better than non_maw. maw_grpo − "
            "non_maw is +.010 [−.008, +.028]: 0 and 0.02 both fit."
        )
        for claim in CLAIMS:
            assert f"- “{claim}”: {undecided}" in card
        assert "other may or may not" not in card
        assert "Scope: Two queries. No more." in card
    export_model(open_run(judged / "runs/own/non_maw_zeroshot/seed0"), tmp_path / "zeroshot")
    card = (tmp_path / "zeroshot/README.md").read_text()
    assert "No verdict: the suite's summary was made from other runs" in card


def test_the_card_says_which_control_of_the_study_failed(judged: Path, tmp_path: Path) -> None:
    failed = {
        "dataset": "own", "control": "further seeds", "kind": "negative", "system": "non_maw",
        "baseline": "non_maw", "passed": False, "outcome": "excludes 0",
    }  # fmt: skip
    content = parquet_bytes(pd.DataFrame([failed]), {"digest": "n", "reads": []})
    PendingFile(judged / "summary/controls.parquet").write(content)
    export_model(open_run(judged / "runs/own/maw_grpo/seed42"), tmp_path / "maw")
    card = (tmp_path / "maw/README.md").read_text()
    assert "better than non_maw, a control failed: further seeds. maw_grpo − non_maw" in card


def test_a_verdict_on_other_runs_is_not_quoted(judged: Path, tmp_path: Path) -> None:
    scores = judged / "runs/own/maw_grpo/seed42/scores.parquet"
    again = parquet_bytes(pd.DataFrame({"value": [0.4]}), {"digest": "new", "reads": []})
    PendingFile(scores).write(again)
    export_model(open_run(scores.parent), tmp_path / "model")
    card = (tmp_path / "model/README.md").read_text()
    assert "made from other runs; run snakemake again" in card
    assert "Undecided" not in card
