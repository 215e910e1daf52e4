"""One process trains, ranks and scores; what is there and right is kept."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maw.jobs.files import read_stamp
from maw.stages.evaluate import evaluate
from maw.stages.make_run import make_run
from maw.stages.rank import rank
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import train

Call = Callable[..., None]
Write = Callable[..., Path]
CHOSEN: dict[str, Any] = {"learning_rate": 3e-4, "options": {}, "searched": True}
OTHERS: dict[str, dict[str, Any]] = {
    "learning rate": {"learning_rate": 1e-3},
    "options": {"options": {"training.temperature": 0.1}},
}
COSTS = {"cost", "training_cost"}  # files of seconds


def outputs_in(folder: Path) -> dict[str, Path]:
    """Return option -> path of all files of a run."""
    names = {
        "run": "run.json",
        "model": "model.safetensors",
        "training_cost": "training/cost.json",
        "versions": "versions.json",
        "ranking": "ranking.parquet",
        "cost": "cost.json",
        "depths": "depths.parquet",
        "by_depth": "rankings_by_depth.parquet",
        "scores": "scores.parquet",
    }
    return {option: folder / name for option, name in names.items()}


@pytest.fixture
def spec(training_spec: dict[str, Any]) -> dict[str, Any]:
    stages = ("train", "rank", "evaluate")
    # the code hash that `call` gives to every stage
    return {"stages": {stage: {"spec": training_spec, "code": "c0"} for stage in stages}}


@pytest.fixture
def made(
    tmp_path: Path,
    call: Call,
    write: Write,
    training_files: TrainingFiles,
    spec: dict[str, Any],
) -> Callable[..., dict[str, Path]]:
    """Return a function that makes a run and returns option -> path of its files."""
    selection = write(tmp_path / "selection.json", CHOSEN)

    def run() -> dict[str, Path]:
        outputs = outputs_in(tmp_path / "non_maw/seed42")
        call(make_run, spec, **vars(training_files), selection=selection, **outputs)
        return outputs

    return run


def contents(outputs: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in outputs.items()}


def test_all_files_are_those_that_the_three_stages_make_as_jobs_of_their_own(
    tmp_path: Path,
    call: Call,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
    made: Callable[..., dict[str, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    together, apart = contents(made()), outputs_in(tmp_path / "apart")
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *["non_maw seed 42"] * 3,  # a point of the curve, the training, the ranking
        "maw make_run",
    ]
    told = r"maw make_run: non_maw seed 42: dev \d\.\d{4} at [\d.e-]+; \d+ queries scored \("
    assert re.match(told, lines[-1]), lines[-1]  # no test score before the verdict
    paths = {name: apart[name] for name in ("run", "model", "training_cost", "versions")}
    selection = tmp_path / "selection.json"
    call(train, training_spec, **vars(training_files), selection=selection, **paths)
    texts = {name: getattr(training_files, name) for name in ("documents", "queries", "split")}
    paths = {
        name: apart[name] for name in ("run", "model", "ranking", "cost", "depths", "by_depth")
    }
    call(rank, training_spec, **texts, trunk=training_files.trunk, **paths)
    paths = {"ranking": apart["ranking"], "scores": apart["scores"]}
    judged = {"qrels": training_files.qrels, "split": training_files.split}
    call(evaluate, training_spec, **judged, **paths)
    alone = contents(apart)
    assert {n: together[n] for n in together.keys() - COSTS} == {
        n: alone[n] for n in alone.keys() - COSTS
    }
    stamps = {read_stamp(path)["stage"] for path in apart.values()}
    assert stamps == {"train", "rank", "evaluate"}


@pytest.mark.parametrize(
    ("lost", "kept"),
    [
        ("ranking", "run.json, model.safetensors, cost.json, versions.json kept"),
        ("scores", "ranking.parquet, cost.json, depths.parquet, rankings_by_depth.parquet kept"),
    ],
)
def test_a_lost_file_is_made_again_without_what_comes_before_it(
    lost: str,
    kept: str,
    made: Callable[..., dict[str, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = contents(made())
    outputs = made()
    assert "scores.parquet kept" in capsys.readouterr().out.splitlines()[-1]
    assert contents(outputs) == before  # seconds too: nothing ran
    outputs[lost].unlink()
    made()
    assert kept in capsys.readouterr().out
    after = contents(outputs)
    assert {n for n in before if before[n] != after[n]} <= {"cost"}
    assert not list(outputs["run"].parent.rglob(".*"))  # no lock is left


@pytest.mark.parametrize("change", ["code", *OTHERS, "measures"])
def test_what_is_out_of_date_is_made_again(
    change: str,
    tmp_path: Path,
    write: Write,
    spec: dict[str, Any],
    made: Callable[..., dict[str, Path]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = contents(made())
    if change == "code":
        spec["stages"]["rank"]["code"] = "c1"
    elif change in OTHERS:  # the stamp of selection.json stays the same
        write(tmp_path / "selection.json", CHOSEN | OTHERS[change])
    else:
        of_evaluate = spec["stages"]["evaluate"]
        of_evaluate["spec"] = {**of_evaluate["spec"], "measures": ["nDCG@10", "AP"]}
    capsys.readouterr()
    outputs = made()
    output = capsys.readouterr().out
    changed = {name for name, content in contents(outputs).items() if content != before[name]}
    if change in OTHERS:
        assert json.loads(outputs["run"].read_text()).items() >= OTHERS[change].items()
        assert {"run", "model", "ranking"} <= changed
        assert "kept" not in output
    else:
        assert "run.json, model.safetensors, cost.json, versions.json kept" in output
        assert "scores" in changed
        assert ("ranking" in changed) == (change == "code")
