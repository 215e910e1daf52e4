"""Specifications of the jobs of one dataset, system or seed, such as `train` and `rank`.

A specification is a mapping, ready for JSON, of all settings that a job's result depends on; the
job's code and its input files are not in it. A change of the configuration does not run a job
again, unless it changes the specification of this job or of a job whose files this job reads. The
functions up to `make_run` have the names of stages; `trial` serves `select` as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.jobs import given_runs, own_code
from maw.jobs.model_content import content_of
from maw.jobs.provenance import code_of
from maw.settings import registry, traits
from maw.settings.sections import RANKING_DEPTH
from maw.settings.suite import Suite

Spec = dict[str, Any]

# Stages that score a ranking, and so have to know which grades are relevant.
SCORING_STAGES = ("cell", "trial", "select", "price", "train", "evaluate", "diagnose")

NEGATIVE, BUDGET = "negative", "budget"  # controls of the study that train systems again
STAGES_OF_RUN = ("train", "rank", "evaluate")  # from a learning rate to scores, for one seed


@dataclass(frozen=True, kw_only=True)
class JobKey:
    """The key of one job of a stage: its dataset, system, seed and learning rate.

    A field keeps its default where the stage does not use it: `prepare` uses only the dataset, and
    a stage with one job in a suite, such as `compare`, uses no field. control: the control of the
    study that a run is made for, `negative` or `budget`; "" for the reported runs.
    """

    dataset: str = ""
    system: str = ""
    seed: int = 0
    learning_rate: float = 0.0
    control: str = ""


def prepare(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `prepare`: the name and all settings of one dataset."""
    return {"dataset": job.dataset, **suite.dataset(job.dataset).model_dump(mode="json")}


def halve(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `halve`: that of `prepare`, whose collection it halves."""
    return prepare(suite, job)


def encode(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `encode`, which computes the outputs of the frozen layers.

    It holds the backbone, and under `further` the numbers of trained layers that systems set
    themselves. `documents` is there where only the documents that training needs are encoded.
    """
    trained_layers = (getattr(entry, "trained_layers", None) for entry in suite.systems.values())
    spec = {
        **_backbone(suite),
        "further": sorted(
            {n_layers for n_layers in trained_layers if n_layers is not None},
            key=lambda n_layers: (n_layers == "all", n_layers),
        ),
    }
    if suite.dataset(job.dataset).retrieve != "stored":
        spec["documents"] = "of training alone"
    return spec


def time_frozen(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `time_frozen`, which times the layers below the trained ones.

    It holds the backbone, and for each system that reads it the number of layers that it trains
    (None: the backbone's own number) and whether it reads pairs.
    """
    systems = {
        name: {
            "trained_layers": getattr(entry, "trained_layers", None),
            "pairs": suite.is_pairwise(name),
        }
        for name, entry in suite.systems.items()
        if suite.is_neural(name)
    }
    return {**_backbone(suite), "systems": systems}


def stream(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `stream`, which ranks a large collection for all bi-encoders.

    `runs` has an entry for each run, in the order of the parts of the output. The rest is the
    backbone, the number of documents to return, BM25's settings where the models rank only the
    documents that BM25 retrieves, and the precision where it is not float32.
    """
    dataset = suite.dataset(job.dataset)
    return {
        "runs": [
            {
                "system": registry.dump(suite.systems[system]),
                "name": system,
                "seed": seed,
                "trained": suite.is_trained(system),
            }
            for system, seed in streamed(suite, job)
        ],
        **_backbone(suite),
        "depth": RANKING_DEPTH,
        **({"pool": dataset.pool.model_dump(mode="json")} if dataset.retrieve == "pool" else {}),
        **_precision(suite),
    }


def streamed(suite: Suite, job: JobKey) -> list[tuple[str, int]]:
    """Return the system and the seed of every run for which one job of `stream` ranks.

    For a control of the study they are the runs of one system, because the systems of the budget
    control are known only after `compare`; else they are all reported runs of bi-encoders.
    """
    if not job.control:
        return suite.streamed(job.dataset)
    return [(job.system, seed) for seed in seeds_of(suite, job)]


def seeds_of(suite: Suite, job: JobKey) -> tuple[int, ...]:
    """Return the seeds of all runs of a job's system: for the negative control, its own seeds."""
    negative = suite.analysis.controls.negative
    if job.control == NEGATIVE and negative is not None:
        return negative.seeds
    return suite.seeds_of(job.system)


def pair(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `pair`, which encodes the pairs that cross-encoders read.

    It holds the settings of the backbone, of the candidates (documents to re-rank) of each query,
    and of BM25, which retrieves the candidates.
    """
    return {
        **_backbone(suite),
        "candidates": suite.candidates.model_dump(mode="json"),
        "pool": suite.dataset(job.dataset).pool.model_dump(mode="json"),
    }


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
    return spec | (_precision(suite) if suite.is_neural(job.system) else {})


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
        **_precision(suite),
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
        **_precision(suite),
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
    "prepare": prepare,
    "halve": halve,
    "encode": encode,
    "pair": pair,
    "time_frozen": time_frozen,
    "stream": stream,
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


def _backbone(suite: Suite) -> Spec:
    """Return the section `backbone`; for a folder of the user, with the hash of its files."""
    folder = Path(suite.backbone.name)
    content = {"backbone_content": content_of(folder)} if folder.is_dir() else {}
    return {"backbone": suite.backbone.model_dump(mode="json"), **content}


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


def _precision(suite: Suite) -> Spec:
    """Return `{"precision": …}`, the precision of matrix products; {} where it is float32."""
    precision = suite.training.precision
    return {} if precision == "float32" else {"precision": precision}
