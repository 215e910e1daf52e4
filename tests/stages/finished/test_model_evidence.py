"""The model card quotes a verdict only where the suite's summary was made from this very run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from maw.jobs.files import json_bytes, parquet_bytes
from maw.jobs.pending import PendingFile
from maw.stages.finished.export_model import export_model
from maw.stages.finished.finished_run import open_run

RunOf = Callable[[str], Path]


@pytest.fixture
def judged(suite: Path, tmp_path: Path) -> Path:
    """Return a copy of the suite with a verdict on maw_grpo against non_maw."""
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
    row = {
        "dataset": "own", "system": "maw_grpo", "baseline": "non_maw", "measure": "nDCG@10",
        "role": "confirmatory", "difference": 0.0123, "ci_low": -0.01, "ci_high": 0.0346,
        "verdict": "inconclusive", "mde": 0.015, "p_equivalent_if_no_difference": 0.4,
        "n_queries": 2, "n_seeds": 5,
    }  # fmt: skip
    stamp = {"digest": "c", "reads": ["all"], "spec": {"analysis": {"sesoi": 0.02}}}
    PendingFile(summary / "comparisons.parquet").write(parquet_bytes(pd.DataFrame([row]), stamp))
    report = results / "specifications/report.json"
    report.parent.mkdir()
    report.write_bytes(json_bytes({"spec": {"scope": "Two queries.\nNo more."}}))
    return results


def test_the_card_quotes_the_verdict_with_interval_and_scope(judged: Path, tmp_path: Path) -> None:
    for name in ("maw_grpo", "non_maw"):
        export_model(open_run(judged / f"runs/own/{name}/seed42"), tmp_path / name)
        card = (tmp_path / name / "README.md").read_text()
        assert (
            "- maw_grpo is not shown to differ from non_maw on own: nDCG@10 +0.0123, "
            "95 % interval [−0.0100, +0.0346]." in card
        )
        assert "Verdict: inconclusive (2 test queries, 5 seeds)." in card
        assert "routing helps" not in card  # one claim needs no name
        assert "Scope: Two queries. No more." in card
    export_model(open_run(judged / "runs/own/non_maw_zeroshot/seed0"), tmp_path / "zeroshot")
    card = (tmp_path / "zeroshot/README.md").read_text()
    assert "No verdict: the suite's summary was made from other runs" in card


def test_the_card_names_the_claims_about_its_system(judged: Path, tmp_path: Path) -> None:
    row = {
        "dataset": "own", "system": "maw_grpo", "claim": "better", "verdict": "inconclusive",
        "n_controls": 2, "measure": "nDCG@10", "least": -0.01, "most": 0.02, "hardest": "non_maw",
        "p": 0.4, "p_holm": 0.8,
    }  # fmt: skip
    rows = pd.DataFrame([row, row | {"claim": "routing helps"}, row | {"system": "other"}])
    claims = judged / "summary/claims.parquet"
    PendingFile(claims).write(parquet_bytes(rows, {"digest": "k", "reads": []}))
    export_model(open_run(judged / "runs/own/maw_grpo/seed42"), tmp_path / "maw")
    card = (tmp_path / "maw/README.md").read_text()
    assert "- maw_grpo on own, “better”: inconclusive. Over 2 controls nDCG@10" in card
    assert "- maw_grpo on own, “routing helps”: inconclusive." in card
    assert "other on own" not in card


def test_a_verdict_on_other_runs_is_not_quoted(judged: Path, tmp_path: Path) -> None:
    scores = judged / "runs/own/maw_grpo/seed42/scores.parquet"
    again = parquet_bytes(pd.DataFrame({"value": [0.4]}), {"digest": "new", "reads": []})
    PendingFile(scores).write(again)
    export_model(open_run(scores.parent), tmp_path / "model")
    card = (tmp_path / "model/README.md").read_text()
    assert "made from other runs; run snakemake again" in card
    assert "0.0123" not in card
