"""Digests that the files of each job must carry, computed from configuration and code alone.

A digest is a hash of a job's stage, specification, code and input files; each file has it in its
stamp. The stage `collect` compares the expected digests with those in the files: a file that an
older configuration or other code made has another digest.
"""

from collections.abc import Iterator
from dataclasses import replace

from maw.jobs import encoding_specs, run_specs
from maw.jobs.job_key import JobKey, Spec
from maw.jobs.provenance import code_of, stamp
from maw.settings.suite import Suite

# Stage -> stages whose files it reads. `select` also reads the grid, without its stamp: the grid
# depends on the trials of all systems, so an edit of one system would make every other one stale.
READ_STAGES: dict[str, tuple[str, ...]] = {
    "prepare": (),
    "halve": ("prepare",),
    "encode": ("prepare",),
    "pair": ("prepare",),
    "time_frozen": ("prepare",),
    "price": ("prepare", "encode"),
    "trial": ("prepare", "encode"),
    "select": ("prepare", "encode", "trial"),
    "train": ("prepare", "encode", "select"),
    "describe": (),
    "receive": ("prepare",),
    "stream": ("prepare", "encode"),
    "rank": ("prepare", "encode", "train"),
    "evaluate": ("prepare", "rank"),
    "diagnose": ("prepare", "encode"),
    "cell": ("prepare", "encode"),
    "sweep": ("prepare", "encode"),
}

# Stages that search a learning rate, and so read the halves of the queries if the search is
# cross-fit.
SEARCHING_STAGES = ("trial", "select", "sweep")

# Stages that train for as much compute as other systems take, and so read what a step costs.
PRICED_STAGES = ("trial", "select", "train", "cell")


def run_stamps(suite: Suite, run: JobKey) -> dict[str, str]:
    """Return the digests that three files of one run must carry.

    The keys are `run` (for run.json of the run's model), `rank` (for the ranking) and `evaluate`
    (for the scores).
    """
    model_stage, model = model_job(suite, run)
    return {
        "run": expected_digest(model_stage, suite, job=model),
        "rank": expected_digest("rank", suite, job=run),
        "evaluate": expected_digest("evaluate", suite, job=run),
    }


def expected_digest(stage: str, suite: Suite, *, job: JobKey, spec: Spec | None = None) -> str:
    """Return the digest that the files of one job must carry: 16 hexadecimal digits.

    job: dataset, system, seed and learning rate of the job. spec: the job's specification; None
    where `run_specs.specification` knows the stage, which it does not for `sweep`.
    """
    spec = spec or run_specs.specification(stage, suite, job=job)
    reads = [
        expected_digest(read, suite, job=key) for read, key in _read_jobs(stage, suite, job=job)
    ]
    digest: str = stamp(stage, spec=spec, code=code_of(stage, spec), reads=reads)["digest"]
    return digest


def model_job(suite: Suite, run: JobKey) -> tuple[str, JobKey]:
    """Return the stage and the key of the job that makes the model with which a run ranks.

    The stage is `train`, on the dataset whose models the run uses; for an untrained system it is
    `describe`, and for a run that was made elsewhere `receive`. Each writes the model's `run.json`.
    """
    if suite.is_given(run.system):
        return "receive", run
    if not suite.is_trained(run.system):
        return "describe", run
    return "train", replace(run, dataset=suite.trained_on(run.dataset))


def _read_jobs(stage: str, suite: Suite, *, job: JobKey) -> Iterator[tuple[str, JobKey]]:
    """Yield the stage and the key of every job whose files the stamp of this job names as read.

    They are the jobs of all files that it reads, except the grid that `select` reads.
    """
    if stage == "rank" and suite.is_streamed(job.dataset, job.system):
        yield from (("prepare", job), ("stream", job))
    else:
        yield from _usual_reads(stage, suite, job=job)
    if stage == "prepare" and (source := suite.source_of(job.dataset)):
        yield "prepare", JobKey(dataset=source)
    if stage == "stream":
        for system, seed in encoding_specs.streamed(suite, job):
            yield model_job(suite, replace(job, system=system, seed=seed))
    if _reads_halves(stage, suite, dataset=job.dataset):
        yield "halve", JobKey(dataset=job.dataset)
    if stage in PRICED_STAGES:
        for system in suite.priced_for(job.system):
            yield "price", JobKey(dataset=job.dataset, system=system)
    if stage == "diagnose":
        for run in (replace(job, seed=seed) for seed in suite.seeds_of(job.system)):
            yield "rank", run
            if suite.is_trained(job.system):
                yield model_job(suite, run)
    if stage == "rank" and suite.is_diagnostic(job.system):
        yield model_job(suite, replace(job, seed=suite.seed_after(job.seed)))


def _reads_halves(stage: str, suite: Suite, *, dataset: str) -> bool:
    """Return whether a stage reads the halves of a dataset's train and dev queries.

    A search does where it is cross-fit, and then so does `encode` for a dataset of which it encodes
    only the documents that training needs.
    """
    if suite.selection.cross_fit == 1 or dataset not in suite.training_units:
        return False
    is_partial = stage == "encode" and suite.dataset(dataset).retrieve != "stored"
    return stage in SEARCHING_STAGES or is_partial


def _usual_reads(stage: str, suite: Suite, *, job: JobKey) -> Iterator[tuple[str, JobKey]]:
    """Yield the stage and the key of each job that `READ_STAGES` names for a stage.

    For `train` it is the job of the run's model; for `encode` that of hidden states of pairs
    (`pair`) for a cross-encoder, and no job for BM25. Without a search there is no `trial`.
    """
    for read in READ_STAGES[stage]:
        if read == "trial" and not suite.is_searched(job.system):
            continue
        if read == "train":
            yield model_job(suite, job)
        elif read == "encode" and stage != "stream":
            if suite.is_neural(job.system):  # BM25 reads no hidden states
                yield "pair" if suite.is_pairwise(job.system) else "encode", job
        else:
            yield read, job
