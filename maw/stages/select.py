"""The stage `select`: selects the best learning rate of one system on the grid that all share.

A system first tries the learning rates of the grid that its own search did not need, so that all
systems have equal numbers of trials.
"""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.stages.shared.training_files import TrainingFiles
from maw.training import learning_rates


def select(job: Job, *, files: TrainingFiles, trials: Path, grid: Path, selection: Output) -> str:
    """Try the learning rates of the shared grid that are still untried, and select the best one.

    trials: trials.json of the system's own search. grid: file of the learning rates that all
    systems of the dataset try. selection: the best of all learning rates that the system tried, its
    development score, all trials, the grid, and whether the best is the smallest or the largest.
    """
    own_trials = job.read_json(trials)["trials"]
    scores = {entry["learning_rate"]: entry["value"] for entry in own_trials}
    shared_grid = job.read_json(grid, follow=False)["learning_rates"]
    missing = [learning_rate for learning_rate in shared_grid if learning_rate not in scores]
    if missing:
        from maw.stages.trial import development_scorer  # torch, which is seldom needed here

        score = development_scorer(job, files)
        scores |= {learning_rate: score(learning_rate) for learning_rate in missing}
    else:  # the stamp names the files that the trials were made from
        files.note_all_read(job)
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
        },
    )
    edge = " (on the grid's edge)" if on_edge else ""
    return (
        f"{job.spec['name']}: learning rate {best:g} of {len(scores)}, dev {scores[best]:.4f}{edge}"
    )


if __name__ == "__main__":
    run(select)
