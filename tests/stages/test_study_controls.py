"""The controls of a study from its files: planted losses, further seeds, and what is refused."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.settings.plan import Analysis
from maw.stages.study_controls import study_controls
from maw.verdicts.study_controls import CONTROLS

Write = Callable[..., Path]
Call = Callable[..., None]
Finish = Callable[..., Path]
SEEDS, FURTHER = (42, 43, 44), (142, 143, 144)
SYSTEMS = {"bm25": [0], "plain": SEEDS, "maw": SEEDS}
PLAN: dict[str, Any] = {
    "sesoi": 0.05,
    "contrasts": [{"system": "maw", "baseline": "plain"}],
    "controls": {
        "positive": {"system": "maw", "baseline": "bm25"},
        "negative": {"system": "plain", "seeds": list(FURTHER)},
    },
}


class FinishedRuns:
    """A suite of three systems, with its runs; `further` trainings of `plain` can be added."""

    def __init__(self, results: Path, write: Write, call: Call) -> None:
        self.results, self.write, self.call = results, write, call
        self.rate = 3e-4
        parameters = [f'{{"learning_rate": {self.rate}}}']
        chosen = {"dataset": "toy", "system": "plain", "parameters": parameters}
        write(results / "summary/selection.parquet", pd.DataFrame(chosen))

    def trained(self) -> dict[str, Any]:
        """Return the part of run.json that says what a further training was made with."""
        return {"trained": True, "learning_rate": self.rate, "options": {}}

    def add_further(self) -> None:
        """Copy the reported runs of `plain` to the folder of the negative control."""
        for seed, source in zip(FURTHER, SEEDS, strict=True):
            old = self.results / f"runs/toy/plain/seed{source}"
            new = self.results / f"controls/negative/toy/plain/seed{seed}"
            for name in ("ranking", "scores"):
                frame = pd.read_parquet(old / f"{name}.parquet")
                self.write(new / f"{name}.parquet", frame, f"{name} {seed}")
            record = {**self.trained(), "draws": [f"drawn {seed}"]}
            self.write(new / "run.json", record, f"run {seed}")
            record = {"trained": True, "draws": [f"drawn {source}"]}
            self.write(old / "run.json", record, f"run {source}")

    def table(self, plan: dict[str, Any] = PLAN, *, further: bool = True) -> pd.DataFrame:
        """Run the stage; return its table."""
        plain, maw = (
            [
                {**self.entry(system, seed), "stamps": {"rank": f"toy {system} {seed}"}}
                for seed in SEEDS
            ]
            for system in ("plain", "maw")
        )
        again = [self.further(seed) for seed in FURTHER] if further else []
        spec = {
            "analysis": Analysis.model_validate(plan).model_dump(mode="json"),
            "trained": {"bm25": False, "plain": True, "maw": True},
            "n_seeds": len(SEEDS),
            "planted": plain,
            "judged": [{**run, "relevant_from": 1} for run in (*plain, *maw)],
            "negative": again,
            "repeated": [self.entry("plain", seed) for seed in SEEDS] if further else [],
        }
        summary = self.results / "summary"
        self.call(
            study_controls,
            spec,
            runs=self.results / "runs",
            further=self.results / "controls/negative",
            data=self.results / "data",
            scores=summary / "scores.parquet",
            judged=summary / "judged.parquet",
            selection=summary / "selection.parquet",
            queries=[self.results / "data/toy/queries.parquet"],
            controls=summary / "controls.parquet",
        )
        controls = pd.read_parquet(summary / "controls.parquet")
        self.judged = controls[controls["kind"] == "judged"]
        return controls[controls["kind"] != "judged"]

    @staticmethod
    def entry(system: str, seed: int) -> dict[str, Any]:
        return {"dataset": "toy", "system": system, "seed": seed}

    def further(self, seed: int) -> dict[str, Any]:
        stamps = {"run": f"run {seed}", "rank": f"ranking {seed}", "evaluate": f"scores {seed}"}
        return {**self.entry("plain", seed), "stamps": stamps}


@pytest.fixture
def suite(finish: Finish, write: Write, call: Call) -> FinishedRuns:
    contrasts: Sequence[dict[str, str]] = PLAN["contrasts"]
    return FinishedRuns(finish({"contrasts": contrasts}, seeds=SYSTEMS), write, call)


def test_every_control_has_a_row_and_the_planted_loss_is_the_measured_one(
    suite: FinishedRuns,
) -> None:
    suite.add_further()
    table = suite.table()
    assert list(table.columns) == CONTROLS
    assert table["kind"].tolist() == ["planted", "positive", "negative", "positive"]
    planted = table.iloc[0]
    assert planted["estimate"] == pytest.approx(planted["target"], abs=1e-9)
    assert planted["target"] == pytest.approx(-0.05, abs=0.01)
    # the further runs are copies of the reported ones, so the noise floor is 0
    assert table.iloc[2]["estimate"] == pytest.approx(0, abs=1e-12)
    assert table.iloc[3]["estimate"] == pytest.approx(table.iloc[3]["target"], abs=1e-9)


def test_judgements_have_their_rows(suite: FinishedRuns) -> None:
    suite.table(further=False)
    rows = suite.judged.set_index(["control", "system"])
    shares = rows.loc["Judged@10"]
    assert set(shares.index) == {"bm25", "plain", "maw"}
    assert (shares["estimate"] < 0.6).all()  # one to four of 30 documents are judged
    assert {"nDCG@10 (condensed)", "Bpref"} <= set(rows.index.get_level_values(0))
    bounds = rows.loc[("bounds under unjudged documents", "maw")]
    scores = pd.read_parquet(suite.results / "summary/scores.parquet")
    means = scores[scores["measure"] == "nDCG@10"].groupby("system")["value"].mean()
    assert bounds["estimate"] == pytest.approx(means["maw"] - means["plain"])
    assert bounds["low"] < bounds["estimate"] < bounds["high"]


def test_a_foreign_ranking_of_a_judged_run_is_refused(
    suite: FinishedRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    path = suite.results / "runs/toy/maw/seed43/ranking.parquet"
    suite.write(path, pd.read_parquet(path), "foreign")
    with pytest.raises(SystemExit):
        suite.table(further=False)
    assert f"{path}: made by other code or another specification" in capsys.readouterr().err


def test_a_primary_measure_in_which_no_loss_is_planted_is_said_so(suite: FinishedRuns) -> None:
    suite.add_further()
    table = suite.table({**PLAN, "primary": "AP"})
    assert table["kind"].tolist() == ["planted", "positive", "negative"]
    assert table["outcome"].iloc[0].startswith("not possible: a loss is planted in nDCG@k")


def test_a_plan_may_have_no_further_seeds(suite: FinishedRuns) -> None:
    controls = {"positive": PLAN["controls"]["positive"]}
    table = suite.table({**PLAN, "controls": controls}, further=False)
    assert table["kind"].tolist() == ["planted", "positive"]


@pytest.mark.parametrize("name", ["run.json", "scores.parquet", "ranking.parquet"])
def test_a_foreign_file_of_a_control_is_refused(
    suite: FinishedRuns, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    suite.add_further()
    path = suite.results / f"controls/negative/toy/plain/seed143/{name}"
    content = pd.read_parquet(path) if path.suffix == ".parquet" else {"trained": True}
    suite.write(path, content, "foreign")
    with pytest.raises(SystemExit):
        suite.table()
    message = f"{path}: made by other code or another specification (stamp foreign"
    assert message in capsys.readouterr().err


def test_a_further_seed_that_drew_what_a_reported_one_drew_is_refused(
    suite: FinishedRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.add_further()
    path = suite.results / "controls/negative/toy/plain/seed144/run.json"
    record = {**suite.trained(), "draws": ["drawn 42"]}
    suite.write(path, record, "run 144")
    with pytest.raises(SystemExit):
        suite.table()
    assert "seeds 42 and 144 drew the same batches in 1 of 1 steps" in capsys.readouterr().err


def test_further_trainings_at_another_learning_rate_are_refused(
    suite: FinishedRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    suite.rate = 1e-3
    suite.add_further()
    with pytest.raises(SystemExit):
        suite.table()
    message = 'trained with {"learning_rate": 0.001}, but {"learning_rate": 0.0003} was chosen'
    assert message in capsys.readouterr().err
