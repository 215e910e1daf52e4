"""The runs of a study's controls: their scores, and their scores after a loss was planted.

A file of another suite, other code or other hyper-parameters is refused, as `collect` refuses it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from maw.jobs.job import Job
from maw.measures.planted_loss import PlantedRun, cutoff_of, plant_loss
from maw.measures.scoring import score_run
from maw.settings.plan import Analysis
from maw.stages.shared.clusters import clusters_of
from maw.stages.shared.run_folders import RunFolders, folders_of, refuse_foreign
from maw.stages.shared.searches import refuse_other_parameters
from maw.verdicts.score_table import ScoreTables
from maw.verdicts.study_controls import Study

Entry = dict[str, Any]  # a run of a specification: dataset, system, seed, and digests of its files


@dataclass(frozen=True, slots=True, eq=False)
class PlantedRuns:
    """The runs of one system after a loss was planted.

    scores: by the primary measure; None where the primary measure is not nDCG@k. losses: dataset ->
    what the mean over queries and seeds has lost. lines: what was changed in each dataset.
    """

    scores: ScoreTables | None
    losses: dict[str, float]
    lines: list[str]


def read_study(job: Job, scores: Path, *, queries: list[Path]) -> Study:
    """Return the scores of all reported runs by the primary measure, with the job's plan.

    scores: the table of all scores. queries: queries.parquet of each dataset, for the clusters.
    """
    plan = Analysis.model_validate(job.spec["analysis"])
    table = job.read_parquet(scores)
    return Study(
        scores=ScoreTables(table[table["measure"] == plan.primary]),
        plan=plan,
        trained=job.spec["trained"],
        n_seeds=job.spec["n_seeds"],
        clusters=clusters_of(job, queries),
    )


def read_control_runs(
    job: Job, folder: Path, entries: Sequence[Entry], *, selection: Path, primary: str
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Return the content of run.json of each run of a control, and all scores by one measure.

    folder: of the control's runs. selection: the table of what the searches chose. Columns of the
    scores: dataset, system, seed, query_id, measure, value. InputError for a file that other code
    or another specification made, and for a run with other hyper-parameters than were chosen.
    """
    runs = [folders_of(folder, entry) for entry in entries]
    stamps = [entry["stamps"] for entry in entries]
    refuse_foreign([run.record_path for run in runs], [digests["run"] for digests in stamps])
    paths = [run.folder / "scores.parquet" for run in runs]
    refuse_foreign(paths, [digests["evaluate"] for digests in stamps])
    records = [job.read_json(run.record_path) for run in runs]
    refuse_other_parameters(runs, records, job.read_parquet(selection))
    frames = []
    for run, path in zip(runs, paths, strict=True):
        table = job.read_parquet(path, ("query_id", "measure", "value"))
        frames.append(table[table["measure"] == primary].assign(**run.key))
    return records, pd.concat(frames, ignore_index=True)


def planted_runs(
    job: Job, folder: Path, entries: Sequence[Entry], *, data: Path, plan: Analysis
) -> PlantedRuns:
    """Plant a loss of SESOI into the rankings of one system's runs, and score them again.

    folder: of these runs. data: the folder of all prepared datasets. plan: has a SESOI. In a
    dataset with folds the loss is planted into each fold.
    """
    cutoff = cutoff_of(plan.primary)
    if cutoff is None:
        return PlantedRuns(None, {}, [])
    frames, rows = [], []
    for run in (folders_of(folder, entry) for entry in entries):
        planted, scores = _planted(job, run, data=data, plan=plan, cutoff=cutoff)
        frames.append(scores.assign(**run.key))
        rows.append(
            {
                "dataset": run.key["dataset"],
                "lost": planted.achieved * planted.n_queries,
                "n_queries": planted.n_queries,
                "n_changed": planted.n_changed,
            }
        )
    sums = pd.DataFrame(rows).groupby("dataset", sort=False).sum()
    lost = sums["lost"] / sums["n_queries"]
    return PlantedRuns(
        ScoreTables(pd.concat(frames, ignore_index=True)),
        {str(dataset): float(value) for dataset, value in lost.items()},
        [
            f"{dataset}: lost {lost[dataset]:.4f} in {n_changed} of {n_queries} rankings"
            for dataset, n_changed, n_queries in sums[["n_changed", "n_queries"]].itertuples()
        ],
    )


def _planted(
    job: Job, run: RunFolders, *, data: Path, plan: Analysis, cutoff: int
) -> tuple[PlantedRun, pd.DataFrame]:
    """Return one run with a planted loss, and its scores by the primary measure."""
    unit = data / run.entry["dataset"]
    path = run.folder / "ranking.parquet"
    refuse_foreign([path], [run.entry["stamps"]["rank"]])
    ranking = job.read_parquet(path, ("query_id", "doc_id", "score"))
    qrels = job.read_parquet(unit / "qrels.parquet", ("query_id", "doc_id", "relevance"))
    splits = job.read_parquet(unit / "split.parquet", ("query_id", "split"))
    queries = splits.loc[splits["split"] == "test", "query_id"].tolist()
    planted = plant_loss(ranking, qrels, queries, loss=plan.sesoi or 0.0, cutoff=cutoff)
    return planted, score_run(planted.run, qrels, [plan.primary], queries).frame
