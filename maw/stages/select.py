"""The stage `select`: selects the best learning rate of one system on the grid that all share.

A system first tries the learning rates of the grid that its own search did not need, so that all
systems have equal numbers of trials.
"""

from pathlib import Path

import pandas as pd

from maw.jobs.job import Job, Output, run
from maw.stages.shared.training_files import TrainingFiles
from maw.training import learning_rates


def select(job: Job, *, files: TrainingFiles, trials: Path, grid: Path, selection: Output) -> str:
    """Try the learning rates of the shared grid that are still untried, and select the best one.

    trials: trials.json of the system's own search. grid: file of the learning rates that all
    systems of the dataset try. selection: the best of all learning rates that the system tried, its
    development score, all trials, the grid, and whether the best is the smallest or the largest;
    n_dev, the number of development queries, and dev_se, the standard error over these queries of
    the difference between the best learning rate and the second-best, None if it has none.
    """
    measured = learning_rates.measured_in(job.read_json(trials))
    shared_grid = job.read_json(grid, follow=False)["learning_rates"]
    missing = [learning_rate for learning_rate in shared_grid if learning_rate not in measured]
    if missing:
        from maw.stages.trial import development_scorer  # torch, which is seldom needed here

        score = development_scorer(job, files, measured)
        for learning_rate in missing:
            score(learning_rate)
    else:  # the stamp names the files that the trials were made from
        files.note_all_read(job)
    clusters = job.read_parquet(files.queries, ("query_id", "cluster"))
    scores = learning_rates.means(measured)
    best = learning_rates.winner(scores)
    on_edge = learning_rates.winning_edge(scores) is not None
    job.write_json(
        selection,
        {
            "learning_rate": best,
            "value": scores[best],
            "grid": shared_grid,
            "trials": learning_rates.listed(scores),
            "on_edge": on_edge,
            "n_dev": len(measured[best]),
            "dev_se": _standard_error(measured, clusters.set_index("query_id")["cluster"]),
        },
    )
    edge = " (on the grid's edge)" if on_edge else ""
    return (
        f"{job.spec['name']}: learning rate {best:g} of {len(scores)}, dev {scores[best]:.4f}{edge}"
    )


def _standard_error(measured: learning_rates.Measured, clusters: pd.Series) -> float | None:
    """Return the standard error of the best minus the second-best, over development queries.

    clusters: query_id -> cluster. None where one learning rate was tried, or there is one cluster.
    """
    scores = learning_rates.means(measured)
    second = learning_rates.runner_up(scores)
    if second is None:
        return None
    best = measured[learning_rates.winner(scores)]
    other = measured[second][best.index]
    return learning_rates.standard_error_of_difference(
        best.tolist(), other.tolist(), clusters[best.index].tolist()
    )


if __name__ == "__main__":
    run(select)
