"""What does each stage read of the configuration, and of which other stages' files?

Single jobs' specifications are in `maw.jobs.run_specs`; here are those of the whole suite, and the
stamps that all files must carry.
"""

from maw.jobs import run_specs
from maw.jobs.expected_stamps import chain, run_stamps
from maw.jobs.files import canonical
from maw.jobs.run_specs import Spec
from maw.settings import registry
from maw.settings.sections import Split
from maw.settings.suite import Suite


def collect(suite: Suite) -> Spec:
    """Every run of the suite, with the stamps that its files must carry."""
    runs = [
        {
            "dataset": dataset,
            "system": system,
            "seed": seed,
            "stamps": run_stamps(suite, dataset=dataset, system=system, seed=seed),
            **_elsewhere(suite, dataset, system),
        }
        for dataset in suite.units
        for system in suite.systems
        for seed in suite.seeds_of(system)
    ]
    return {"runs": runs, "margin": margin(suite)}


def _elsewhere(suite: Suite, unit: str, system: str) -> dict[str, str]:
    """The unit whose model ranked this one, and the dataset that a fold belongs to."""
    found = {}
    if suite.is_trained(system) and suite.trained_on(unit) != unit:
        found["trained_on"] = suite.trained_on(unit)
    if suite.reported(unit) != unit:
        found["reported"] = suite.reported(unit)
    return found


def margin(suite: Suite) -> float:
    """A development gain above it, late in training, means that training was not over.

    Half the smallest effect of interest; half of .02 where the plan names none.
    """
    return (suite.analysis.sesoi or 0.02) / 2


def compare(suite: Suite) -> Spec:
    """The plan, which systems are trained, and which datasets are splits of one collection."""
    return {
        "resplits": resplits(suite),
        "analysis": suite.analysis.model_dump(mode="json"),
        "measures": list(suite.measures),
        "trained": {system: suite.is_trained(system) for system in suite.systems},
    }


def resplits(suite: Suite) -> list[Spec]:
    """Datasets that differ in the salt of their split alone: repeated splits of one collection."""
    found: dict[str, list[str]] = {}
    for name, dataset in suite.datasets.items():
        if not isinstance(dataset.split, Split):
            continue
        alike = dataset.model_dump(mode="json")
        del alike["split"]["salt"]
        found.setdefault(canonical(alike), []).append(name)
    several = [names for names in found.values() if len(names) > 1]
    return [
        {"collection": names[0], "datasets": names, "n_train": split.train, "n_test": split.test}
        for names in several
        if isinstance(split := suite.datasets[names[0]].split, Split) and split.train > 0
    ]


def calibrate(suite: Suite) -> Spec:
    """The plan, which systems are trained, further splits, and how many experiments to redraw."""
    return {
        "repeats": [name for one in resplits(suite) for name in one["datasets"][1:]],
        "analysis": suite.analysis.model_dump(mode="json"),
        "trained": {system: suite.is_trained(system) for system in suite.systems},
        **suite.calibration.model_dump(mode="json"),
    }


def cells(suite: Suite) -> Spec:
    """Every cell, with the stamps that its scores must carry; the measure, level and margin."""
    if suite.cells is None:
        raise ValueError("this suite has no cells")
    asked = suite.cells
    entries = [
        {
            "dataset": dataset,
            "system": system,
            "learning_rate": repr(learning_rate),
            "seed": seed,
            "stamps": {
                "cell": chain(
                    "cell",
                    suite,
                    dataset=dataset,
                    system=system,
                    seed=seed,
                    learning_rate=learning_rate,
                ),
                "main": chain("evaluate", suite, dataset=dataset, system=system, seed=seed),
            },
        }
        for dataset in suite.datasets
        for learning_rate in suite.selection.learning_rates
        for system in asked.trained
        for seed in asked.seeds
    ]
    judged = {"primary": suite.analysis.primary, "alpha": suite.analysis.alpha}
    return {
        "cells": entries,
        "systems": list(asked.systems),
        "baseline": asked.baseline,
        "analysis": {**judged, "sesoi": suite.analysis.sesoi, "contrasts": []},
    }


def check(suite: Suite) -> Spec:
    """How far a system's mean may be from the committed one."""
    return {"suite": suite.suite, "tolerance": suite.tolerance}


def theory(suite: Suite) -> Spec:
    """How many random heads to draw, and for which text lengths to count. No suite differs."""
    return {"draws": 30, "lengths": [128, 512]}


def record(suite: Suite) -> Spec:
    """The plan's hash: what is entered beside the scores."""
    return {"plan": suite.analysis.digest()}


def present(suite: Suite) -> Spec:
    """What tables, figures and the page say besides the results themselves."""
    return {
        "suite": suite.suite,
        "scope": suite.scope,
        "command": suite.command,
        "analysis": suite.analysis.model_dump(mode="json"),
        "plan_digest": suite.analysis.digest(),
        "margin": margin(suite),
        "measures": list(suite.measures),
        "seeds": list(suite.seeds),
        "backbone": suite.backbone.model_dump(mode="json"),
        "systems": {system: registry.dump(entry) for system, entry in suite.systems.items()},
    }


def tables(suite: Suite) -> Spec:
    """The same, and which systems are trained: check.R has to know."""
    trained = [system for system in suite.systems if suite.is_trained(system)]
    return {**present(suite), "trained": trained}


def of(
    stage: str,
    suite: Suite,
    *,
    dataset: str = "",
    system: str = "",
    seed: int = 0,
    learning_rate: float = 0.0,
) -> Spec:
    """The specification of a job, by its stage's name."""
    whole = {
        "collect": collect,
        "compare": compare,
        "calibrate": calibrate,
        "cells": cells,
        "check": check,
        "record": record,
        "theory": theory,
        "tables": tables,
        "figures": present,
        "report": present,
    }
    if stage in whole:
        return whole[stage](suite)
    return run_specs.of(
        stage, suite, dataset=dataset, system=system, seed=seed, learning_rate=learning_rate
    )


def sources(suite: Suite, dataset: str) -> list[str]:
    """Files outside the results that a dataset is made from: a newer one re-makes it."""
    loader = suite.dataset(dataset).loader
    return [str(path) for path in registry.module_of(loader).sources(loader)]
