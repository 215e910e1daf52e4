"""Are enough documents judged? The rows of the study's controls that need the judgements."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from maw.jobs.job import Job
from maw.measures.condensed import score_judged_documents
from maw.measures.judgement_bounds import DEPTH, difference_bounds
from maw.measures.ordering import first_documents
from maw.measures.planted_loss import cutoff_of
from maw.settings.plan import PlannedContrast
from maw.stages.shared.run_folders import RunFolders, folders_of, refuse_foreign
from maw.verdicts.judgements import (
    ContrastBounds,
    bounds_rows,
    condensed_rows,
    contrasts_of,
    few_judged,
    share_rows,
    shares_of,
)
from maw.verdicts.score_table import ScoreTables
from maw.verdicts.study_controls import Row, Study


class JudgedRuns:
    """The rankings of all runs of the contrasts that decide, with the judgements of their queries.

    entries: the runs of a specification, each with `relevant_from`, its dataset's lowest relevant
    grade. A file that other code or another specification made is refused.
    """

    def __init__(self, job: Job, entries: list[dict[str, Any]], *, runs: Path, data: Path) -> None:
        self.job, self.data = job, data
        self.runs = [folders_of(runs, entry) for entry in entries]
        self.judgements = cache(self._judgements)

    def of(self, dataset: str, system: str) -> list[RunFolders]:
        """Return the runs of a system on a dataset, or on its folds."""
        return [run for run in self.runs if _system_of(run) == (dataset, system)]

    def ranking(self, run: RunFolders) -> pd.DataFrame:
        """Return the ranking of a run: query_id, doc_id, score."""
        path = run.folder / "ranking.parquet"
        refuse_foreign([path], [run.entry["stamps"]["rank"]])
        return self.job.read_parquet(path, ("query_id", "doc_id", "score"))

    def _judgements(self, unit: str) -> tuple[pd.DataFrame, list[str]]:
        """Return the judgements and the test queries of a dataset or fold."""
        folder = self.data / unit
        columns = ("query_id", "doc_id", "relevance")
        splits = self.job.read_parquet(folder / "split.parquet", ("query_id", "split"))
        queries = splits.loc[splits["split"] == "test", "query_id"].tolist()
        return self.job.read_parquet(folder / "qrels.parquet", columns), queries


def judged_rows(study: Study, runs: JudgedRuns, *, judged: pd.DataFrame) -> list[Row]:
    """Return the rows on judgements: shares, differences on judged documents, and bounds.

    judged: Judged@10 of every run and query. Each ranking is read once.
    """
    primary, shares = study.plan.primary, shares_of(judged)
    few = few_judged(study, shares)
    scored = {
        (dataset, name)
        for dataset, pairs in few.items()
        for pair in pairs
        for name in (pair.system, pair.baseline)
    }
    first, frames = {}, []
    for run in runs.runs:
        ranking = runs.ranking(run)
        first[run.folder] = _first_documents(ranking, primary)
        if _system_of(run) in scored:
            qrels, queries = runs.judgements(run.entry["dataset"])
            least = run.entry["relevant_from"]
            scores = score_judged_documents(
                ranking, qrels, queries, measure=primary, relevant_from=least
            )
            frames.append(scores.assign(**run.key))
    rows = share_rows(shares)
    if frames:
        tables = ScoreTables(pd.concat(frames, ignore_index=True))
        rows += condensed_rows(study, few, scores=tables)
    return rows + bounds_rows(_bounds(study, runs, first))


def _bounds(
    study: Study, runs: JudgedRuns, first: Mapping[Path, pd.DataFrame]
) -> Iterator[ContrastBounds]:
    """Yield the bounds of each contrast that decides, on each dataset: means over its runs.

    first: folder of a run -> the first documents of its ranking.
    """
    for dataset in study.scores.datasets:
        for pair in contrasts_of(study):
            bounds = []
            for a, b in _pairs(runs, dataset, pair):
                qrels, queries = runs.judgements(a.entry["dataset"])
                each = difference_bounds(
                    first[a.folder],
                    first[b.folder],
                    qrels,
                    queries,
                    measure=study.plan.primary,
                    relevant_from=a.entry["relevant_from"],
                )
                bounds.append((each.difference, each.low, each.high, each.n_queries))
            if bounds:
                table = np.array(bounds)
                means = np.average(table[:, :3], axis=0, weights=table[:, 3]).tolist()
                yield ContrastBounds(dataset, pair.system, pair.baseline, *means)


def _pairs(
    runs: JudgedRuns, dataset: str, pair: PlannedContrast
) -> list[tuple[RunFolders, RunFolders]]:
    """Return the runs of a contrast that are compared: of one dataset or fold, and of one seed.

    A system with one run is compared with every run of the other.
    """
    sides: list[defaultdict[str, dict[int, RunFolders]]] = []
    for system in (pair.system, pair.baseline):
        of_unit: defaultdict[str, dict[int, RunFolders]] = defaultdict(dict)
        for run in runs.of(dataset, system):
            of_unit[run.entry["dataset"]][run.entry["seed"]] = run
        sides.append(of_unit)
    pairs: list[tuple[RunFolders, RunFolders]] = []
    for unit, runs_a in sides[0].items():
        runs_b = sides[1][unit]
        if len(runs_a) == 1 or len(runs_b) == 1:
            pairs += [(a, b) for a in runs_a.values() for b in runs_b.values()]
        else:
            pairs += [(runs_a[seed], runs_b[seed]) for seed in runs_a if seed in runs_b]
    return pairs


def _first_documents(ranking: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the documents of a ranking that nDCG@k and the bounds read; all for other measures."""
    cutoff = cutoff_of(measure)
    return ranking if cutoff is None else first_documents(ranking, max(cutoff, DEPTH))


def _system_of(run: RunFolders) -> tuple[str, str]:
    return run.key["dataset"], run.entry["system"]
