"""A cell is a main run at another learning rate: trained, ranked and scored by the same stages."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.jobs.files import read_stamp
from maw.stages.cell import cell
from maw.stages.evaluate import evaluate
from maw.stages.rank import rank
from maw.stages.shared.training_files import TrainingFiles
from maw.stages.train import train

Call = Callable[..., None]
Write = Callable[..., Path]
LEARNING_RATE = 3e-4
CHOSEN: dict[str, Any] = {"learning_rate": LEARNING_RATE, "options": {}, "searched": True}


@pytest.fixture
def main_scores(
    tmp_path: Path,
    call: Call,
    write: Write,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
) -> Path:
    """Return the scores of a main run, made by the stages train, rank and evaluate."""
    folder, files = tmp_path / "non_maw/seed42", training_files
    selection = write(tmp_path / "main.json", CHOSEN)
    run, model = folder / "run.json", folder / "model.safetensors"
    facts = {"training_cost": folder / "training/cost.json", "versions": folder / "versions.json"}
    call(train, training_spec, **vars(files), selection=selection, run=run, model=model, **facts)
    ranking = folder / "ranking.parquet"
    texts = {"documents": files.documents, "queries": files.queries, "split": files.split}
    outputs = {
        "cost": folder / "cost.json",
        "depths": folder / "depths.parquet",
        "by_depth": folder / "rankings_by_depth.parquet",
    }
    call(
        rank,
        training_spec,
        **texts,
        run=run,
        trunk=files.trunk,
        model=model,
        ranking=ranking,
        **outputs,
    )
    scores = folder / "scores.parquet"
    call(
        evaluate,
        training_spec,
        ranking=ranking,
        qrels=files.qrels,
        split=files.split,
        scores=scores,
    )
    return scores


def test_a_cell_at_the_main_runs_learning_rate_is_the_main_run_to_the_last_bit(
    tmp_path: Path,
    call: Call,
    write: Write,
    main_scores: Path,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    # another learning rate is selected, so that the cell trains
    selection = write(tmp_path / "selection.json", CHOSEN | {"learning_rate": 1e-3})
    scores = tmp_path / "cell.parquet"
    spec = {**training_spec, "learning_rate": LEARNING_RATE}
    call(
        cell,
        spec,
        **vars(training_files),
        selection=selection,
        main=main_scores,
        scores=scores,
    )
    expected = pd.read_parquet(main_scores).assign(options="{}")
    pd.testing.assert_frame_equal(pd.read_parquet(scores), expected, check_exact=True)
    output = capsys.readouterr().out
    last = output.splitlines()[-1]  # it has no test score
    assert re.match(r"maw cell: non_maw seed 42: dev \d\.\d+ at 0\.0003; 1 queries scored", last)
    # the stamp names the data, and not the main run, which the cell did not read
    reads = read_stamp(scores)["reads"]
    assert {"qrels", "split", "training"} <= set(reads)
    assert read_stamp(main_scores)["digest"] not in reads


def test_at_the_selected_learning_rate_the_main_runs_scores_are_taken(
    tmp_path: Path,
    call: Call,
    write: Write,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    selection = write(tmp_path / "selection.json", CHOSEN)
    frame = pd.DataFrame({"query_id": ["q.fft"], "measure": ["RR@10"], "value": [0.25]})
    main, scores = write(tmp_path / "main.parquet", frame), tmp_path / "cell.parquet"
    spec = {**training_spec, "learning_rate": LEARNING_RATE}
    call(cell, spec, **vars(training_files), selection=selection, main=main, scores=scores)
    pd.testing.assert_frame_equal(pd.read_parquet(scores), frame.assign(options="{}"))
    assert "the selected learning rate, scores of the main run" in capsys.readouterr().out


def test_a_cell_at_another_learning_rate_has_the_selected_options(
    tmp_path: Path,
    call: Call,
    write: Write,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
) -> None:
    temperature = {"training.temperature": 5.0}
    chosen = {"learning_rate": 1e-3, "options": temperature, "searched": True}
    selection = write(tmp_path / "selection.json", chosen)
    plain, main = write(tmp_path / "plain.json", {**chosen, "options": {}}), tmp_path / "main"
    configured = {**training_spec["training"], "temperature": 5.0}
    made = {}
    for name, training, file in (
        ("searched", training_spec["training"], selection),
        ("configured", configured, plain),
    ):
        path = tmp_path / f"{name}.parquet"
        spec = {**training_spec, "training": training, "learning_rate": LEARNING_RATE}
        call(cell, spec, **vars(training_files), selection=file, main=main, scores=path)
        made[name] = pd.read_parquet(path)
    assert set(made["searched"]["options"]) == {'{"training.temperature": 5.0}'}
    same = [frame.drop(columns="options") for frame in made.values()]
    pd.testing.assert_frame_equal(*same, check_exact=True)
