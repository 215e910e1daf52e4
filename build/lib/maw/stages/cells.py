"""The stage `cells`: writes a table of the verdict at each learning rate of the configuration.

A cell is one system at one learning rate with one seed. A cell at the learning rate that the search
selected is the main run itself, the one on which the suite's verdicts rest.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_json
from maw.jobs.job import Job, Output, run
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of
from maw.stages.shared.run_folders import refuse_foreign
from maw.verdicts.rate_sensitivity import judge_cells


def cells(job: Job, *, runs: Path, queries: list[Path], cells: Output, cells_csv: Output) -> str:
    """Compare systems with a baseline at every learning rate; write the table as parquet and CSV.

    runs: the folder of all runs. queries: queries.parquet of each dataset, for the clusters. The
    table has a row for each dataset, learning rate and system other than the baseline.
    """
    spec = job.spec
    frame = judge_cells(
        pd.concat([_scores(job, runs, entry) for entry in spec["cells"]], ignore_index=True),
        systems=spec["systems"],
        baseline=spec["baseline"],
        clusters=clusters_of(job, queries),
        plan=Analysis.model_validate(spec["analysis"]),
    )
    job.write_parquet(cells, frame)
    job.write_bytes(cells_csv, frame.to_csv(index=False).encode())
    return f"{len(frame)} comparisons at {frame['learning_rate'].nunique()} learning rates"


def _scores(job: Job, runs: Path, entry: dict[str, Any]) -> pd.DataFrame:
    """Return the scores of one cell, with the columns that `judge_cells` needs.

    They are the main run's scores, and `selected` is True, where that run was trained at the cell's
    learning rate. entry: dataset, system, seed, learning_rate (as written in the folder's name),
    and the stamps' digests that the main run's file and the cell's file must carry. InputError for
    a file with another digest, and for a cell with other options than its main run.
    """
    folder, seed = runs / entry["dataset"] / entry["system"], entry["seed"]
    learning_rate = entry["learning_rate"]
    main_folder = folder / f"seed{seed}"
    cell_folder = folder / f"learning_rate{learning_rate}" / f"seed{seed}"
    record = read_json(main_folder / "run.json")
    selected = record["learning_rate"] == float(learning_rate)
    path = (main_folder if selected else cell_folder) / "scores.parquet"
    refuse_foreign([path], [entry["stamps"]["main" if selected else "cell"]])
    scores = job.read_parquet(path, ("query_id", "measure", "value"))
    if not selected:
        _refuse_other_options(path, scores, record["options"])
    return scores[["query_id", "measure", "value"]].assign(
        dataset=entry["dataset"],
        learning_rate=float(learning_rate),
        system=entry["system"],
        seed=seed,
        selected=selected,
    )


def _refuse_other_options(path: Path, scores: pd.DataFrame, options: dict[str, Any]) -> None:
    """Raise InputError for a cell that was trained with other options than were selected.

    options: those of the main run. A stamp does not show such a change: which options are selected
    depends on the learning rates that other systems make this one try.
    """
    expected = json.dumps(options, sort_keys=True)
    if not scores["options"].eq(expected).all():
        used = scores["options"].iloc[0]
        raise InputError(
            f"{path}: trained with the options {used}, but {expected} were chosen; delete it and "
            "run snakemake again"
        )


if __name__ == "__main__":
    run(cells)
