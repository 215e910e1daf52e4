"""The stage `budget`: compares the verdicts with those of systems that trained for more steps.

The table of controls is completed with these rows. A second table has a row for each training: its
steps, its development score, and its mean score on the test queries.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.stages.shared.control_runs import Entry, read_control_runs, read_study
from maw.stages.shared.run_folders import folders_of
from maw.verdicts.budget import RUNS, budget_rows, budget_runs, decided
from maw.verdicts.score_table import ScoreTables
from maw.verdicts.study_controls import Study, frame_of

KEY = ["dataset", "system", "seed"]


@dataclass(frozen=True)
class BudgetSources:
    """What the control reads. runs, longer: folders of the reported runs, and of the longer ones.

    first: the controls that need no verdict. claims: the claims' table. scores: all scores of the
    reported runs. selection: what the searches chose. queries: queries.parquet of each dataset.
    """

    runs: Path
    longer: Path
    first: Path
    claims: Path
    scores: Path
    selection: Path
    queries: list[Path]


def budget(
    job: Job, *, sources: BudgetSources, controls: Output, budget: Output, budget_csv: Output
) -> str:
    """Write all controls of the study, and the trainings that the last one rests on.

    InputErrors as in `maw.stages.shared.control_runs.read_control_runs`.
    """
    study = read_study(job, sources.scores, queries=sources.queries)
    claims = job.read_parquet(sources.claims)
    trainings, longer = _runs(job, sources, study, claims)
    factor: int = job.spec["analysis"]["controls"]["budget"]["factor"]
    rows = budget_rows(study, claims, longer=longer, factor=factor)
    first = job.read_parquet(sources.first)
    # concatenated with an empty table, a column would lose its type
    tables = [table for table in (first, frame_of(rows)) if len(table)]
    job.write_parquet(controls, pd.concat(tables, ignore_index=True) if tables else first)
    job.write_parquet(budget, trainings)
    job.write_bytes(budget_csv, trainings.to_csv(index=False).encode())
    lines = [
        f"{row['system']} against {row['baseline']} on {row['dataset']}: {row['outcome']}"
        for row in rows
    ]
    return "; ".join(lines) or "no claim was decided by a trained system"


def _runs(
    job: Job, sources: BudgetSources, study: Study, claims: pd.DataFrame
) -> tuple[pd.DataFrame, ScoreTables | None]:
    """Return the table of trainings, and the scores of those with more steps, None without any."""
    pairs = [
        (claim["dataset"], claim[side])
        for claim in decided(claims).to_dict("records")
        for side in ("system", "decided_by")
    ]
    entries: list[Entry] = [
        entry
        for entry in job.spec["runs"]
        if (entry.get("reported", entry["dataset"]), entry["system"]) in pairs
    ]
    if not entries:
        return pd.DataFrame(columns=RUNS), None
    primary = study.plan.primary
    records, scores = read_control_runs(
        job, sources.longer, entries, selection=sources.selection, primary=primary
    )
    reported = [job.read_json(folders_of(sources.runs, entry).record_path) for entry in entries]
    factor: int = job.spec["analysis"]["controls"]["budget"]["factor"]
    trainings = [
        {**folders_of(sources.runs, entry).key, **_facts(record), "factor": n_times}
        for n_times, contents in ((1, reported), (factor, records))
        for entry, record in zip(entries, contents, strict=True)
    ]
    own = job.read_parquet(sources.scores)
    own = own[own["measure"].eq(primary)].merge(scores[KEY].drop_duplicates(), on=KEY)
    both = pd.concat([own.assign(factor=1), scores.assign(factor=factor)], ignore_index=True)
    return budget_runs(pd.DataFrame(trainings), both), ScoreTables(scores)


def _facts(record: dict[str, Any]) -> dict[str, Any]:
    """Return the number of steps of a training, and the development score after the last one."""
    development = [point["dev"] for point in record["curve"] if "dev" in point]
    return {"steps": record["steps"], "dev": development[-1]}


if __name__ == "__main__":
    run(budget)
