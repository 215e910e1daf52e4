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

from maw.jobs.job import Job, Output, run
from maw.measures.judged import JUDGED
from maw.ranking.inputs import DEPTH_COLUMNS
from maw.stages.shared import shared_draws
from maw.stages.shared.run_folders import KEY, RunFolders, folders_of, refuse_foreign
from maw.stages.shared.searches import (
    read_searches,
    refuse_other_parameters,
    search_rows,
    selection_files,
    selection_rows,
)

CURVE_COLUMNS = [*KEY, "step", "quantity", "value"]
TRAINING_FACTS = ("training/cost.json", "versions.json")  # what differs between equal trainings
NO_COLUMN = ("curve", "dev", "stamp", "spec", *KEY)  # keys of JSON files that give no column


@dataclass(frozen=True)
class CollectedTables:
    """The tables that `collect` writes. A row of each table is one of the following.

    all_scores: a run's score on a query by a measure other than Judged@10. all_judged: a run's
    Judged@10 on a query. all_runs: a run; a trained one has the FLOPs of a training step.
    all_costs: a run, in the same order: seconds, memory, and the versions of the software, which
    differ between equal runs. all_curves: a quantity at a step of a run's training. all_depths: the
    chosen depth of a text (of a pair, for a cross-encoder) in a run of a system with a router; of
    mixed depths, the one with the largest weight. all_searches: a trial of a system's search.
    all_selections: a system's search: what it chose. all_draws: two systems of a planned contrast
    at a seed: in how many steps they drew the same texts.
    """

    all_scores: Output
    all_runs: Output
    all_costs: Output
    all_curves: Output
    all_depths: Output
    all_searches: Output
    all_selections: Output
    all_judged: Output
    all_draws: Output


def collect(
    job: Job, *, runs: Path, frozen: list[Path] | None = None, tables: CollectedTables
) -> str:
    """Read every run of the specification, in its order, and write the tables of the suite.

    runs: the folder of all runs, with the files of the stage `price`. frozen: the times of the
    frozen layers, a file for each dataset in the order of the specification. InputError for a file
    that other code or another specification made, for a run trained with other hyper-parameters
    than were selected, for systems whose searches on one dataset had different learning rates to
    try, for trainings that drew the same texts where their seeds or the plan say that they do not,
    and for a contrast with shared seeds of a training that does not say what it drew.
    """
    all_runs = [folders_of(runs, entry) for entry in job.spec["runs"]]
    _refuse_foreign_files(all_runs)
    prices = _prices(job, runs)
    records = [job.read_json(one_run.record_path) for one_run in all_runs]
    times = _frozen_times(job, frozen or [])
    costs = [
        _cost(job, one_run, trained=record["trained"]) | times.get(_reported(one_run.entry), {})
        for one_run, record in zip(all_runs, records, strict=True)
    ]
    searches = read_searches(job, selection_files(all_runs, records))
    selection = selection_rows(searches)
    refuse_other_parameters(all_runs, records, selection)
    trainings = shared_draws.trainings_of(all_runs, records)
    contrasts = job.spec["contrasts"]
    shared_draws.refuse_seeds_alike(trainings)
    shared_draws.refuse_unknown(all_runs, records, contrasts)
    shared_draws.refuse_independent(trainings, contrasts)
    scores = _stacked(job, all_runs, "scores.parquet", ["query_id", "measure", "value"])
    is_judged = scores["measure"].eq(JUDGED)
    job.write_parquet(tables.all_scores, scores[~is_judged].reset_index(drop=True))
    job.write_parquet(tables.all_judged, scores[is_judged].reset_index(drop=True))
    job.write_parquet(tables.all_runs, _run_rows(all_runs, records, prices=prices))
    keys = [one_run.key for one_run in all_runs]
    cost_rows = [{**key, **cost} for key, cost in zip(keys, costs, strict=True)]
    job.write_parquet(tables.all_costs, pd.DataFrame(cost_rows))
    job.write_parquet(tables.all_curves, _curves(all_runs, records))
    depths = _stacked(job, all_runs, "depths.parquet", list(DEPTH_COLUMNS))
    job.write_parquet(tables.all_depths, depths)
    job.write_parquet(tables.all_searches, search_rows(searches))
    job.write_parquet(tables.all_selections, selection)
    job.write_parquet(tables.all_draws, shared_draws.rows(trainings, contrasts))
    return f"{len(all_runs)} runs, all made by this code and configuration"


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


def _stacked(
    job: Job, all_runs: Sequence[RunFolders], name: str, columns: list[str]
) -> pd.DataFrame:
    """Return the rows of one file of every run, with dataset, system and seed as first columns.

    Files without a row are left out, because their columns would change the types of all columns.
    A table without any row has texts where no row tells a type, so that later stages can read it.
    """
    frames = []
    for one_run in all_runs:
        frame = job.read_parquet(one_run.folder / name, columns)[columns]
        for position, (key, value) in enumerate(one_run.key.items()):
            frame.insert(position, key, value)
        frames.append(frame)
    with_rows = [frame for frame in frames if len(frame)]
    if not with_rows:
        untyped = [name for name, dtype in frames[0].dtypes.items() if dtype == "object"]
        return frames[0].astype(dict.fromkeys(untyped, "str"))
    return pd.concat(with_rows, ignore_index=True)


def _run_rows(
    all_runs: Sequence[RunFolders],
    records: Sequence[dict[str, Any]],
    *,
    prices: dict[Path, dict[str, float]],
) -> pd.DataFrame:
    """Return one row for each run: its training, the device, and the FLOPs of a training step.

    prices: what `_prices` returns. A transferred model has the price of its training.
    """
    return pd.DataFrame(
        {
            **one_run.key,
            **_origin(one_run.entry),
            **_facts(record),
            **prices.get(one_run.model_folder.parent, {}),
        }
        for one_run, record in zip(all_runs, records, strict=True)
    )


def _prices(job: Job, runs: Path) -> dict[Path, dict[str, float]]:
    """Return folder of a system's trainings -> `flops_per_step`, the FLOPs of a training step.

    InputError for a file that other code or another specification made.
    """
    entries = job.spec["prices"]
    paths = [runs / entry["dataset"] / entry["system"] / "price.json" for entry in entries]
    refuse_foreign(paths, [entry["stamp"] for entry in entries], whole_folder=False)
    return {
        path.parent: {"flops_per_step": job.read_json(path)["flops_per_step"]} for path in paths
    }


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


def _frozen_times(job: Job, paths: list[Path]) -> dict[tuple[str, str], dict[str, float]]:
    """Return (dataset, system) -> the time of the frozen layers for a text, by its clock's name."""
    entries = job.spec["frozen"]
    refuse_foreign(paths, [entry["stamp"] for entry in entries])
    return {
        (entry["dataset"], system): times
        for entry, path in zip(entries, paths, strict=True)
        for system, times in job.read_json(path)["systems"].items()
    }


def _reported(entry: dict[str, Any]) -> tuple[str, str]:
    """Return the dataset under which a run is reported, and its system."""
    return entry.get("reported", entry["dataset"]), entry["system"]


def _facts(content: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a JSON file that are columns of a table: single values that are known.

    A value that is not known is null in the file.
    """
    return {
        key: value
        for key, value in content.items()
        if key not in NO_COLUMN and value is not None and not isinstance(value, dict | list)
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


if __name__ == "__main__":
    run(collect)
