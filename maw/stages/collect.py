"""The stage `collect`: puts the results of all runs into tables, and refuses files of other suites.

A file's stamp records the specification, the code and the inputs that it was made from. A file
belongs to the suite when its stamp is the one that this configuration and this code would give it,
all the way back to the data. This check does not rely on Snakemake's memory.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_stamp
from maw.jobs.job import Job, Output, run
from maw.measures.judged import JUDGED
from maw.ranking.inputs import DEPTH_COLUMNS

KEY = ["dataset", "system", "seed"]
CURVE_COLUMNS = [*KEY, "step", "quantity", "value"]
SEARCH_COLUMNS = ["dataset", "system", "learning_rate", "value", "chosen", "on_edge"]
TRAINING_FACTS = ("training/cost.json", "versions.json")  # what differs between equal trainings
NO_COLUMN = ("curve", "stamp", "spec", *KEY)  # keys of JSON files that give no column


@dataclass(frozen=True)
class CollectedTables:
    """The tables that `collect` writes. A row of each table is one of the following.

    all_scores: a run's score on a query by a measure other than Judged@10. all_judged: a run's
    Judged@10 on a query. all_runs: a run. all_costs: a run, in the same order: seconds, memory, and
    the versions of the software, which differ between equal runs. all_curves: a quantity at a step
    of a run's training. all_depths: the chosen depth of a text (of a pair, for a cross-encoder) in
    a run of a system with a router; of mixed depths, the one with the largest weight.
    all_selections: a learning rate that a system's search tried.
    """

    all_scores: Output
    all_runs: Output
    all_costs: Output
    all_curves: Output
    all_depths: Output
    all_selections: Output
    all_judged: Output


@dataclass(frozen=True)
class RunFolders:
    """One run of the specification and the folders of its files.

    entry: dataset, system, seed, and the stamps' digests that its files must carry. A run of a
    model that was trained on another dataset (a transferred model) also has `trained_on`, the name
    of that dataset. A run on one fold of a `kfold` split has the fold as dataset, and the dataset
    that is split as `reported`. folder: holds ranking and scores. model_folder: holds run.json, the
    model, and for a trained one versions.json and training/cost.json.
    """

    entry: dict[str, Any]
    folder: Path
    model_folder: Path

    @property
    def key(self) -> dict[str, Any]:
        """The run's dataset, system and seed in tables; for a fold, the dataset it is part of."""
        dataset = self.entry.get("reported", self.entry["dataset"])
        return {**{name: self.entry[name] for name in KEY}, "dataset": dataset}

    @property
    def record_path(self) -> Path:
        """Path of the run's file run.json."""
        return self.model_folder / "run.json"


def collect(job: Job, *, runs: Path, tables: CollectedTables) -> str:
    """Read every run of the specification, in its order, and write the tables of the suite.

    runs: the folder of all runs. InputError for a file that other code or another specification
    made, for a run trained at another learning rate than was selected, and for systems whose
    searches on one dataset had different learning rates to try.
    """
    all_runs = [_folders(runs, entry) for entry in job.spec["runs"]]
    _refuse_foreign_files(all_runs)
    records = [job.read_json(one_run.record_path) for one_run in all_runs]
    costs = [
        _cost(job, one_run, trained=record["trained"])
        for one_run, record in zip(all_runs, records, strict=True)
    ]
    search = _search(job, _selection_files(all_runs, records))
    refuse_other_learning_rates(all_runs, records, search)
    scores = _stacked(job, all_runs, "scores.parquet", ["query_id", "measure", "value"])
    is_judged = scores["measure"].eq(JUDGED)
    job.write_parquet(tables.all_scores, scores[~is_judged].reset_index(drop=True))
    job.write_parquet(tables.all_judged, scores[is_judged].reset_index(drop=True))
    job.write_parquet(tables.all_runs, _run_rows(all_runs, records, margin=job.spec["margin"]))
    keys = [one_run.key for one_run in all_runs]
    cost_rows = [{**key, **cost} for key, cost in zip(keys, costs, strict=True)]
    job.write_parquet(tables.all_costs, pd.DataFrame(cost_rows))
    job.write_parquet(tables.all_curves, _curves(all_runs, records))
    depths = _stacked(job, all_runs, "depths.parquet", list(DEPTH_COLUMNS))
    job.write_parquet(tables.all_depths, depths)
    job.write_parquet(tables.all_selections, search)
    return f"{len(all_runs)} runs, all made by this code and configuration"


def _folders(runs: Path, entry: dict[str, Any]) -> RunFolders:
    """Return a run of the specification with its folders.

    The model of a transferred run lies in a folder of the dataset that it was trained on.
    """
    below = Path(entry["system"], f"seed{entry['seed']}")
    trained_on = entry.get("trained_on", entry["dataset"])
    return RunFolders(entry, runs / entry["dataset"] / below, runs / trained_on / below)


def _refuse_foreign_files(all_runs: Sequence[RunFolders]) -> None:
    stamps = [one_run.entry["stamps"] for one_run in all_runs]
    for name, stage in (
        ("scores.parquet", "evaluate"),
        ("cost.json", "rank"),
        ("depths.parquet", "rank"),
    ):
        paths = [one_run.folder / name for one_run in all_runs]
        refuse_foreign(paths, [digests[stage] for digests in stamps])
    refuse_foreign(
        [one_run.record_path for one_run in all_runs], [digests["run"] for digests in stamps]
    )


def refuse_foreign(paths: list[Path], digests: list[str]) -> None:
    """Raise InputError for the first file that other code or another specification made.

    digests: the stamp's digest that each file must carry.
    """
    for path, expected in zip(paths, digests, strict=True):
        actual = read_stamp(path)["digest"]
        if actual != expected:
            raise InputError(
                f"{path}: made by other code or another specification (stamp {actual}, "
                f"expected {expected}); delete {path.parent} and run snakemake again"
            )


def refuse_other_learning_rates(
    all_runs: Sequence[RunFolders], records: Sequence[dict[str, Any]], search: pd.DataFrame
) -> None:
    """Raise InputError for a run trained at another learning rate than its system's search chose.

    A stamp does not show such a change: the chosen learning rate depends on the grid, which other
    systems can widen and which is not part of the stamp. records: the content of each run's
    run.json. search: the table that `_search` returns.
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


def _selection_files(
    all_runs: Sequence[RunFolders], records: Sequence[dict[str, Any]]
) -> list[Path]:
    """Return the path of each trained system's selection.json on each dataset, without repeats."""
    paths = (
        one_run.model_folder.parent / "selection.json"
        for one_run, record in zip(all_runs, records, strict=True)
        if record["trained"]
    )
    return list(dict.fromkeys(paths))


def _stacked(
    job: Job, all_runs: Sequence[RunFolders], name: str, columns: list[str]
) -> pd.DataFrame:
    """Return the rows of one file of every run, with dataset, system and seed as first columns.

    Files without a row are left out, because their columns would change the types of all columns.
    """
    frames = []
    for one_run in all_runs:
        frame = job.read_parquet(one_run.folder / name, columns)[columns]
        for position, (key, value) in enumerate(one_run.key.items()):
            frame.insert(position, key, value)
        frames.append(frame)
    with_rows = [frame for frame in frames if len(frame)]
    return pd.concat(with_rows or frames[:1], ignore_index=True)


def _run_rows(
    all_runs: Sequence[RunFolders],
    records: Sequence[dict[str, Any]],
    *,
    margin: float,
) -> pd.DataFrame:
    """Return one row for each run: its training, the device, and whether it converged.

    late_gain is the gain of the development score since the last one taken in the first four fifths
    of the steps. A trained run has converged where late_gain is no more than the margin; where
    late_gain is not known, the run counts as not converged. An untrained run has None.
    """
    rows = []
    for one_run, record in zip(all_runs, records, strict=True):
        row = {**one_run.key, **_origin(one_run.entry), **_facts(record)}
        gain = record.get("late_gain")
        row["converged"] = (gain is not None and gain <= margin) if record["trained"] else None
        rows.append(row)
    return pd.DataFrame(rows)


def _cost(job: Job, one_run: RunFolders, *, trained: bool) -> dict[str, Any]:
    """Return what a run cost, and `versions`, a JSON text of the versions of the software.

    The costs are those of ranking and, for a trained run, of training. InputError for a file of
    another training than the run's.
    """
    cost = _facts(job.read_json(one_run.folder / "cost.json"))
    versions: dict[str, Any] = {}
    if trained:
        paths = [one_run.model_folder / name for name in TRAINING_FACTS]
        refuse_foreign(paths, [one_run.entry["stamps"]["run"]] * len(paths))
        training, versions = (_facts(job.read_json(path)) for path in paths)
        cost |= training
    return {**cost, "versions": json.dumps(versions, sort_keys=True)}


def _facts(content: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a JSON file that are columns of a table: single values."""
    return {
        key: value
        for key, value in content.items()
        if key not in NO_COLUMN and not isinstance(value, dict | list)
    }


def _origin(entry: dict[str, Any]) -> dict[str, str]:
    """Return `trained_on`, the dataset of a transferred model, and `fold`, the name of a fold.

    A key is left out where it does not apply.
    """
    origin = {"trained_on": entry["trained_on"]} if "trained_on" in entry else {}
    return origin | ({"fold": entry["dataset"]} if "reported" in entry else {})


def _curves(all_runs: Sequence[RunFolders], records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per run, step and quantity: loss, development score, the router's numbers.

    A transferred model has no rows here: its curve is among the runs of its own dataset.
    """
    rows = [
        {
            **{key: one_run.entry[key] for key in KEY},
            "step": point["step"],
            "quantity": name,
            "value": value,
        }
        for one_run, record in zip(all_runs, records, strict=True)
        if "trained_on" not in one_run.entry
        for point in record.get("curve", [])
        for name, value in point.items()
        if name != "step" and value is not None
    ]
    return pd.DataFrame(rows, columns=CURVE_COLUMNS).astype({"value": "float64"})


def _search(job: Job, paths: list[Path]) -> pd.DataFrame:
    """Return one row per dataset, system and learning rate that was tried.

    paths: the selection.json of each trained system. Columns: SEARCH_COLUMNS; `value` is the
    development score, `on_edge` says whether the chosen one is the smallest or the largest tried.
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
            }
            for trial in selection["trials"]
        ]
    return pd.DataFrame(rows, columns=SEARCH_COLUMNS)


if __name__ == "__main__":
    run(collect)
