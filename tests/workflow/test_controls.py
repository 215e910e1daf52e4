"""Further seeds and twice the steps are added to the smoke suite: their trainings lie apart."""

from pathlib import Path

import pandas as pd
import pytest

from maw.jobs.files import read_json
from maw.verdicts.budget import RUNS
from maw.verdicts.study_controls import CONTROLS
from tests.workflow.checkout import Checkout

CONFIG = "workflow/config/smoke.yaml"
POSITIVE = "    positive: {system: non_maw, baseline: non_maw_zeroshot}\n"
EXTRA_CONTROLS = (
    "    negative: {system: non_maw, seeds: [142, 143, 144]}\n    budget: {factor: 2}\n"
)
TINY = "  tiny:\n"
OTHER_DATASETS = """  moved:
    loader: {kind: pydocs, documents: 100, packages: [scipy]}
    split: {kind: transfer, source: tiny}
  folds:
    loader: {kind: pydocs, documents: 100, packages: [scipy]}
    split: {kind: kfold, folds: 2}
  tiny:
    retrieve: corpus
"""


@pytest.fixture
def controlled(disturbed: Checkout) -> Checkout:
    disturbed.edit(CONFIG, "seeds: [42, 43]\n", "seeds: [42, 43, 44]\n")
    disturbed.edit(CONFIG, POSITIVE, POSITIVE + EXTRA_CONTROLS)
    return disturbed


def test_further_seeds_are_trained_and_the_budget_waits_for_the_verdicts(
    controlled: Checkout,
) -> None:
    planned = controlled.planned()
    assert planned["make_run"] == planned["make_control_run"] == 3
    assert planned["study_controls"] == planned["deciding"] == planned["budget"] == 1
    assert not planned.keys() & {"trial", "grid", "select", "train_control_run"}


def test_streamed_transferred_and_folded_datasets_have_their_controls(
    controlled: Checkout,
) -> None:
    controlled.edit(CONFIG, TINY, OTHER_DATASETS)
    planned = controlled.planned()
    # `tiny` is streamed; its models rank `moved`; each fold trains its own
    assert planned["train_control_run"] == 3
    assert planned["stream_control_runs"] == 1
    assert planned["rank_control_run"] == planned["evaluate_control_run"] == 6
    assert planned["make_control_run"] == 6


@pytest.mark.slow
def test_every_control_is_run_and_no_score_of_a_control_is_reported(controlled: Checkout) -> None:
    controlled.snakemake()
    results = controlled.results
    summary = results / "summary"
    table = pd.read_parquet(summary / "controls.parquet")
    assert list(table.columns) == CONTROLS
    assert table["kind"].tolist()[:4] == ["planted", "positive", "negative", "positive"]
    assert {"maw_supervised", "maw_grpo"} == set(table.loc[table["kind"] == "budget", "system"])
    planted = table.iloc[0]
    assert planted["estimate"] == pytest.approx(planted["target"], abs=1e-9)
    assert (planted["outcome"], planted["pushes"]) == ("found", "none")
    seeds = pd.read_parquet(summary / "scores.parquet")["seed"].unique().tolist()
    assert sorted(seeds) == [0, 42, 43, 44]
    assert not list(results.glob("controls/**/selection.json"))
    check_trainings(results)
    assert controlled.planned() == {}


def check_trainings(results: Path) -> None:
    """Check the table of trainings, and that the longer ones have their search's learning rate."""
    trainings = pd.read_parquet(results / "summary/budget.parquet")
    assert list(trainings.columns) == RUNS
    steps = trainings.groupby("factor")["steps"].unique()
    assert {factor: list(values) for factor, values in steps.items()} == {1: [4], 2: [8]}
    for factor, kind in ((1, "runs"), (2, "controls/budget")):
        of_factor = trainings[trainings["factor"] == factor].set_index(["system", "seed"])
        folder = results / kind / "tiny/non_maw"
        scores = pd.read_parquet(folder / "seed43/scores.parquet")
        mean = scores.loc[scores["measure"] == "nDCG@10", "value"].mean()
        assert of_factor.loc[("non_maw", 43), "primary"] == pytest.approx(mean)
        record = read_json(folder / "seed43/run.json")
        assert of_factor.loc[("non_maw", 43), "dev"] == record["curve"][-1]["dev"]
        chosen = read_json(results / "runs/tiny/non_maw/selection.json")["learning_rate"]
        assert record["learning_rate"] == chosen
