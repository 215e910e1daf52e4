"""The stage `study_controls`: could the study see a difference, and does it see one that is none?

It runs all controls of the plan that need no verdict: planted losses, the pair that is known to
differ, the system that was trained again on further seeds, and how much the judgements say. The
stage `budget` runs the last one, which needs the verdicts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.jobs.job import Job, Output, run
from maw.stages.shared.control_runs import planted_runs, read_control_runs, read_study
from maw.stages.shared.judged_runs import JudgedRuns, judged_rows
from maw.stages.shared.run_folders import folders_of
from maw.stages.shared.shared_draws import refuse_seeds_alike, trainings_of
from maw.verdicts.score_table import ScoreTables
from maw.verdicts.study_controls import (
    Row,
    Study,
    frame_of,
    negative_rows,
    planted_further_rows,
    planted_rows,
    positive_rows,
)


@dataclass(frozen=True)
class ControlFolders:
    """Folders of the results. runs: all reported runs. further: those of the negative control.

    data: all prepared datasets.
    """

    runs: Path
    further: Path
    data: Path


def study_controls(
    job: Job,
    *,
    folders: ControlFolders,
    scores: Path,
    judged: Path,
    selection: Path,
    queries: list[Path],
    controls: Output,
) -> str:
    """Write a row for each control and dataset.

    scores: all scores of the reported runs. judged: their Judged@10. selection: what the
    searches chose. queries: queries.parquet of each dataset, for the clusters. InputErrors as in
    `read_control_runs`.
    """
    study = read_study(job, scores, queries=queries)
    rows: list[Row] = []
    planted: list[dict[str, Any]] = job.spec["planted"]
    if planted:
        runs = planted_runs(job, folders.runs, planted, data=folders.data, plan=study.plan)
        print("\n".join(runs.lines), flush=True)
        rows += planted_rows(
            study, system=planted[0]["system"], planted=runs.scores, losses=runs.losses
        )
    rows += positive_rows(study)
    if job.spec["negative"]:
        rows += _further(job, study, folders, selection=selection)
    rankings = JudgedRuns(job, job.spec["judged"], runs=folders.runs, data=folders.data)
    rows += judged_rows(study, rankings, judged=job.read_parquet(judged))
    frame = frame_of(rows)
    job.write_parquet(controls, frame)
    told = frame[frame["kind"] != "judged"]
    lines = [f"{row.control} on {row.dataset}: {row.outcome}" for row in told.itertuples()]
    return "; ".join(lines) or "the plan has no control of the study"


def _further(job: Job, study: Study, folders: ControlFolders, *, selection: Path) -> list[Row]:
    """Return the rows about the trainings on further seeds: the noise floor, and a planted loss.

    InputError also where a further seed drew the same batches as a reported one.
    """
    entries, plan = job.spec["negative"], study.plan
    records, scores = read_control_runs(
        job, folders.further, entries, selection=selection, primary=plan.primary
    )
    runs = [folders_of(folders.runs, entry) for entry in job.spec["repeated"]]
    records = [*(job.read_json(run.record_path) for run in runs), *records]
    runs += [folders_of(folders.further, entry) for entry in entries]
    refuse_seeds_alike(trainings_of(runs, records))
    rows = negative_rows(study, further=ScoreTables(scores))
    if job.spec["planted"]:
        planted = planted_runs(job, folders.further, entries, data=folders.data, plan=plan)
        if planted.scores is not None:
            rows += planted_further_rows(study, planted=planted.scores, losses=planted.losses)
    return rows


if __name__ == "__main__":
    run(study_controls)
