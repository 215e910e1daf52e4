"""Which stamp must each file of a run carry? Foretold from configuration and code alone."""

from maw.jobs import run_specs
from maw.jobs.provenance import code_of, stamp
from maw.jobs.run_specs import Spec
from maw.settings.suite import Suite

# stage -> the stages whose files it reads. `chain` follows it to foretell a stamp from nothing.
READS: dict[str, tuple[str, ...]] = {
    "prepare": (),
    "encode": ("prepare",),
    "pair": ("prepare",),
    "price": ("prepare", "encode"),
    "trial": ("prepare", "encode"),
    "grid": ("trial",),
    "select": ("prepare", "encode", "trial", "grid"),
    "train": ("prepare", "encode", "select"),
    "describe": (),
    "stream": ("prepare", "encode"),
    "rank": ("prepare", "encode", "train"),
    "evaluate": ("prepare", "rank"),
    "cell": ("prepare", "encode"),
    "sweep": ("prepare", "encode"),
}


def run_stamps(suite: Suite, *, dataset: str, system: str, seed: int) -> dict[str, str]:
    """The digests that one run's files must carry."""
    about = "train" if suite.is_trained(system) else "describe"
    made_on = suite.trained_on(dataset) if about == "train" else dataset
    stages = {"run": (about, made_on), "rank": ("rank", dataset), "evaluate": ("evaluate", dataset)}
    return {
        name: chain(stage, suite, dataset=place, system=system, seed=seed)
        for name, (stage, place) in stages.items()
    }


def chain(
    stage: str,
    suite: Suite,
    *,
    dataset: str,
    system: str = "",
    seed: int = 0,
    learning_rate: float = 0.0,
    spec: Spec | None = None,
) -> str:
    """The digest that a file of this stage must carry, from configuration and code alone.

    spec: the job's, where `of` does not know it.

    A grid is chosen from the trials of every trained system, so an edit of one of them would
    unsettle all: `select` reads the grid without its stamp (its rates are in its own file).
    """
    reads = []
    streamed = stage == "rank" and suite.is_streamed(dataset, system)
    for source in ("prepare", "stream") if streamed else READS[stage]:
        if source == "train" and not suite.is_trained(system):
            source = "describe"
        if source == "grid":
            continue
        if source == "encode" and stage != "stream":
            if not suite.is_neural(system):
                continue
            source = "pair" if suite.is_pairwise(system) else source
        made_on = suite.trained_on(dataset) if source == "train" else dataset
        reads.append(chain(source, suite, dataset=made_on, system=system, seed=seed))
    if stage == "stream":
        made_on = suite.trained_on(dataset)
        for name, number in suite.streamed(dataset):
            about, place = ("train", made_on) if suite.is_trained(name) else ("describe", dataset)
            reads.append(chain(about, suite, dataset=place, system=name, seed=number))
    if stage == "prepare" and (source := suite.source_of(dataset)):
        reads.append(chain("prepare", suite, dataset=source))
    if stage in ("trial", "select", "train", "cell"):
        for name in suite.priced_for(system):
            reads.append(chain("price", suite, dataset=dataset, system=name))
    if stage == "rank" and suite.is_diagnostic(system):
        other, made_on = suite.seed_after(seed), suite.trained_on(dataset)
        reads.append(chain("train", suite, dataset=made_on, system=system, seed=other))
    spec = spec or run_specs.of(
        stage, suite, dataset=dataset, system=system, seed=seed, learning_rate=learning_rate
    )
    made: str = stamp(stage, spec=spec, code=code_of(stage, spec), reads=reads)["digest"]
    return made
