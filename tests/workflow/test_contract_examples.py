"""The example of every contract goes through the whole workflow once, in one small suite."""

import json
import random
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.reporting.small_suite import unmarked
from tests.workflow.checkout import Checkout
from tests.workflow.test_own_pages import WORDS, copied

pytestmark = pytest.mark.slow  # a suite with a real backbone
CONFIGURATION = """
suite: contracts
device: cpu
datasets:
  answers:
    loader: {kind: examples/my_loader.py, path: answers.tsv}
    split: {train: 0.5, dev: 0.2, test: 0.3}
backbone: {max_document_tokens: 8, max_query_tokens: 8}
training: {steps: 2, batch_size: 4}
selection: {learning_rates: [1.0e-3]}
measures: [nDCG@10, "Halved@5"]
seeds: [42, 43]
systems:
  plain: {kind: bi_encoder, objective: {kind: examples/my_objective.py}}
  window: {kind: bi_encoder, attention: {kind: examples/my_window.py}, objective: {kind: ranking}}
  routed:
    kind: bi_encoder
    attention: {kind: maw, depths: 3, projection: {kind: examples/my_projection.py}}
    router: {kind: examples/my_router.py}
    objective: {kind: grpo}
  overlap: {kind: examples/my_system.py}
calibration: {draws: 0}
analysis:
  primary: Halved@5
  contrasts:
    - {system: routed, baseline: plain}
    - {system: window, baseline: overlap, role: reference}
"""


def install(folder: Path) -> None:
    """Install the example's measure beside the checkout's code, as pip would do it."""
    metadata = folder / "lab-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[maw.measures]\nhalved = lab_measures\n")
    (folder / "lab_measures.py").write_text((folder / "examples/my_measure.py").read_text())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout with questions and answers, and the configuration."""
    made = copied(tmp_path_factory.mktemp("contracts") / "checkout")
    pairs = [(a, b) for n, a in enumerate(WORDS) for b in WORDS[n + 1 :]]
    lines = [
        f"how does {a} act on {b}\tA study of {a} and {b}, with {a} measured before {b}."
        for a, b in random.Random(0).sample(pairs, 40)
    ]
    (made.folder / "answers.tsv").write_text("\n".join(lines) + "\n")
    (made.folder / "contracts.yaml").write_text(CONFIGURATION)
    install(made.folder)
    return made


def halved_of(run: Path) -> float:
    """Return the mean of 1/2 to the power of the relevant document's rank, counted from 0."""
    ranking = pd.read_parquet(run / "ranking.parquet")
    qrels = pd.read_parquet(run.parents[3] / "data/answers/qrels.parquet")
    ranking["rank"] = ranking.groupby("query_id").cumcount()
    found = ranking[ranking["rank"] < 5].merge(qrels, on=["query_id", "doc_id"])
    values = 0.5 ** found.groupby("query_id")["rank"].min()
    return float(values.sum() / ranking["query_id"].nunique())


def test_every_example_is_trained_ranked_scored_and_reported(checkout: Checkout) -> None:
    assert "suite 'contracts', 7 runs" in checkout.maw("check", "contracts.yaml")
    checkout.snakemake("--configfile", "contracts.yaml")
    results = checkout.folder / "results/suites/contracts"
    systems = set(yaml.safe_load(CONFIGURATION)["systems"])
    scores = pd.read_parquet(results / "summary/leaderboard.parquet")
    assert set(scores["system"]) == systems
    halved = scores[scores["measure"] == "Halved@5"].set_index("system")["mean"]
    assert halved["overlap"] == pytest.approx(halved_of(results / "runs/answers/overlap/seed0"))
    assert 0 < halved["overlap"] < halved["plain"] <= 1
    runs = pd.read_parquet(results / "summary/costs.parquet").set_index("system")
    assert (runs.loc[["plain", "window", "routed"], "document_cut"] == 1).all()  # of 8 tokens
    assert runs.loc["overlap", "document_cut"] != runs.loc["overlap", "document_cut"]  # nan
    page = unmarked((results / "report/index.html").read_text())
    assert "encoders cut 100 % of documents" in page
    record = json.loads((results / "runs/answers/routed/seed42/run.json").read_text())
    assert record["stamp"]["spec"]["own_code"].keys() == {
        "examples/my_projection.py",
        "examples/my_router.py",
    }
