"""The searches of hyper-parameters of a finished suite: what was tried, chosen and used."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.job import Job
from maw.stages.shared.run_folders import RunFolders

SEARCHED = ["dataset", "system", "trial", "parameters", "dev", "chosen", "at_edge"]
SELECTED = ["dataset", "system", "parameters", "dev", "at_edge", "n_dev", "dev_se"]


def read_searches(job: Job, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the content of each selection.json, with its `dataset` and `system`.

    A system without a learning rate has no search and is left out. paths: the file of each trained
    system. InputError where two systems of a dataset tried
    different learning rates.
    """
    searches = []
    grids: dict[str, tuple[Path, list[float]]] = {}  # dataset -> first file, its grid
    for path in paths:
        selection = job.read_json(path)
        if selection["learning_rate"] is None:
            continue
        dataset, system = path.parts[-3:-1]
        first_path, first_grid = grids.setdefault(dataset, (path, selection["grid"]))
        if selection["grid"] != first_grid:
            raise InputError(
                f"{path}: searched learning rates {selection['grid']} but {first_path} searched "
                f"{first_grid}; every system needs equal trials, so run snakemake again with "
                "--forcerun select"
            )
        searches.append({**selection, "dataset": dataset, "system": system})
    return searches


def search_rows(searches: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row per dataset, system and trial, with the columns SEARCHED.

    trial: its number from 1, in the order of learning rates, then of the option's values.
    parameters: the learning rate and the option as JSON. dev: the development score, nan where
    nothing was searched. at_edge: one of the trial's hyper-parameters has the smallest or the
    largest value tried, of three or more. searches: as `read_searches` returns them.
    """
    rows = [
        {
            "dataset": search["dataset"],
            "system": search["system"],
            "trial": number,
            "parameters": parameters_of(trial),
            "dev": trial["dev"],
            "chosen": parameters_of(trial) == parameters_of(search),
            "at_edge": trial["at_edge"],
        }
        for search in searches
        for number, trial in enumerate(search["trials"], 1)
    ]
    return _table(rows, SEARCHED, {"trial": "int64", "chosen": "bool"})


def selection_rows(searches: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return one row per dataset and system, what its search chose, with the columns SELECTED.

    n_dev: number of development queries that scored it, 0 where nothing was searched. dev_se:
    standard error, over these queries, of the difference between the system's best and second-best
    trial; nan if it has none. searches: as `read_searches` returns them.
    """
    rows = [{**search, "parameters": parameters_of(search)} for search in searches]
    return _table(rows, SELECTED, {"n_dev": "int64", "dev_se": "float64"})


def _table(
    rows: Sequence[dict[str, Any]], columns: list[str], types: dict[str, str]
) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"dev": "float64", "at_edge": "bool", **types})


def parameters_of(entry: Mapping[str, Any]) -> str:
    """Return the searched hyper-parameters as JSON with sorted keys.

    entry: has `learning_rate`, and `options`, path -> value, as a trial or a trained run's run.json
    has them. The result is `{"attention.noise": 0.5, "learning_rate": 0.001}`, for example.
    """
    parameters = {**entry["options"], "learning_rate": entry["learning_rate"]}
    return json.dumps(parameters, sort_keys=True)


def refuse_other_parameters(
    all_runs: Sequence[RunFolders], records: Sequence[Mapping[str, Any]], selection: pd.DataFrame
) -> None:
    """Raise InputError for a run trained with other hyper-parameters than its search chose.

    A stamp does not show such a change: what is chosen depends on the grid, which other systems can
    widen and which is not part of the stamp. records: the content of each run's run.json.
    selection: the table that `selection_rows` returns.
    """
    rows = selection[["dataset", "system", "parameters"]].itertuples(index=False, name=None)
    chosen = {(dataset, system): parameters for dataset, system, parameters in rows}
    for one_run, record in zip(all_runs, records, strict=True):
        entry = one_run.entry
        expected = chosen.get((entry.get("trained_on", entry["dataset"]), entry["system"]))
        if expected is not None and parameters_of(record) != expected:
            raise InputError(
                f"{one_run.record_path}: trained with {parameters_of(record)}, but {expected} was "
                f"chosen; delete {one_run.model_folder} and run snakemake again"
            )


def selection_files(
    all_runs: Sequence[RunFolders], records: Sequence[Mapping[str, Any]]
) -> list[Path]:
    """Return the path of each trained system's selection.json on each dataset, without repeats."""
    paths = (
        one_run.model_folder.parent / "selection.json"
        for one_run, record in zip(all_runs, records, strict=True)
        if record["trained"]
    )
    return list(dict.fromkeys(paths))
