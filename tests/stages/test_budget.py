"""The control of the budget from its files: the table of trainings, and the completed controls."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.settings.plan import Analysis
from maw.stages.budget import budget
from maw.stages.deciding import deciding
from maw.verdicts.budget import RUNS
from maw.verdicts.study_controls import CONTROLS, control_row, frame_of

Write = Callable[..., Path]
Call = Callable[..., None]
SEEDS = (42, 43, 44)
KEY = {"dataset": "toy", "measure": "nDCG@10"}
CLAIMS = pd.DataFrame(
    {"dataset": "toy", "system": "maw", "claim": ["better", "routing helps"]}
).assign(decided_by=["plain", None], level=0.025)


def scores_of(system: str, seed: int, lead: float) -> pd.DataFrame:
    """Return the scores of a run on 12 queries: about `lead`, by the seed and the query."""
    value = [0.3 + 0.02 * q + lead + 0.001 * ((seed * (q + 1)) % 7) for q in range(12)]
    ids = [f"q{q:02}" for q in range(12)]
    return pd.DataFrame({"query_id": ids, "measure": "nDCG@10", "value": value})


@pytest.fixture
def suite(tmp_path: Path, write: Write) -> Path:
    """Return the results of a suite whose systems were also trained for twice the steps."""
    reported = []
    for place, steps, lead in (("runs", 10, 0.0), ("controls/budget", 20, 0.1)):
        for system in ("plain", "maw"):
            for seed in SEEDS:
                folder = tmp_path / place / "toy" / system / f"seed{seed}"
                curve = [{"step": 1, "loss": 2.0}, {"step": steps, "dev": 0.4 + lead}]
                record = {"trained": True, "steps": steps, "curve": curve}
                record |= {"learning_rate": 1e-3, "options": {"attention.noise": 0.5}}
                write(folder / "run.json", record, f"run {system} {seed}")
                scores = scores_of(system, seed, lead * (system == "maw"))
                write(folder / "scores.parquet", scores, f"scores {system} {seed}")
                if place == "runs":
                    reported.append(scores.assign(dataset="toy", system=system, seed=seed))
    summary = tmp_path / "summary"
    write(summary / "scores.parquet", pd.concat(reported, ignore_index=True))
    parameters = '{"attention.noise": 0.5, "learning_rate": 0.001}'
    chosen = {"dataset": "toy", "parameters": parameters}
    write(summary / "selection.parquet", pd.DataFrame({"system": ["plain", "maw"], **chosen}))
    write(summary / "claims.parquet", CLAIMS)
    first = control_row("toy", "planted loss", "planted", pair=("plain", "plain"), target=-0.02)
    write(summary / "first.parquet", frame_of([first]))
    ids = [f"q{q:02}" for q in range(12)]
    queries = pd.DataFrame({"query_id": ids, "cluster": ids})
    write(tmp_path / "data/toy/queries.parquet", queries)
    return tmp_path


def run_stage(results: Path, call: Call) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the stage; return the table of controls and the table of trainings."""
    plan = {
        "sesoi": 0.02,
        "contrasts": [{"system": "maw", "baseline": "plain"}],
        "controls": {"budget": {"factor": 2}},
    }
    spec = {
        "analysis": Analysis.model_validate(plan).model_dump(mode="json"),
        "trained": {"plain": True, "maw": True, "other": True},
        "n_seeds": len(SEEDS),
        "runs": [
            {
                **{"dataset": "toy", "system": system, "seed": seed},
                "stamps": {"run": f"run {system} {seed}", "evaluate": f"scores {system} {seed}"},
            }
            for system in ("plain", "maw", "other")
            for seed in SEEDS
        ],
    }
    summary = results / "summary"
    call(
        budget,
        spec,
        runs=results / "runs",
        longer=results / "controls/budget",
        first=summary / "first.parquet",
        claims=summary / "claims.parquet",
        scores=summary / "scores.parquet",
        selection=summary / "selection.parquet",
        queries=[results / "data/toy/queries.parquet"],
        controls=summary / "controls.parquet",
        budget=summary / "budget.parquet",
        budget_csv=results / "tables/budget.csv",
    )
    controls, trainings = (summary / f"{name}.parquet" for name in ("controls", "budget"))
    return pd.read_parquet(controls), pd.read_parquet(trainings)


def test_the_table_has_each_training_at_both_budgets(suite: Path, call: Call) -> None:
    _, trainings = run_stage(suite, call)
    assert list(trainings.columns) == RUNS
    assert len(trainings) == 2 * 2 * len(SEEDS)
    steps = trainings.groupby("factor")["steps"].unique()
    assert {factor: list(values) for factor, values in steps.items()} == {1: [10], 2: [20]}
    assert trainings.groupby("factor")["dev"].mean().to_dict() == pytest.approx({1: 0.4, 2: 0.5})
    of_maw = trainings[trainings["system"] == "maw"].groupby("factor")["primary"].mean()
    assert of_maw[2] - of_maw[1] == pytest.approx(0.1)
    assert (suite / "tables/budget.csv").read_text().startswith(",".join(RUNS))


def test_the_row_of_the_decided_claim_follows_the_other_controls(suite: Path, call: Call) -> None:
    controls, _ = run_stage(suite, call)
    assert list(controls.columns) == CONTROLS
    assert controls["kind"].tolist() == ["planted", "budget"]
    row = controls.iloc[1]
    assert (row["system"], row["baseline"]) == ("maw", "plain")
    assert row["estimate"] == pytest.approx(0.1)


def test_claims_that_no_control_decided_leave_the_controls_as_they_were(
    suite: Path, call: Call, write: Write
) -> None:
    write(
        suite / "summary/claims.parquet",
        CLAIMS.assign(decided_by=None).astype({"decided_by": "str"}),
    )
    controls, trainings = run_stage(suite, call)
    assert controls["kind"].tolist() == ["planted"]
    assert trainings.empty
    assert list(trainings.columns) == RUNS


def test_a_foreign_file_is_refused(
    suite: Path, call: Call, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = suite / "controls/budget/toy/maw/seed43/run.json"
    write(path, {"trained": True}, "foreign")
    with pytest.raises(SystemExit):
        run_stage(suite, call)
    assert f"{path}: made by other code or another specification" in capsys.readouterr().err


def test_each_pair_that_decided_a_claim_is_named_once(suite: Path, call: Call) -> None:
    output = suite / "summary/deciding.json"
    call(deciding, {}, claims=suite / "summary/claims.parquet", deciding=output)
    content: dict[str, Any] = json.loads(output.read_text())
    assert content["pairs"] == [{"dataset": "toy", "system": "maw", "decided_by": "plain"}]
