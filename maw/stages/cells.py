"""What would the verdict be at each learning rate that was searched? All cells in one table."""

from pathlib import Path
from typing import Any

import pandas as pd

from maw.jobs.files import read_json
from maw.jobs.job import Job, Output, run
from maw.settings.plan import Analysis
from maw.stages.collect import refuse_foreign
from maw.stages.shared.clusters import clusters_of
from maw.verdicts.rate_sensitivity import judge_cells


def cells(job: Job, *, runs: Path, queries: list[Path], cells: Output, cells_csv: Output) -> str:
    """The folder of all runs -> dataset × learning rate × system, as parquet and as CSV."""
    spec = job.spec
    found = judge_cells(
        pd.concat([_scores(job, runs, entry) for entry in spec["cells"]], ignore_index=True),
        systems=spec["systems"],
        baseline=spec["baseline"],
        clusters=clusters_of(job, queries),
        plan=Analysis.model_validate(spec["analysis"]),
    )
    job.write_parquet(cells, found)
    job.write_bytes(cells_csv, found.to_csv(index=False).encode())
    return "; ".join(
        f"{row.system} at {row.learning_rate:g} on {row.dataset}: {row.word} "
        f"({row.difference:+.4f})"
        for row in found.itertuples()
    )


def _scores(job: Job, runs: Path, entry: dict[str, Any]) -> pd.DataFrame:
    """Of one cell and seed; the main run's where that was trained at this very rate."""
    home, seed = runs / entry["dataset"] / entry["system"], entry["seed"]
    learning_rate = entry["learning_rate"]
    main = home / f"seed{seed}"
    selected = read_json(main / "run.json")["learning_rate"] == float(learning_rate)
    own = home / f"learning_rate{learning_rate}" / f"seed{seed}"
    path = (main if selected else own) / "scores.parquet"
    refuse_foreign([path], [entry["stamps"]["main" if selected else "cell"]])
    return job.read_parquet(path, ("query_id", "measure", "value")).assign(
        dataset=entry["dataset"],
        learning_rate=float(learning_rate),
        system=entry["system"],
        seed=seed,
        selected=selected,
    )


if __name__ == "__main__":
    run(cells)
