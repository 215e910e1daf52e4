"""A system that nothing is learned for: its run.json says so."""

from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage


def describe(job: Job, *, run: Output) -> str:
    """No step, no seed, no curve."""
    job.write_json(run, {"trained": False, "system": job.spec["name"], "seed": 0, "curve": []})
    return f"{job.spec['name']}: not trained"


if __name__ == "__main__":
    run_stage(describe)
