"""The specification of the learning-rate sensitivity analysis, which has a job for each cell."""

from maw.jobs.expected_stamps import expected_digest
from maw.jobs.job_key import JobKey, Spec
from maw.settings.sections import Cells
from maw.settings.suite import Suite


def cells(suite: Suite) -> Spec:
    """Return the specification of `cells`, the learning-rate sensitivity analysis.

    It holds every cell (a run at one learning rate) with the digests that its scores must carry,
    the systems, their baseline, and a plan without contrasts: primary measure, significance level
    and smallest effect size of interest. ValueError for a suite without this analysis.
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
    """Return the key of the job of every cell, in the order of the table of cells."""
    return [
        JobKey(dataset=dataset, system=system, seed=seed, learning_rate=learning_rate)
        for dataset in suite.datasets
        for learning_rate in suite.selection.learning_rates
        for system in cells.trained
        for seed in cells.seeds
    ]


def _cell(suite: Suite, job: JobKey) -> Spec:
    """Return a dict that describes one cell: its key, and the digests that two files must carry.

    `cell` is the digest of the cell's scores; `main` is that of the scores of the main run of the
    same dataset, system and seed.
    """
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
