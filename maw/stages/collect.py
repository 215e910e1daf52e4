"""All runs in one table, or an error that names the file which does not belong.

A file belongs when its stamp is the one that this configuration and this code would give it, all
the way back to the data: whatever Snakemake remembers or has forgotten.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_stamp
from maw.jobs.job import Job, Output, run
from maw.measures.judged import JUDGED

KEY = ["dataset", "system", "seed"]
PARTICULARS = ("curve", "stamp", "spec", "versions", *KEY)


def collect(
    job: Job,
    *,
    runs: Path,
    all_scores: Output,
    all_runs: Output,
    all_curves: Output,
    all_depths: Output,
    all_selections: Output,
    all_judged: Output,
) -> str:
    """The folder of all runs, in the order of the specification -> five tables of the suite."""
    named = job.spec["runs"]
    places = [runs / run["dataset"] / run["system"] / f"seed{run['seed']}" for run in named]
    made = [_made(runs, run) for run in named]
    scores, costs, depths = (
        [place / name for place in places]
        for name in ("scores.parquet", "cost.json", "depths.parquet")
    )
    abouts = [place / "run.json" for place in made]
    refuse_foreign(scores, [entry["stamps"]["evaluate"] for entry in named])
    refuse_foreign(costs, [entry["stamps"]["rank"] for entry in named])
    refuse_foreign(depths, [entry["stamps"]["rank"] for entry in named])
    refuse_foreign(abouts, [entry["stamps"]["run"] for entry in named])
    told = [job.read_json(path) for path in abouts]
    priced = [job.read_json(path) for path in costs]
    search = _selections(job, _searched(made, told))
    refuse_other_rates(abouts, named, told, search)
    table = _stacked(job, scores, named, ["query_id", "measure", "value"])
    described = table["measure"].eq(JUDGED)
    job.write_parquet(all_scores, table[~described].reset_index(drop=True))
    job.write_parquet(all_judged, table[described].reset_index(drop=True))
    job.write_parquet(all_runs, _runs(named, told, priced, margin=job.spec["margin"]))
    job.write_parquet(all_curves, _curves(named, told))
    job.write_parquet(
        all_depths, _stacked(job, depths, named, ["text_id", "side", "depth", "probability"])
    )
    job.write_parquet(all_selections, search)
    return f"{len(named)} runs, all made by this code and configuration"


def refuse_foreign(paths: list[Path], digests: list[str]) -> None:
    """InputError for the first file that other code or another specification made."""
    for path, expected in zip(paths, digests, strict=True):
        found = read_stamp(path)["digest"]
        if found != expected:
            raise InputError(
                f"{path}: made by other code or another specification (stamp {found}, "
                f"expected {expected}); delete {path.parent} and run snakemake again"
            )


def refuse_other_rates(
    paths: list[Path],
    named: list[dict[str, Any]],
    described: list[dict[str, Any]],
    search: pd.DataFrame,
) -> None:
    """InputError for a run trained at another rate than its system's search chose.

    A rate can change without a stamp: the grid, which other systems widen, is not part of it.
    """
    best = search[search["chosen"].eq(True)]
    rates = {(row.dataset, row.system): row.learning_rate for row in best.itertuples()}
    for path, entry, about in zip(paths, named, described, strict=True):
        chosen = rates.get((entry.get("trained_on", entry["dataset"]), entry["system"]))
        if chosen is not None and about.get("learning_rate") != chosen:
            raise InputError(
                f"{path}: trained at {about.get('learning_rate')}, but {chosen} was chosen; "
                f"delete {path.parent} and run snakemake again"
            )


def _searched(places: list[Path], described: list[dict[str, Any]]) -> list[Path]:
    """The selection.json of every trained system, once."""
    trained = zip(places, described, strict=True)
    paths = (place.parent / "selection.json" for place, about in trained if about["trained"])
    return list(dict.fromkeys(paths))


def _made(runs: Path, entry: dict[str, Any]) -> Path:
    """Where a run's model was made: beside its ranking, unless it is another dataset's model."""
    unit = entry.get("trained_on", entry["dataset"])
    return runs.joinpath(unit, entry["system"], f"seed{entry['seed']}")


def _key(entry: dict[str, Any]) -> dict[str, Any]:
    """Dataset, system and seed; a fold's dataset is the one that it is a fold of."""
    return {**{key: entry[key] for key in KEY}, "dataset": entry.get("reported", entry["dataset"])}


def _named(frame: pd.DataFrame, entry: dict[str, Any]) -> pd.DataFrame:
    """The run's dataset, system and seed as the first three columns."""
    for place, (key, value) in enumerate(_key(entry).items()):
        frame.insert(place, key, value)
    return frame


def _stacked(
    job: Job, paths: list[Path], named: list[dict[str, Any]], columns: list[str]
) -> pd.DataFrame:
    """Per-run frames under each other; the columns say of which run a row is."""
    frames = [
        _named(job.read_parquet(path, columns)[columns], entry)
        for path, entry in zip(paths, named, strict=True)
    ]
    whole = [frame for frame in frames if len(frame)]
    return pd.concat(whole or frames[:1], ignore_index=True)


def _runs(
    named: list[dict[str, Any]],
    described: list[dict[str, Any]],
    priced: list[dict[str, Any]],
    *,
    margin: float,
) -> pd.DataFrame:
    """One row a run: what was trained, what it cost, where it ran, and whether it was over.

    Converged: the last fifth of the steps gained no more than the margin on development queries.
    """
    rows = []
    for entry, about, cost in zip(named, described, priced, strict=True):
        facts = {key: value for key, value in {**about, **cost}.items() if key not in PARTICULARS}
        plain = {key: value for key, value in facts.items() if not isinstance(value, dict | list)}
        versions = json.dumps(about.get("versions", {}), sort_keys=True)
        gain = about.get("late_gain")
        over = {"converged": (gain is not None and gain <= margin) if about["trained"] else None}
        whence = {"trained_on": entry["trained_on"]} if "trained_on" in entry else {}
        whence |= {"fold": entry["dataset"]} if "reported" in entry else {}
        rows.append({**_key(entry), **whence, **plain, **over, "versions": versions})
    return pd.DataFrame(rows)


def _curves(named: list[dict[str, Any]], described: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per run, step and quantity: loss, development score, what the router did."""
    rows = [
        {
            **{key: entry[key] for key in KEY},
            "step": point["step"],
            "quantity": name,
            "value": value,
        }
        for entry, about in zip(named, described, strict=True)
        if "trained_on" not in entry  # the same model's curve, told under its own dataset
        for point in about.get("curve", [])
        for name, value in point.items()
        if name != "step" and value is not None
    ]
    return pd.DataFrame(rows, columns=[*KEY, "step", "quantity", "value"]).astype(
        {"value": "float64"}
    )


def _selections(job: Job, paths: list[Path]) -> pd.DataFrame:
    """One row per dataset, system and learning rate tried. One grid for all, or an error."""
    rows = []
    grids: dict[str, tuple[Path, list[float]]] = {}
    for path in paths:
        found = job.read_json(path)
        dataset, system = path.parts[-3:-1]
        first, rates = grids.setdefault(dataset, (path, found["grid"]))
        if rates != found["grid"]:
            raise InputError(
                f"{path}: searched {found['grid']} but {first} searched {rates}; equal trials for "
                "every system: run snakemake again with --forcerun select"
            )
        rows += [
            {
                "dataset": dataset,
                "system": system,
                "learning_rate": trial["learning_rate"],
                "value": trial["value"],
                "chosen": trial["learning_rate"] == found["learning_rate"],
                "on_edge": found["on_edge"],
            }
            for trial in found["trials"]
        ]
    columns = ["dataset", "system", "learning_rate", "value", "chosen", "on_edge"]
    return pd.DataFrame(rows, columns=columns)


if __name__ == "__main__":
    run(collect)
