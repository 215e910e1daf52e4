"""Specifications of the stages of a whole suite, such as `collect`, `compare` and `report`.

`specification` also knows the stages of single jobs, whose specifications are in
`maw.jobs.run_specs`.
"""

from collections.abc import Callable
from typing import Any

from maw.jobs import run_specs
from maw.jobs.expected_stamps import expected_digest, run_stamps
from maw.jobs.files import canonical
from maw.jobs.run_specs import JobKey, Spec
from maw.settings import registry
from maw.settings.sections import Cells, Split
from maw.settings.suite import Suite

USUAL_SESOI = 0.02  # smallest effect size of interest, for a plan that names none
THEORY: Spec = {"draws": 30, "lengths": [128, 512]}  # random heads; text lengths in tokens


def collect(suite: Suite) -> Spec:
    """Return every run of the suite, with the digests that its files must carry."""
    runs = [
        {
            "dataset": dataset,
            "system": system,
            "seed": seed,
            "stamps": run_stamps(suite, JobKey(dataset=dataset, system=system, seed=seed)),
            **_other_datasets(suite, unit=dataset, system=system),
        }
        for dataset in suite.units
        for system in suite.systems
        for seed in suite.seeds_of(system)
    ]
    return {"runs": runs, "margin": margin(suite)}


def _other_datasets(suite: Suite, *, unit: str, system: str) -> dict[str, str]:
    """Return the unit whose model ranks this one, and the dataset that a fold belongs to."""
    datasets = {}
    if suite.is_trained(system) and suite.trained_on(unit) != unit:
        datasets["trained_on"] = suite.trained_on(unit)
    if suite.reported(unit) != unit:
        datasets["reported"] = suite.reported(unit)
    return datasets


def margin(suite: Suite) -> float:
    """Return the late gain on development queries above which training had not converged.

    It is half the smallest effect size of interest, in the primary measure's own unit.
    """
    return (suite.analysis.sesoi or USUAL_SESOI) / 2


def compare(suite: Suite) -> Spec:
    """Return the plan, which systems are trained, and which datasets split one collection anew."""
    return {
        "resplits": resplits(suite),
        "measures": list(suite.measures),
        **_plan(suite),
        **_is_trained(suite),
    }


def resplits(suite: Suite) -> list[Spec]:
    """Return groups of datasets that differ in the salt of their split alone.

    They are repeated splits of one collection, whose scores are not independent.
    """
    names_of: dict[str, list[str]] = {}  # a dataset's settings without the salt -> its names
    for name, dataset in suite.datasets.items():
        if isinstance(dataset.split, Split):
            settings = dataset.model_dump(mode="json")
            del settings["split"]["salt"]
            names_of.setdefault(canonical(settings), []).append(name)
    return [
        {"collection": names[0], "datasets": names, "n_train": split.train, "n_test": split.test}
        for names in names_of.values()
        if len(names) > 1
        and isinstance(split := suite.datasets[names[0]].split, Split)
        and split.train > 0
    ]


def calibrate(suite: Suite) -> Spec:
    """Return the plan, the repeated splits, and how many experiments to draw from the scores."""
    return {
        "repeats": [name for group in resplits(suite) for name in group["datasets"][1:]],
        **_plan(suite),
        **_is_trained(suite),
        **suite.calibration.model_dump(mode="json"),
    }


def cells(suite: Suite) -> Spec:
    """Return every cell, with the digests that its scores must carry, and what they are judged by.

    ValueError for a suite without a learning-rate sensitivity analysis.
    """
    if suite.cells is None:
        raise ValueError("this suite has no cells; add the key `cells` to its configuration")
    plan = {"primary": suite.analysis.primary, "alpha": suite.analysis.alpha}
    return {
        "cells": [_cell(suite, job) for job in _cell_jobs(suite, suite.cells)],
        "systems": list(suite.cells.systems),
        "baseline": suite.cells.baseline,
        "analysis": {**plan, "sesoi": suite.analysis.sesoi, "contrasts": []},
    }


def _cell_jobs(suite: Suite, cells: Cells) -> list[JobKey]:
    """Return the key of every cell's job, in the order of the table."""
    return [
        JobKey(dataset=dataset, system=system, seed=seed, learning_rate=learning_rate)
        for dataset in suite.datasets
        for learning_rate in suite.selection.learning_rates
        for system in cells.trained
        for seed in cells.seeds
    ]


def _cell(suite: Suite, job: JobKey) -> Spec:
    """Return one cell, with the digests of its own scores and of the main run's."""
    return {
        "dataset": job.dataset,
        "system": job.system,
        "learning_rate": repr(job.learning_rate),
        "seed": job.seed,
        "stamps": {
            "cell": expected_digest("cell", suite, job=job),
            "main": expected_digest("evaluate", suite, job=job),
        },
    }


def check(suite: Suite) -> Spec:
    """Return how far a system's mean may be from the committed one."""
    return {"suite": suite.suite, "tolerance": suite.tolerance}


def theory(suite: Suite) -> Spec:
    """Return how many random heads to draw, and the text lengths to count for: in every suite."""
    return dict(THEORY)


def record(suite: Suite) -> Spec:
    """Return the plan's digest, which is entered in the record beside the scores."""
    return {"plan": suite.analysis.digest()}


def present(suite: Suite) -> Spec:
    """Return what figures and the page say besides the results themselves."""
    return {
        "suite": suite.suite,
        "scope": suite.scope,
        "command": suite.command,
        "plan_digest": suite.analysis.digest(),
        "margin": margin(suite),
        "measures": list(suite.measures),
        "seeds": list(suite.seeds),
        "backbone": suite.backbone.model_dump(mode="json"),
        "systems": {system: registry.dump(entry) for system, entry in suite.systems.items()},
        **_plan(suite),
    }


def tables(suite: Suite) -> Spec:
    """Return what `present` returns, with the trained systems, which `check.R` has to know."""
    trained = [system for system in suite.systems if suite.is_trained(system)]
    return {**present(suite), "trained": trained}


def _plan(suite: Suite) -> dict[str, Any]:
    return {"analysis": suite.analysis.model_dump(mode="json")}


def _is_trained(suite: Suite) -> dict[str, Any]:
    return {"trained": {system: suite.is_trained(system) for system in suite.systems}}


SUITE_SPECIFICATIONS: dict[str, Callable[[Suite], Spec]] = {
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


def specification(stage: str, suite: Suite, *, job: JobKey | None = None) -> Spec:
    """Return the specification of a job, by the name of its stage.

    job: which job of the stage it is; None for a stage that has one job in a suite.
    KeyError for an unknown stage.
    """
    if stage in SUITE_SPECIFICATIONS:
        return SUITE_SPECIFICATIONS[stage](suite)
    return run_specs.specification(stage, suite, job=job or JobKey())


def sources(suite: Suite, dataset: str) -> list[str]:
    """Return the files outside the results that a dataset is made from.

    The workflow makes the dataset again when one of them is newer.
    """
    loader = suite.dataset(dataset).loader
    return [str(path) for path in registry.module_of(loader).sources(loader)]
