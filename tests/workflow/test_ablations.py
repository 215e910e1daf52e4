"""Ablations and a sweep are added to the smoke suite: only their jobs run."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from maw.verdicts.ablations import COLUMNS, SWEPT
from tests.workflow.checkout import Checkout, fresh

CONFIG = "workflow/config/smoke.yaml"
EXTRA_KEYS = """seeds: [42, 43]

ablations:
  Depths: {settings: {"1": non_maw, "8": maw_grpo}, claimed: depths}
  Routers: {settings: {supervised: maw_supervised, grpo: maw_grpo}}
sweeps:
  strength: {system: maw_grpo, option: attention.strength, values: [0.15, 1.0]}
"""


@pytest.fixture(scope="module")
def ablated(
    smoke: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Checkout, dict[str, int]]:
    """Return the smoke checkout after a run with ablations and a sweep, and that run's jobs."""
    checkout = smoke.copy(tmp_path_factory.mktemp("ablated") / "checkout")
    checkout.edit(CONFIG, "seeds: [42, 43]\n", EXTRA_KEYS)
    return checkout, checkout.ran()


@pytest.mark.slow
def test_tables_with_costs_and_claims_are_made_and_no_run_is_touched(
    ablated: tuple[Checkout, dict[str, int]],
) -> None:
    checkout, jobs = ablated
    assert jobs == {
        "all": 1, "sweep": 2, "ablations": 1, "figures": 1, "report": 1, "index": 1, "total": 7
    }  # fmt: skip
    results = checkout.results
    table = pd.read_parquet(results / "summary/ablations.parquet")
    assert list(table.columns) == COLUMNS
    assert table["setting"].tolist() == ["1", "8", "supervised", "grpo"]
    rows = pd.read_parquet(results / "summary/comparisons.parquet")
    claims = rows[rows["role"] == "confirmatory"].set_index("system")["difference"]
    assert table.set_index("setting")["difference"][["8", "supervised"]].tolist() == [
        claims["maw_grpo"], claims["maw_supervised"]
    ]  # fmt: skip
    flops = table.set_index("system")["flops_per_step"].groupby(level=0).first()
    assert flops["maw_supervised"] > flops["non_maw"] > 0
    frame = pd.read_parquet(results / "summary/sweeps.parquet")
    assert list(frame.columns) == SWEPT
    assert frame["value"].tolist() == [0.15] * 3 + [1.0] * 3
    assert frame["best"].sum() == 1
    page = (results / "report/index.html").read_text()
    start = page.index("<h2>Ablations</h2>")
    shown = page[start : page.index("</details>", start)]
    assert ">Source claims</a>" in shown
    assert ">at compute</a>" in shown
    assert "<td>0.401</td><td>2.10×</td>" in shown
    assert "the source&#39;s ablation tables" in shown
    assert "No test query was read" in shown
    assert (results / "tables/ablations.csv").is_file()
    assert checkout.planned() == {}


@pytest.mark.slow
def test_at_the_systems_own_value_a_sweep_is_its_learning_rate_search(
    ablated: tuple[Checkout, dict[str, int]],
) -> None:
    checkout, _ = ablated
    frame = pd.read_parquet(checkout.results / "summary/sweeps.parquet")
    search = pd.read_parquet(checkout.results / "summary/search.parquet")
    search = search[search["system"] == "maw_grpo"]
    rates = [json.loads(text)["learning_rate"] for text in search["parameters"]]
    search = search.set_index(pd.Index(rates, name="learning_rate"))["dev"]
    ours = frame[frame["value"] == 1.0].set_index("learning_rate")["dev"]
    assert len(ours) == 3
    assert ours.to_dict() == search[ours.index].to_dict()


def test_the_shipped_ablations_name_every_factor_and_claim_nothing(disturbed: Checkout) -> None:
    configuration = yaml.safe_load(
        (disturbed.folder / "workflow/config/ablations.yaml").read_text()
    )
    output = disturbed.planned("--configfile", "workflow/config/ablations.yaml")
    trained = [name for name, entry in configuration["systems"].items() if entry.get("objective")]
    assert (output["trial"], output["make_run"]) == (len(trained), 5 * len(trained))
    # many settings are looked through, so none of them may carry a claim
    roles = {contrast["role"] for contrast in configuration["analysis"]["contrasts"]}
    assert roles == {"exploratory", "reference"}
    assert output["sweep"] == len(configuration["sweeps"]["strength"]["values"])
    settings = {
        s for factor in configuration["ablations"].values() for s in factor["settings"].values()
    }
    assert settings == set(trained)
    depths = [
        configuration["systems"][s]["attention"]["depths"]
        for s in settings - {"non_maw", "non_maw_last_2"}
    ]
    assert set(depths) == {2, 4, 8, 16}
    explored = [c for c in configuration["analysis"]["contrasts"] if c["role"] == "exploratory"]
    assert {c["system"] for c in explored} == settings - {"non_maw", "non_maw_last_2"}


def test_folds_are_priced_each_and_transferred_models_where_they_are_trained(
    tmp_path: Path,
) -> None:
    checkout = fresh(tmp_path / "checkout")
    small = {"loader": {"kind": "pydocs", "documents": 120, "packages": ["numpy"]}}
    suite = yaml.safe_load((checkout.folder / CONFIG).read_text()) | yaml.safe_load(EXTRA_KEYS)
    del suite["sweeps"]
    suite["datasets"] = {
        "all": {**small, "split": {"kind": "kfold", "folds": 2}},
        "one": small,
        "moved": {**small, "split": {"kind": "transfer", "source": "one"}},
    }
    (checkout.folder / "folds.yaml").write_text(yaml.safe_dump(suite))
    output = checkout.planned("--configfile", "folds.yaml")
    n_trained, n_systems = 3, 3
    assert output["price"] == output["select"] == n_trained * n_systems
    assert output["encode"] == n_trained + 1
    assert output["ablations"] == 1
