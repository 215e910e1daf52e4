"""The README's two commands run from a bare clone, and a suite on a collection of one's own."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.checkout import ROOT, Checkout

pytestmark = pytest.mark.slow


def run(command: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment or dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def test_a_bare_clone_reproduces_the_committed_scores(tmp_path: Path) -> None:
    run(f"git clone -q {ROOT} maw", tmp_path)
    output = run("make reproduce", tmp_path / "maw")
    assert "Committed scores reproduced" in output
    assert output.splitlines()[-1] == "Report: results/report/index.html"
    assert (tmp_path / "maw/results/report/index.html").is_file()
    assert run("git status --short", tmp_path / "maw") == ""


def test_a_collection_of_ones_own_runs_the_whole_suite(disturbed: Checkout) -> None:
    """The collection is the smoke suite's, with an empty document and an unjudged query added."""
    data, folder = disturbed.results / "data/tiny", disturbed.folder / "path/to/your/collection"
    (folder / "qrels").mkdir(parents=True)
    documents = pd.read_parquet(data / "documents.parquet")
    lines = [
        json.dumps({"_id": row.doc_id, "title": "", "text": row.text})
        for row in documents.itertuples()
    ]
    lines.append(json.dumps({"_id": "empty", "title": "", "text": ""}))
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    queries = pd.read_parquet(data / "queries.parquet")
    query_lines = [
        json.dumps({"_id": row.query_id, "text": row.text}) for row in queries.itertuples()
    ]
    query_lines.append(json.dumps({"_id": "unjudged", "text": "what nobody judged"}))
    (folder / "queries.jsonl").write_text("\n".join(query_lines))
    qrels = pd.read_parquet(data / "qrels.parquet")
    qrels.columns = ["query-id", "corpus-id", "score"]
    qrels.to_csv(folder / "qrels/test.tsv", sep="\t", index=False)
    disturbed.edit("workflow/config/own.yaml", "steps: 32", "steps: 4")
    disturbed.snakemake("--configfile", "workflow/config/own.yaml")
    results = disturbed.folder / "results/suites/own"
    counts = json.loads((results / "data/mine/dataset.json").read_text())["counts"]
    assert (counts["empty_documents"], counts["queries_without_judgement"]) == (1, 1)
    comparisons = pd.read_parquet(results / "summary/comparisons.parquet")
    assert set(comparisons["role"]) == {"confirmatory", "reference", "exploratory"}
    assert (results / "report/index.html").stat().st_size > 10_000
