"""The stage `grid`: the learning rates that every trained system of a dataset tries.

They are the union of the learning rates that the systems' own searches tried, so that all systems
get the same number of trials: each tries the same number of values of its option at each of them.
"""

from pathlib import Path

from maw.jobs.job import Job, Output, run


def grid(job: Job, *, trials: list[Path], grid: Output) -> str:
    """Write every learning rate that any system tried, in ascending order.

    trials: the file trials.json of each system.
    """
    learning_rates = sorted(
        {trial["learning_rate"] for path in trials for trial in job.read_json(path)["trials"]}
    )
    job.write_json(grid, {"learning_rates": learning_rates})
    return f"{len(learning_rates)} learning rates for each of {len(trials)} systems"


if __name__ == "__main__":
    run(grid)
