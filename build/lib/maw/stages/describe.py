"""The stage `describe`: writes run.json of a system that is not trained."""

from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage


def describe(job: Job, *, run: Output) -> str:
    """Write a run.json that says that nothing was trained; it has seed 0 and no learning curve."""
    job.write_json(run, {"trained": False, "system": job.spec["name"], "seed": 0, "curve": []})
    return f"{job.spec['name']}: not trained"


if __name__ == "__main__":
    run_stage(describe)
