"""Specifications of the stages that have one job in a suite, such as `collect` and `compare`.

A specification holds all settings that a job's result depends on. `specification` also knows the
stages with a job for each dataset, system or seed; their functions are in `maw.jobs.run_specs`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from maw.jobs import cell_specs, run_specs
from maw.jobs.expected_stamps import expected_digest, run_stamps
from maw.jobs.files import canonical
from maw.jobs.job_key import JobKey, Spec
from maw.settings import registry
from maw.settings.split_kinds import Split
from maw.settings.suite import Suite

THEORY: Spec = {"draws": 30, "lengths": [128, 512]}  # random heads; text lengths in tokens


def collect(suite: Suite) -> Spec:
    """Return the specification of `collect`: every run with the digests its files must carry.

    `contrasts` holds the planned contrasts of two trained systems, and whether their seeds are
    shared or independent. `frozen` has an entry for each dataset, in the suite's order, with the
    digest that the times of its frozen layers must carry; it is empty where no system reads them.
    """
    runs = [
        run_entry(suite, JobKey(dataset=dataset, system=system, seed=seed))
        for dataset in suite.units
        for system in suite.systems
        for seed in suite.seeds_of(system)
    ]
    contrasts = [
        contrast.model_dump(mode="json", include={"system", "baseline", "seeds"})
        for contrast in suite.analysis.contrasts
        if suite.is_trained(contrast.system) and suite.is_trained(contrast.baseline)
    ]
    frozen = [
        {
            "dataset": dataset,
            "stamp": expected_digest("time_frozen", suite, job=JobKey(dataset=dataset)),
        }
        for dataset in (suite.datasets if any(map(suite.is_neural, suite.systems)) else ())
    ]
    return {"runs": runs, "contrasts": contrasts, "frozen": frozen}


def run_entry(suite: Suite, run: JobKey, *, stamps: Mapping[str, str] | None = None) -> Spec:
    """Return a run's dataset, system and seed, and the digests that its files must carry.

    stamps: these digests, where not all three of `run_stamps` are needed. The names of other
    datasets that the run has to do with are added, where there are any.
    """
    return {
        "dataset": run.dataset,
        "system": run.system,
        "seed": run.seed,
        "stamps": run_stamps(suite, run) if stamps is None else dict(stamps),
        **_other_datasets(suite, unit=run.dataset, system=run.system),
    }


def _other_datasets(suite: Suite, *, unit: str, system: str) -> dict[str, str]:
    """Return the names of the other datasets that a run on one unit has to do with.

    unit: a dataset, or a fold of a `kfold` dataset. `trained_on`: the unit that trained the run's
    model, where it is another one. `reported`: the dataset of a fold.
    """
    datasets = {}
    if suite.is_trained(system) and suite.trained_on(unit) != unit:
        datasets["trained_on"] = suite.trained_on(unit)
    if suite.reported(unit) != unit:
        datasets["reported"] = suite.reported(unit)
    return datasets


def compare(suite: Suite) -> Spec:
    """Return the specification of `compare`, which decides the verdicts.

    It holds the measures, the plan, system -> whether it is trained, and the groups of datasets
    that are repeated splits of one collection.
    """
    return {
        "resplits": resplits(suite),
        "measures": list(suite.measures),
        **_plan(suite),
        **_is_trained(suite),
    }


def resplits(suite: Suite) -> list[Spec]:
    """Return each group of holdout datasets whose settings differ only in the salt of the split.

    They are repeated random splits of one collection, so that their scores are not independent.
    `n_train` and `n_test` are the shares of train and test. Datasets without train are left out.
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


def moved(suite: Suite) -> Spec:
    """Return the specification of `moved`, which shows the queries that move most.

    It holds the plan, and the runs of all systems and controls of claims, with the digests that
    their rankings must carry: which control decides is known only when the claims are judged.
    """
    pairs = [pair for pair in suite.analysis.contrasts if pair.role == "confirmatory"]
    systems = dict.fromkeys(name for pair in pairs for name in (pair.system, pair.baseline))
    jobs = [
        JobKey(dataset=unit, system=system, seed=seed)
        for unit in suite.units
        for system in systems
        for seed in suite.seeds_of(system)
    ]
    return {
        **_plan(suite),
        "runs": [
            run_entry(suite, job, stamps={"rank": expected_digest("rank", suite, job=job)})
            for job in jobs
        ],
    }


def calibrate(suite: Suite) -> Spec:
    """Return the specification of `calibrate`, which measures by simulation how often tests err.

    It holds the plan, system -> whether it is trained, the number and the seed of the simulated
    experiments, and in `repeats` the datasets that are repeated splits of another dataset's
    collection.
    """
    return {
        "repeats": [name for group in resplits(suite) for name in group["datasets"][1:]],
        **_plan(suite),
        **_is_trained(suite),
        **suite.calibration.model_dump(mode="json"),
    }


def check(suite: Suite) -> Spec:
    """Return the specification of `check`: the suite's name, and the largest allowed difference.

    The difference is that between a system's mean and the committed one.
    """
    return {"suite": suite.suite, "tolerance": suite.tolerance}


def theory(suite: Suite) -> Spec:
    """Return the specification of `theory`, which is the same for every suite.

    It holds the number of random attention heads to draw, and the text lengths in tokens for which
    operations are counted.
    """
    return dict(THEORY)


def record(suite: Suite) -> Spec:
    """Return the specification of `record`, which enters plan and seeds with the scores.

    It holds the plan's digest, the seeds of the trained systems, and the numbers of seeds at the
    looks that the plan declares.
    """
    has_seeds = any(map(suite.varies, suite.systems))
    return {
        "plan": suite.analysis.digest(),
        "seeds": list(suite.seeds) if has_seeds else [],
        "looks": [look.seeds for look in suite.analysis.looks],
    }


def present(suite: Suite) -> Spec:
    """Return the specification of `figures` and `report`.

    It holds the settings of the suite that figures and the report's page show beside the results:
    name, folder of the results, scope, command, plan, measures, seeds, backbone and systems, and
    the datasets whose judgements a model made.
    """
    return {
        "suite": suite.suite,
        "root": str(suite.root),
        "scope": suite.scope,
        "command": suite.command,
        "plan_digest": suite.analysis.digest(),
        "measures": list(suite.measures),
        "seeds": list(suite.seeds),
        "judged_by_model": [n for n, data in suite.datasets.items() if data.judges == "model"],
        "backbone": suite.backbone.model_dump(mode="json"),
        "systems": {system: registry.dump(entry) for system, entry in suite.systems.items()},
        **_plan(suite),
    }


def tables(suite: Suite) -> Spec:
    """Return the specification of `tables`: that of `present`, and the names of trained systems.

    The script `check.R`, which recomputes the verdicts in R, needs these names.
    """
    trained = [system for system in suite.systems if suite.depends_on_seed(system)]
    return {**present(suite), "trained": trained}


def _plan(suite: Suite) -> dict[str, Any]:
    return {"analysis": suite.analysis.model_dump(mode="json")}


def _is_trained(suite: Suite) -> dict[str, Any]:
    return {"trained": {system: suite.depends_on_seed(system) for system in suite.systems}}


SUITE_SPECIFICATIONS: dict[str, Callable[[Suite], Spec]] = {
    "collect": collect,
    "compare": compare,
    "moved": moved,
    "calibrate": calibrate,
    "cells": cell_specs.cells,
    "check": check,
    "record": record,
    "theory": theory,
    "tables": tables,
    "figures": present,
    "report": present,
}


def specification(stage: str, suite: Suite, *, job: JobKey | None = None) -> Spec:
    """Return the specification of a job, by the name of its stage.

    job: the key of the job; None for a stage that has one job in a suite. KeyError for an unknown
    stage; the specifications of `sweep` and `ablations` are in `maw.jobs.ablation_specs`.
    """
    if stage in SUITE_SPECIFICATIONS:
        return SUITE_SPECIFICATIONS[stage](suite)
    return run_specs.specification(stage, suite, job=job or JobKey())
