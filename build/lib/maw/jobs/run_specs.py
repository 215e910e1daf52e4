"""Specifications of the jobs of one dataset, system or seed, such as `train` and `rank`.

Those of the jobs before training are in `maw.jobs.encoding_specs`.

A specification is a mapping, ready for JSON, of all settings that a job's result depends on; the
job's code and its input files are not in it. A change of the configuration does not run a job
again, unless it changes the specification of this job or of a job whose files this job reads. The
functions up to `make_run` have the names of stages; `trial` serves `select` as well.
"""

from collections.abc import Callable
from typing import Any

from maw.jobs import encoding_specs, given_runs, own_code
from maw.jobs.encoding_specs import precision_of
from maw.jobs.job_key import BUDGET, JobKey, Spec
from maw.jobs.provenance import code_of
from maw.settings import registry, traits
from maw.settings.suite import Suite

# Stages that score a ranking, and so have to know which grades are relevant.
SCORING_STAGES = ("cell", "trial", "select", "price", "train", "evaluate", "diagnose")

STAGES_OF_RUN = ("train", "rank", "evaluate")  # from a learning rate to scores, for one seed


def price(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `price`, which counts the FLOPs of a training step of a system.

    It holds the system, the training recipe, the primary measure and the tuning seed.
    """
    return {**_trained_system(suite, job), "seed": suite.selection.tuning_seed}


def trial(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `trial` and `select`, the search of a system's hyper-parameters.

    It holds the system, the training recipe, the primary measure, and the learning rates and the
    tuning seed of the search. `options` has the system's searched option and its values; it is left
    out where only the learning rate is searched. A system without a learning rate has no search.
    """
    if not traits.has_learning_rate(suite.systems[job.system]):
        return _trained_system(suite, job)
    options = suite.selection.model_dump(mode="json")["options"].get(job.system)
    searched = {} if options is None else {"options": options}
    return {**_trained_system(suite, job), **grid(suite, job), **searched}


def grid(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `grid`: what of the section `selection` all systems share."""
    return {"selection": suite.selection.model_dump(mode="json", exclude={"options"})}


def train(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `train`: system, training recipe, primary measure and seed.

    The hashes of the system's own code are added, where it has any, and for the budget control the
    factor by which the steps are multiplied.
    """
    own = own_code.recorded(registry.dump(suite.systems[job.system]))
    budget = suite.analysis.controls.budget
    factor = {"factor": budget.factor} if job.control == BUDGET and budget is not None else {}
    return {**_trained_system(suite, job), "seed": job.seed, **own, **factor}


def describe(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `describe`: a system that is not trained, with the seed 0.

    The hashes of the system's own code are added, where it has any.
    """
    system = registry.dump(suite.systems[job.system])
    own = own_code.recorded(system) | _fingerprint(suite, job)
    return {"system": system, "name": job.system, "seed": 0, **own}


def receive(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `receive`, which checks one run that was made elsewhere.

    It holds the system, the seed, the dataset, and the hash of the run's file. InputError where
    there is no such file.
    """
    return {
        "system": registry.dump(suite.systems[job.system]),
        "name": job.system,
        "seed": job.seed,
        "dataset": job.dataset,
        **given_runs.recorded(suite, job.system, unit=job.dataset, seed=job.seed),
    }


def rank(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `rank`: a system and a seed.

    The primary measure is added for a system that ranks with the test judgements, and the precision
    of matrix products for a neural system where it is not float32. `by_depth` is the primary
    measure for a bi-encoder whose router chooses a depth, where documents are kept encoded: it
    ranks under each depth in turn, as many documents as this measure needs to see.
    """
    system = registry.dump(suite.systems[job.system])
    spec: Spec = {"system": system, "name": job.system, "seed": job.seed}
    spec |= _fingerprint(suite, job)
    if suite.is_diagnostic(job.system):
        spec["primary"] = suite.analysis.primary
    if _chooses_among_vectors(suite, job):
        spec["by_depth"] = suite.analysis.primary
    return spec | (precision_of(suite) if suite.is_neural(job.system) else {})


def evaluate(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `evaluate`: all measures."""
    return {"measures": list(suite.measures)}


def diagnose(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `diagnose`: a system with a router, and the seeds of its runs.

    It holds the primary measure, whether documents are kept encoded, so that their routing is
    looked at too, and the precision of matrix products where it is not float32.
    """
    return {
        "system": registry.dump(suite.systems[job.system]),
        "name": job.system,
        "seeds": list(suite.seeds_of(job.system)),
        "primary": suite.analysis.primary,
        "documents": suite.dataset(job.dataset).retrieve == "stored",
        **precision_of(suite),
    }


def cell(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `cell`: one run of the learning-rate sensitivity analysis.

    The job trains, ranks and evaluates. So the specification is that of `train`, with the learning
    rate, the measures, and the precision where it is not float32.
    """
    return {
        **train(suite, job),
        "learning_rate": job.learning_rate,
        "measures": list(suite.measures),
        **precision_of(suite),
    }


def make_run(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `make_run`, which runs three other stages for one seed.

    It has the specification and the code of each: of `train`, `rank` and `evaluate`, in this order.
    The files get the stamps that these stages give them where each runs as a job of its own.
    """
    specs = {stage: specification(stage, suite, job=job) for stage in STAGES_OF_RUN}
    return {
        "stages": {
            stage: {"spec": spec, "code": code_of(stage, spec)} for stage, spec in specs.items()
        }
    }


SPECIFICATIONS: dict[str, Callable[[Suite, JobKey], Spec]] = {
    "prepare": encoding_specs.prepare,
    "halve": encoding_specs.halve,
    "encode": encoding_specs.encode,
    "pair": encoding_specs.pair,
    "time_frozen": encoding_specs.time_frozen,
    "stream": encoding_specs.stream,
    "price": price,
    "trial": trial,
    "select": trial,
    "grid": grid,
    "train": train,
    "describe": describe,
    "receive": receive,
    "rank": rank,
    "evaluate": evaluate,
    "diagnose": diagnose,
    "cell": cell,
    "make_run": make_run,
}


def specification(stage: str, suite: Suite, *, job: JobKey) -> Spec:
    """Return the specification of one job of a stage in `SPECIFICATIONS`; KeyError for another.

    The lowest relevant grade is added for a stage that scores a ranking, where it is not 1.
    """
    spec = SPECIFICATIONS[stage](suite, job)
    if stage in SCORING_STAGES or (stage == "rank" and suite.is_diagnostic(job.system)):
        spec |= _least_grade(suite, job)
    return spec


def _least_grade(suite: Suite, job: JobKey) -> Spec:
    """Return `{"relevant_from": g}`, g the lowest grade that counts as relevant; {} for g = 1."""
    least = suite.dataset(job.dataset).least_grade if job.dataset else 1
    return {} if least == 1 else {"relevant_from": least}


def _chooses_among_vectors(suite: Suite, job: JobKey) -> bool:
    """Return whether a system chooses one depth for a text, and keeps the documents encoded."""
    entry: Any = suite.systems[job.system]
    return (
        job.system in suite.routed
        and getattr(registry.module_of(entry), "EMBEDS", False)
        and suite.dataset(job.dataset).retrieve == "stored"
        and not registry.module_of(entry.router).MIXES
    )


def _trained_system(suite: Suite, job: JobKey) -> Spec:
    """Return the part of a specification that all jobs of a trained system share.

    It holds the system, its name, the training recipe, and the primary measure, which scores the
    development queries.
    """
    return {
        "system": registry.dump(suite.systems[job.system]),
        "name": job.system,
        "training": suite.training.model_dump(mode="json"),
        "primary": suite.analysis.primary,
        **_fingerprint(suite, job),
    }


def _fingerprint(suite: Suite, job: JobKey) -> Spec:
    """Return `{"fingerprint": …}`: the hashes of the files that a system names; {} without any."""
    fingerprint = traits.fingerprint(suite.systems[job.system])
    return {"fingerprint": fingerprint} if fingerprint else {}
