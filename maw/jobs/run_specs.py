"""Specifications of single jobs: what the job of one dataset, system or seed reads of the suite.

A specification is a JSON-ready mapping of all that a job's result depends on besides its code and
its input files. A change of the configuration outside of it does not run the job again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maw.settings import registry
from maw.settings.sections import RANKING_DEPTH
from maw.settings.suite import Suite

Spec = dict[str, Any]

# Stages that score a ranking, and so have to know which grades are relevant.
SCORING_STAGES = ("cell", "trial", "select", "price", "train", "evaluate")


@dataclass(frozen=True, kw_only=True)
class JobKey:
    """The dataset, system, seed and learning rate of one job.

    A field keeps its default where the stage does not use it: `prepare` has a dataset only, and
    the jobs of a whole suite, such as `compare`, have the empty key.
    """

    dataset: str = ""
    system: str = ""
    seed: int = 0
    learning_rate: float = 0.0


def prepare(suite: Suite, job: JobKey) -> Spec:
    """Return the loader, split and BM25 pool of one dataset."""
    return {"dataset": job.dataset, **suite.dataset(job.dataset).model_dump(mode="json")}


def encode(suite: Suite, job: JobKey) -> Spec:
    """Return the backbone, and numbers of trained layers that differ from the backbone's own."""
    trained_layers = (getattr(entry, "trained_layers", None) for entry in suite.systems.values())
    spec = {
        **_backbone(suite),
        "further": sorted({n_layers for n_layers in trained_layers if n_layers is not None}),
    }
    if suite.dataset(job.dataset).retrieve != "stored":
        spec["documents"] = "of training alone"
    return spec


def stream(suite: Suite, job: JobKey) -> Spec:
    """Return every run that ranks the streamed documents, in the order of the output's parts.

    BM25's settings are added where the models rank only the documents that BM25 retrieves.
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
            for system, seed in suite.streamed(job.dataset)
        ],
        **_backbone(suite),
        "depth": RANKING_DEPTH,
        **({"pool": dataset.pool.model_dump(mode="json")} if dataset.retrieve == "pool" else {}),
        **_precision(suite),
    }


def pair(suite: Suite, job: JobKey) -> Spec:
    """Return the backbone, the number of candidates of a query, and BM25, which retrieves them."""
    return {
        **_backbone(suite),
        "candidates": suite.candidates.model_dump(mode="json"),
        "pool": suite.dataset(job.dataset).pool.model_dump(mode="json"),
    }


def price(suite: Suite, job: JobKey) -> Spec:
    """Return a system, the shared training recipe and the tuning seed."""
    return {**_trained_system(suite, job), "seed": suite.selection.tuning_seed}


def trial(suite: Suite, job: JobKey) -> Spec:
    """Return a system, the shared training recipe, the learning rates to try, the tuning seed."""
    return {**_trained_system(suite, job), "selection": suite.selection.model_dump(mode="json")}


def grid(suite: Suite, job: JobKey) -> Spec:
    """Return the learning-rate search that all trained systems share."""
    return {"selection": suite.selection.model_dump(mode="json")}


def train(suite: Suite, job: JobKey) -> Spec:
    """Return a system, the shared training recipe and one seed."""
    return {**_trained_system(suite, job), "seed": job.seed}


def describe(suite: Suite, job: JobKey) -> Spec:
    """Return a system that is not trained."""
    return {"system": registry.dump(suite.systems[job.system]), "name": job.system, "seed": 0}


def rank(suite: Suite, job: JobKey) -> Spec:
    """Return a system and its seed, with the precision that a neural system computes in."""
    system = registry.dump(suite.systems[job.system])
    spec: Spec = {"system": system, "name": job.system, "seed": job.seed}
    if suite.is_diagnostic(job.system):
        spec["primary"] = suite.analysis.primary
    return spec | (_precision(suite) if suite.is_neural(job.system) else {})


def evaluate(suite: Suite, job: JobKey) -> Spec:
    """Return the measures, and the primary one, which the job's line shows."""
    return {"measures": list(suite.measures), "primary": suite.analysis.primary}


def cell(suite: Suite, job: JobKey) -> Spec:
    """Return what `train`, `rank` and `evaluate` read, with a given learning rate."""
    return {
        **train(suite, job),
        "learning_rate": job.learning_rate,
        "measures": list(suite.measures),
        **_precision(suite),
    }


SPECIFICATIONS: dict[str, Callable[[Suite, JobKey], Spec]] = {
    "prepare": prepare,
    "encode": encode,
    "pair": pair,
    "stream": stream,
    "price": price,
    "trial": trial,
    "select": trial,
    "grid": grid,
    "train": train,
    "describe": describe,
    "rank": rank,
    "evaluate": evaluate,
    "cell": cell,
}


def specification(stage: str, suite: Suite, *, job: JobKey) -> Spec:
    """Return the specification of one job. KeyError for a stage of the whole suite."""
    spec = SPECIFICATIONS[stage](suite, job)
    if stage in SCORING_STAGES or (stage == "rank" and suite.is_diagnostic(job.system)):
        spec |= _least_grade(suite, job)
    return spec


def _least_grade(suite: Suite, job: JobKey) -> Spec:
    """Return the least grade that counts as relevant, where it is not 1."""
    least = suite.dataset(job.dataset).least_grade if job.dataset else 1
    return {} if least == 1 else {"relevant_from": least}


def _backbone(suite: Suite) -> Spec:
    return {"backbone": suite.backbone.model_dump(mode="json")}


def _trained_system(suite: Suite, job: JobKey) -> Spec:
    """Return a system, the training recipe, and the measure of the development scores."""
    return {
        "system": registry.dump(suite.systems[job.system]),
        "name": job.system,
        "training": suite.training.model_dump(mode="json"),
        "primary": suite.analysis.primary,
    }


def _precision(suite: Suite) -> Spec:
    """Return the precision of matrix products, where it is not the default float32."""
    precision = suite.training.precision
    return {} if precision == "float32" else {"precision": precision}
