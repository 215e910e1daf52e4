"""Specifications of the jobs that prepare a collection and run the frozen layers over it.

`maw.jobs.run_specs` says what a specification is. The functions up to `pair` have the names of
stages.
"""

from pathlib import Path

from maw.jobs.job_key import JobKey, Spec, seeds_of
from maw.jobs.model_content import content_of
from maw.settings import registry
from maw.settings.sections import RANKING_DEPTH
from maw.settings.suite import Suite


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
        **backbone_of(suite),
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
    return {**backbone_of(suite), "systems": systems}


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
        **backbone_of(suite),
        "depth": RANKING_DEPTH,
        **({"pool": dataset.pool.model_dump(mode="json")} if dataset.retrieve == "pool" else {}),
        **precision_of(suite),
    }


def streamed(suite: Suite, job: JobKey) -> list[tuple[str, int]]:
    """Return the system and the seed of every run for which one job of `stream` ranks.

    For a control of the study they are the runs of one system, because the systems of the budget
    control are known only after `compare`; else they are all reported runs of bi-encoders.
    """
    if not job.control:
        return suite.streamed(job.dataset)
    return [(job.system, seed) for seed in seeds_of(suite, job)]


def pair(suite: Suite, job: JobKey) -> Spec:
    """Return the specification of `pair`, which encodes the pairs that cross-encoders read.

    It holds the settings of the backbone, of the candidates (documents to re-rank) of each query,
    and of BM25, which retrieves the candidates.
    """
    return {
        **backbone_of(suite),
        "candidates": suite.candidates.model_dump(mode="json"),
        "pool": suite.dataset(job.dataset).pool.model_dump(mode="json"),
    }


def backbone_of(suite: Suite) -> Spec:
    """Return the section `backbone`; for a folder of the user, with the hash of its files."""
    folder = Path(suite.backbone.name)
    content = {"backbone_content": content_of(folder)} if folder.is_dir() else {}
    return {"backbone": suite.backbone.model_dump(mode="json"), **content}


def precision_of(suite: Suite) -> Spec:
    """Return `{"precision": …}`, the precision of matrix products; {} where it is float32."""
    precision = suite.training.precision
    return {} if precision == "float32" else {"precision": precision}
