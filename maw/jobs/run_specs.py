"""What exactly does the job of one dataset, system or seed read of the configuration?

A job's specification is all that its result depends on besides code and input files: change
anything else in the configuration and the job need not run again.
"""

from collections.abc import Callable
from typing import Any

from maw.settings import registry
from maw.settings.sections import RANKING_DEPTH
from maw.settings.suite import Suite

Spec = dict[str, Any]

# those that score a ranking, and so have to know which grades are relevant
SCORES = ("cell", "trial", "select", "price", "train", "evaluate")


def prepare(suite: Suite, dataset: str) -> Spec:
    """Loader, split and pool of one dataset."""
    return {"dataset": dataset, **suite.dataset(dataset).model_dump(mode="json")}


def encode(suite: Suite, dataset: str) -> Spec:
    """The backbone, how long a text may be, and what systems train besides its last layers."""
    asked = (getattr(entry, "trained_layers", None) for entry in suite.systems.values())
    partly = suite.dataset(dataset).retrieve != "stored"
    return {
        "backbone": suite.backbone.model_dump(mode="json"),
        "further": sorted({k for k in asked if k is not None}),
        **({"documents": "of training alone"} if partly else {}),
    }


def stream(suite: Suite, dataset: str) -> Spec:
    """Every run that makes vectors, in the order of the output's parts; BM25 where it chooses."""
    asked = suite.dataset(dataset)
    return {
        "runs": [
            {
                "system": registry.dump(suite.systems[system]),
                "name": system,
                "seed": seed,
                "trained": suite.is_trained(system),
            }
            for system, seed in suite.streamed(dataset)
        ],
        "backbone": suite.backbone.model_dump(mode="json"),
        "depth": RANKING_DEPTH,
        **({"pool": asked.pool.model_dump(mode="json")} if asked.retrieve == "pool" else {}),
        **_precision(suite),
    }


def graded(suite: Suite, dataset: str) -> Spec:
    """The least grade that counts as relevant, where it is not 1."""
    least = suite.dataset(dataset).least_grade if dataset else 1
    return {} if least == 1 else {"relevant_from": least}


def pair(suite: Suite, dataset: str) -> Spec:
    """The backbone, how many candidates a query has, and the lexical search that finds them."""
    return {
        "backbone": suite.backbone.model_dump(mode="json"),
        "candidates": suite.candidates.model_dump(mode="json"),
        "pool": suite.dataset(dataset).pool.model_dump(mode="json"),
    }


def price(suite: Suite, system: str) -> Spec:
    """A system, the shared training recipe and the tuning seed."""
    return {
        "system": registry.dump(suite.systems[system]),
        "name": system,
        "training": suite.training.model_dump(mode="json"),
        "primary": suite.analysis.primary,
        "seed": suite.selection.tuning_seed,
    }


def trial(suite: Suite, system: str) -> Spec:
    """A system, the shared training recipe, the learning rates to try and the tuning seed."""
    return {
        "system": registry.dump(suite.systems[system]),
        "name": system,
        "training": suite.training.model_dump(mode="json"),
        "selection": suite.selection.model_dump(mode="json"),
        "primary": suite.analysis.primary,
    }


def grid(suite: Suite) -> Spec:
    """The search that all trained systems share."""
    return {"selection": suite.selection.model_dump(mode="json")}


def train(suite: Suite, system: str, seed: int) -> Spec:
    """A system, the shared training recipe and one seed."""
    return {
        "system": registry.dump(suite.systems[system]),
        "name": system,
        "training": suite.training.model_dump(mode="json"),
        "primary": suite.analysis.primary,
        "seed": seed,
    }


def describe(suite: Suite, system: str) -> Spec:
    """A system without training."""
    return {"system": registry.dump(suite.systems[system]), "name": system, "seed": 0}


def rank(suite: Suite, system: str, seed: int) -> Spec:
    """A system and, where its ranking depends on it, the seed."""
    spec = {"system": registry.dump(suite.systems[system]), "name": system, "seed": seed}
    if suite.is_diagnostic(system):
        spec["primary"] = suite.analysis.primary
    return spec | (_precision(suite) if suite.is_neural(system) else {})


def _precision(suite: Suite) -> Spec:
    """Of neural systems' products, where it is not what it mostly is."""
    precision = suite.training.precision
    return {} if precision == "float32" else {"precision": precision}


def evaluate(suite: Suite) -> Spec:
    """The measures, and the one that is shown."""
    return {"measures": list(suite.measures), "primary": suite.analysis.primary}


def cell(suite: Suite, system: str, seed: int, learning_rate: float) -> Spec:
    """A run as `train`, `rank` and `evaluate` make it, at a rate that nobody selected."""
    return {
        **train(suite, system, seed),
        "learning_rate": learning_rate,
        "measures": list(suite.measures),
        **_precision(suite),
    }


def of(
    stage: str, suite: Suite, *, dataset: str, system: str, seed: int, learning_rate: float
) -> Spec:
    """The specification of one job, by its stage's name. KeyError for a suite-wide stage."""
    makers: dict[str, Callable[[], Spec]] = {
        "prepare": lambda: prepare(suite, dataset),
        "encode": lambda: encode(suite, dataset),
        "pair": lambda: pair(suite, dataset),
        "stream": lambda: stream(suite, dataset),
        "price": lambda: price(suite, system),
        "trial": lambda: trial(suite, system),
        "select": lambda: trial(suite, system),
        "grid": lambda: grid(suite),
        "train": lambda: train(suite, system, seed),
        "describe": lambda: describe(suite, system),
        "rank": lambda: rank(suite, system, seed),
        "evaluate": lambda: evaluate(suite),
        "cell": lambda: cell(suite, system, seed, learning_rate),
    }
    scores = stage in SCORES or (stage == "rank" and suite.is_diagnostic(system))
    return {**makers[stage](), **(graded(suite, dataset) if scores else {})}
