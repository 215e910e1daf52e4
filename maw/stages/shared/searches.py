"""The learning-rate searches of a finished suite: what was tried, chosen and used."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.job import Job
from maw.stages.shared.run_folders import RunFolders

SEARCH_COLUMNS = [
    "dataset",
    "system",
    "learning_rate",
    "value",
    "chosen",
    "on_edge",
    "n_dev",
    "dev_se",
]


def search_rows(job: Job, paths: list[Path]) -> pd.DataFrame:
    """Return one row per dataset, system and learning rate that was tried.

    paths: the selection.json of each trained system. Columns: SEARCH_COLUMNS; `value` is the
    development score, `on_edge` says whether the chosen one is the smallest or the largest tried.
    n_dev: number of development queries that scored it. dev_se: standard error, over these queries,
    of the difference between the system's best and second-best learning rate; nan if it has none.
    InputError where two systems of a dataset were searched on different grids.
    """
    rows = []
    grids: dict[str, tuple[Path, list[float]]] = {}  # dataset -> first file, its grid
    for path in paths:
        selection = job.read_json(path)
        dataset, system = path.parts[-3:-1]
        first_path, first_grid = grids.setdefault(dataset, (path, selection["grid"]))
        if selection["grid"] != first_grid:
            raise InputError(
                f"{path}: searched learning rates {selection['grid']} but {first_path} searched "
                f"{first_grid}; every system needs equal trials, so run snakemake again with "
                "--forcerun select"
            )
        rows += [
            {
                "dataset": dataset,
                "system": system,
                "learning_rate": trial["learning_rate"],
                "value": trial["value"],
                "chosen": trial["learning_rate"] == selection["learning_rate"],
                "on_edge": selection["on_edge"],
                "n_dev": selection["n_dev"],
                "dev_se": selection["dev_se"],
            }
            for trial in selection["trials"]
        ]
    return pd.DataFrame(rows, columns=SEARCH_COLUMNS).astype({"dev_se": "float64"})


def refuse_other_learning_rates(
    all_runs: Sequence[RunFolders], records: Sequence[dict[str, Any]], search: pd.DataFrame
) -> None:
    """Raise InputError for a run trained at another learning rate than its system's search chose.

    A stamp does not show such a change: the chosen learning rate depends on the grid, which other
    systems can widen and which is not part of the stamp. records: the content of each run's
    run.json. search: the table that `search_rows` returns.
    """
    best = search[search["chosen"].eq(True)]
    selected = {(row.dataset, row.system): row.learning_rate for row in best.itertuples()}
    for one_run, record in zip(all_runs, records, strict=True):
        entry = one_run.entry
        expected = selected.get((entry.get("trained_on", entry["dataset"]), entry["system"]))
        if expected is not None and record.get("learning_rate") != expected:
            raise InputError(
                f"{one_run.record_path}: trained at {record.get('learning_rate')}, but learning "
                f"rate {expected} was chosen; delete {one_run.model_folder} and run snakemake again"
            )


def selection_files(
    all_runs: Sequence[RunFolders], records: Sequence[dict[str, Any]]
) -> list[Path]:
    """Return the path of each trained system's selection.json on each dataset, without repeats."""
    paths = (
        one_run.model_folder.parent / "selection.json"
        for one_run, record in zip(all_runs, records, strict=True)
        if record["trained"]
    )
    return list(dict.fromkeys(paths))
