"""All cells in one table; a cell at the selected learning rate is the main run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.stages.cells import cells
from tests.scored import plan_of

Write = Callable[..., Path]
Call = Callable[..., None]
QUERIES = [f"q{q}" for q in range(12)]
RATES = ("0.0001", "0.001")  # the second is selected for `old`, the first for `new`
OPTIONS = {"attention.noise": 0.5}
SELECTED = {"old": "0.001", "new": "0.0001"}


def write_run(runs: Path, write: Write, *, system: str, seed: int) -> list[dict[str, Any]]:
    """Write the main run and the cell of a system and seed; return the entries of both cells."""
    folder, main = runs / "toy" / system, f"main of {system} {seed}"
    lift = {"old": 0.2, "new": 0.5}[system]
    values = np.random.default_rng(seed).uniform(0, 0.4, len(QUERIES)) + lift
    frame = pd.DataFrame({"query_id": QUERIES, "measure": "nDCG@10", "value": values})
    write(
        folder / f"seed{seed}/run.json",
        {"learning_rate": float(SELECTED[system]), "options": OPTIONS},
    )
    write(folder / f"seed{seed}/scores.parquet", frame, main)
    entries = []
    for rate in RATES:
        cell = f"cell of {system} {seed}"
        if rate != SELECTED[system]:
            path = folder / f"learning_rate{rate}/seed{seed}/scores.parquet"
            write(path, frame.assign(value=values / 2, options=json.dumps(OPTIONS)), cell)
        stamps = {"main": main, "cell": cell}
        key = {"dataset": "toy", "system": system, "seed": seed, "learning_rate": rate}
        entries.append({**key, "stamps": stamps})
    return entries


@pytest.fixture
def spec(tmp_path: Path, write: Write) -> dict[str, Any]:
    """Return the specification of two systems with four seeds at two learning rates."""
    entries = [
        entry
        for system in ("old", "new")
        for seed in (42, 43, 44, 45)
        for entry in write_run(tmp_path / "runs", write, system=system, seed=seed)
    ]
    clusters = pd.DataFrame({"query_id": QUERIES, "cluster": QUERIES})
    write(tmp_path / "toy/queries.parquet", clusters)
    return {
        "cells": entries,
        "systems": ["new"],
        "baseline": "old",
        "analysis": plan_of(("new", "old")).model_dump(mode="json"),
    }


def outputs_of(folder: Path, spec: dict[str, Any], call: Call) -> pd.DataFrame:
    call(
        cells,
        spec,
        runs=folder / "runs",
        queries=[folder / "toy/queries.parquet"],
        cells=folder / "cells.parquet",
        cells_csv=folder / "cells.csv",
    )
    return pd.read_parquet(folder / "cells.parquet")


def test_every_learning_rate_has_a_row_and_selected_cells_are_main_runs(
    tmp_path: Path, spec: dict[str, Any], call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    table = outputs_of(tmp_path, spec, call)
    assert table["learning_rate"].tolist() == [1e-4, 1e-3]
    # at 1e-4 the main run of `new` meets the cell of `old`, at 1e-3 the other way round
    seeds = (42, 43, 44, 45)
    noise = np.mean([np.random.default_rng(s).uniform(0, 0.4, len(QUERIES)) for s in seeds])
    expected = [(0.5 + noise) - (0.2 + noise) / 2, (0.5 + noise) / 2 - (0.2 + noise)]
    assert table["difference"].tolist() == pytest.approx(expected)
    assert len(pd.read_csv(tmp_path / "cells.csv")) == 2
    assert "maw cells: 2 comparisons at 2 learning rates (" in capsys.readouterr().out


def test_a_foreign_cell_is_refused_by_name(
    tmp_path: Path, spec: dict[str, Any], call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    spec["cells"][0]["stamps"]["cell"] = "another"
    with pytest.raises(SystemExit):
        outputs_of(tmp_path, spec, call)
    assert "seed42/scores.parquet: made by other code" in capsys.readouterr().err


def test_a_cell_with_other_options_than_were_chosen_is_refused_by_name(
    tmp_path: Path,
    write: Write,
    spec: dict[str, Any],
    call: Call,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "runs/toy/old/learning_rate0.0001/seed42/scores.parquet"
    write(path, pd.read_parquet(path).assign(options='{"attention.noise": 0.1}'), "cell of old 42")
    with pytest.raises(SystemExit):
        outputs_of(tmp_path, spec, call)
    assert (
        f'{path}: trained with the options {{"attention.noise": 0.1}}, but {json.dumps(OPTIONS)} '
        "were chosen; delete it and run snakemake again"
    ) in capsys.readouterr().err
