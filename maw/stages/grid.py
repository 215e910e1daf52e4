"""The stage `grid`: the learning rates that every trained system of a dataset tries.

They are the union of what each system's own search needed, so that all systems have equal trials.
"""

from pathlib import Path

from maw.jobs.job import Job, Output, run


def grid(job: Job, *, trials: list[Path], grid: Output) -> str:
    """Read each system's trials and write the learning rates of all of them, rising."""
    learning_rates = sorted(
        {trial["learning_rate"] for path in trials for trial in job.read_json(path)["trials"]}
    )
    job.write_json(grid, {"learning_rates": learning_rates})
    return f"{len(learning_rates)} learning rates for each of {len(trials)} systems"


if __name__ == "__main__":
    run(grid)
