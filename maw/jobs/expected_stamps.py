"""Digests that the files of each job must carry, computed from configuration and code alone.

`collect` compares them with the digests that it reads from the files: a file of an older
configuration or of other code has another digest.
"""

from collections.abc import Iterator
from dataclasses import replace

from maw.jobs import run_specs
from maw.jobs.provenance import code_of, stamp
from maw.jobs.run_specs import JobKey, Spec
from maw.settings.suite import Suite

# Stage -> stages whose files it reads. `select` also reads the grid, without its stamp: the grid
# depends on the trials of all systems, so an edit of one system would make every other one stale.
READ_STAGES: dict[str, tuple[str, ...]] = {
    "prepare": (),
    "encode": ("prepare",),
    "pair": ("prepare",),
    "price": ("prepare", "encode"),
    "trial": ("prepare", "encode"),
    "select": ("prepare", "encode", "trial"),
    "train": ("prepare", "encode", "select"),
    "describe": (),
    "stream": ("prepare", "encode"),
    "rank": ("prepare", "encode", "train"),
    "evaluate": ("prepare", "rank"),
    "cell": ("prepare", "encode"),
    "sweep": ("prepare", "encode"),
}

# Stages that train for as much compute as other systems take, and so read what a step costs.
PRICED_STAGES = ("trial", "select", "train", "cell")


def run_stamps(suite: Suite, run: JobKey) -> dict[str, str]:
    """Return the digests of one run's files, under `run` (its model), `rank` and `evaluate`."""
    model_stage, model = model_job(suite, run)
    return {
        "run": expected_digest(model_stage, suite, job=model),
        "rank": expected_digest("rank", suite, job=run),
        "evaluate": expected_digest("evaluate", suite, job=run),
    }


def expected_digest(stage: str, suite: Suite, *, job: JobKey, spec: Spec | None = None) -> str:
    """Return the digest that this job's files must carry: 16 hexadecimal digits.

    spec: the specification of a job that `run_specs` does not know, such as one of a sweep.
    """
    spec = spec or run_specs.specification(stage, suite, job=job)
    reads = [
        expected_digest(read, suite, job=key) for read, key in _read_jobs(stage, suite, job=job)
    ]
    digest: str = stamp(stage, spec=spec, code=code_of(stage, spec), reads=reads)["digest"]
    return digest


def model_job(suite: Suite, run: JobKey) -> tuple[str, JobKey]:
    """Return stage and key of the job that writes the `run.json` which a run ranks with."""
    if not suite.is_trained(run.system):
        return "describe", run
    return "train", replace(run, dataset=suite.trained_on(run.dataset))


def _read_jobs(stage: str, suite: Suite, *, job: JobKey) -> Iterator[tuple[str, JobKey]]:
    """Yield stage and key of every job whose files this job reads."""
    if stage == "rank" and suite.is_streamed(job.dataset, job.system):
        yield from (("prepare", job), ("stream", job))
    else:
        yield from _usual_reads(stage, suite, job=job)
    if stage == "prepare" and (source := suite.source_of(job.dataset)):
        yield "prepare", JobKey(dataset=source)
    if stage == "stream":
        for system, seed in suite.streamed(job.dataset):
            yield model_job(suite, JobKey(dataset=job.dataset, system=system, seed=seed))
    if stage in PRICED_STAGES:
        for system in suite.priced_for(job.system):
            yield "price", JobKey(dataset=job.dataset, system=system)
    if stage == "rank" and suite.is_diagnostic(job.system):
        yield model_job(suite, replace(job, seed=suite.seed_after(job.seed)))


def _usual_reads(stage: str, suite: Suite, *, job: JobKey) -> Iterator[tuple[str, JobKey]]:
    """Yield the jobs of `READ_STAGES`, as they are for this kind of system."""
    for read in READ_STAGES[stage]:
        if read == "train":
            yield model_job(suite, job)
        elif read == "encode" and stage != "stream":
            if suite.is_neural(job.system):  # BM25 reads no hidden states
                yield "pair" if suite.is_pairwise(job.system) else "encode", job
        else:
            yield read, job
