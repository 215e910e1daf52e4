"""Cells are added to the smoke suite: only their jobs run; equal training, equal scores."""

import json
from pathlib import Path

import pandas as pd
import pytest

from maw.jobs.files import json_bytes, read_json, read_stamp
from maw.jobs.job import run
from maw.jobs.pending import PendingFile
from maw.stages.cell import cell
from maw.verdicts.rate_sensitivity import COLUMNS
from tests.workflow.checkout import Checkout

CONFIG = "workflow/config/smoke.yaml"
EXTRA_KEYS = "seeds: [42, 43]\n\ncells: {seeds: [42, 43], systems: [maw_grpo], baseline: non_maw}\n"
TRAINING = (
    *("documents", "queries", "qrels", "split"),
    *("training", "negatives", "forbidden", "development"),
)


@pytest.fixture
def with_cells(disturbed: Checkout) -> Checkout:
    disturbed.edit(CONFIG, "seeds: [42, 43]\n", EXTRA_KEYS)
    return disturbed


@pytest.mark.slow
def test_cells_are_made_compared_and_shown_and_no_other_run_is_touched(
    with_cells: Checkout,
) -> None:
    assert with_cells.ran() == {
        "all": 1, "cell": 12, "cells": 1, "figures": 1, "report": 1, "index": 1, "total": 17
    }  # fmt: skip
    results = with_cells.results
    table = pd.read_parquet(results / "summary/cells.parquet")
    assert list(table.columns) == COLUMNS
    assert table["learning_rate"].tolist() == [1e-4, 3e-4, 1e-3]
    assert (table["n_seeds"] == 2).all()
    assert set(table["word"]) == {"not controlled"}
    page = (results / "report/index.html").read_text()
    assert "<h2>The verdict at every learning rate</h2>" in page
    assert (results / "tables/cells.csv").stat().st_size > 0
    assert not list(results.glob("runs/**/learning_rate*/**/*.safetensors"))
    home = results / "runs/tiny/maw_grpo"
    rate = read_json(home / "selection.json")["learning_rate"]
    main = pd.read_parquet(home / "seed42/scores.parquet")
    for path in home.glob("learning_rate*/seed42/scores.parquet"):
        same = pd.read_parquet(path).drop(columns="options").equals(main)
        assert same or path.parent.parent.name != f"learning_rate{rate!r}"
    assert with_cells.planned() == {}


def test_a_cell_that_is_trained_at_the_selected_rate_is_the_main_run_to_the_last_bit(
    disturbed: Checkout, tmp_path: Path
) -> None:
    results = disturbed.results
    data, home = results / "data/tiny", results / "runs/tiny/maw_grpo"
    main = read_stamp(home / "seed42/run.json")["spec"]
    rate = read_json(home / "selection.json")["learning_rate"]
    scored = read_stamp(home / "seed42/scores.parquet")["spec"]
    spec = {**main, "learning_rate": rate, "measures": scored["measures"]}
    other = tmp_path / "selection.json"
    chosen = {"learning_rate": 2 * rate, "options": {}}
    PendingFile(other).write(json_bytes(chosen, {"digest": "another"}))
    files = {name: data / f"{name}.parquet" for name in TRAINING}
    files |= {"trunk": data / "trunk.safetensors", "selection": other}
    files |= {"main": home / "seed42/scores.parquet", "scores": tmp_path / "scores.parquet"}
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    run(cell, ["--spec", json.dumps(spec), "--code", "c0", *options])
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "scores.parquet").drop(columns="options"),
        pd.read_parquet(home / "seed42/scores.parquet"),
        check_exact=True,
    )
