"""The stage `select`: selects the hyper-parameters of one system on the grid that all share.

A system first tries the learning rates of the grid that its own search did not need, each with
every value of its searched option, so that all systems have equal numbers of trials. Where the
configuration leaves nothing to search, there are neither trials nor a grid, and nothing is trained.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.stages.shared.search_spec import fixed_in, has_learning_rate, searched_in
from maw.stages.shared.training_files import TrainingFiles
from maw.training import search
from maw.training.search import Measured, Trial

# selection.json of a system without a learning rate
NO_SEARCH: dict[str, Any] = {
    "learning_rate": None, "options": {}, "dev": None, "searched": False, "at_edge": False,
    "grid": [], "trials": [], "n_dev": 0, "dev_se": None,
}  # fmt: skip


def select(
    job: Job,
    *,
    files: TrainingFiles,
    trials: Path | None = None,
    grid: Path | None = None,
    selection: Output,
) -> str:
    """Try the learning rates of the shared grid that are still untried, and select the best trial.

    trials: trials.json of the system's own search. grid: file of the learning rates that all
    systems of the dataset try. Both are None where nothing is searched. selection: learning rate
    and options of the best trial, its development score, all trials, and the grid. `at_edge` says
    of each trial, and of the best, whether one of its hyper-parameters has the smallest or the
    largest value tried. n_dev: number of development queries that scored it. dev_se: standard error
    over these queries of the difference between the best trial and the second-best, None if it has
    none. Where nothing is searched (`searched` is False), the one learning rate is selected,
    without a development score; for a system without a learning rate it is None.
    """
    if not has_learning_rate(job.spec):
        files.note_all_read(job)
        job.write_json(selection, NO_SEARCH)
        return f"{job.spec['name']}: has no learning rate, and nothing is searched"
    if trials is None or grid is None:
        fixed = fixed_in(job.spec)
        files.note_all_read(job)
        job.write_json(selection, _selected(fixed, {fixed: None}, [fixed.learning_rate], n_dev=0))
        return f"{job.spec['name']}: {fixed}, which the configuration fixes"
    own_trials = job.read_json(trials)
    shared_grid = job.read_json(grid, follow=False)["learning_rates"]
    clusters = job.read_parquet(files.queries, ("query_id", "cluster"))
    measured = search.measured_in(own_trials)
    missing = [
        trial
        for learning_rate in shared_grid
        for trial in search.trials_at(learning_rate, searched_in(job.spec))
        if trial not in measured
    ]
    if missing:
        from maw.stages.shared.development_scores import development_scorer  # torch, seldom needed

        score = development_scorer(job, files, measured)
        for trial in missing:
            score(trial)
    else:  # the stamp names the files that the trials were made from
        files.note_all_read(job)
    scores = search.means(measured)
    best = search.winner(scores)
    content = _selected(best, scores, shared_grid, n_dev=len(measured[best]))
    content["dev_se"] = _standard_error(measured, clusters.set_index("query_id")["cluster"])
    job.write_json(selection, content)
    edge = " (at the edge of what was tried)" if content["at_edge"] else ""
    return f"{job.spec['name']}: {search.summary(scores)}{edge}"


def _selected(
    best: Trial, scores: search.Tried, grid: list[float], *, n_dev: int
) -> dict[str, Any]:
    """Return the content of selection.json, in which `dev_se` is still None."""
    return {
        **search.entry_of(best, scores[best]),
        "searched": scores[best] is not None,
        "at_edge": search.at_edge(best, scores),
        "grid": grid,
        "trials": search.listed(scores),
        "n_dev": n_dev,
        "dev_se": None,
    }


def _standard_error(measured: Measured, clusters: pd.Series) -> float | None:
    """Return the standard error of the best minus the second-best, over development queries.

    clusters: query_id -> cluster. None where there was one trial, or there is one cluster.
    """
    scores = search.means(measured)
    second = search.runner_up(scores)
    if second is None:
        return None
    best = measured[search.winner(scores)]
    other = measured[second][best.index]
    return search.standard_error_of_difference(
        best.tolist(), other.tolist(), clusters[best.index].tolist()
    )


if __name__ == "__main__":
    run(select)
