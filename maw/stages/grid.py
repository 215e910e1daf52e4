"""Which learning rates does every trained system try? The union of what each search needed."""

from pathlib import Path

from maw.jobs.job import Job, Output, run


def grid(job: Job, *, trials: list[Path], grid: Output) -> str:
    """Reads each system's trials, writes the rates of all: equal trials for every system."""
    rates = sorted(
        {trial["learning_rate"] for path in trials for trial in job.read_json(path)["trials"]}
    )
    job.write_json(grid, {"learning_rates": rates})
    return f"{len(rates)} learning rates for each of {len(trials)} systems"


if __name__ == "__main__":
    run(grid)
