"""The specifications of the stages `routing` and `look`: whose routing is looked at, and how.

A system whose routing is looked at has a router, and is not a diagnostic one (`Suite.routed`).
"""

from pydantic import BaseModel

from maw.jobs.expected_stamps import expected_digest, run_stamps
from maw.jobs.job_key import JobKey, Spec
from maw.jobs.suite_specs import run_entry
from maw.settings import registry
from maw.settings.planned import DECIDING_ROLES
from maw.settings.suite import Suite

LOOKED_AT = 3  # test queries whose routing the report shows one by one


def routing(suite: Suite) -> Spec:
    """Return the specification of `routing`: every routed system on every dataset and fold.

    It holds the primary measure, and for each system on each dataset or fold the digest (`stamp`)
    that the files of `diagnose` must carry, the runs with the digests of their rankings, and the
    runs of its control with the digests of their scores. `documents` is False where only the
    routing of queries is looked at. `mixes` is True for a router that mixes depths, and so chooses
    none.
    """
    return {
        "primary": suite.analysis.primary,
        "systems": [
            {
                "dataset": unit,
                "system": system,
                "stamp": expected_digest(
                    "diagnose", suite, job=JobKey(dataset=unit, system=system)
                ),
                "documents": suite.dataset(unit).retrieve == "stored",
                "mixes": bool(registry.module_of(_router(suite, system)).MIXES),
                "runs": _runs(suite, unit, system=system, stage="rank"),
                "control": _control_runs(suite, unit, system=system),
            }
            for unit in suite.units
            for system in suite.routed
        ],
    }


def look(suite: Suite) -> Spec:
    """Return the specification of `look`: the first seed of every routed system on every dataset.

    Of a dataset in folds it is the first fold alone. `run` is the run with the digests that its
    files must carry. `pairwise` is True for a cross-encoder. The backbone is there for the
    tokeniser and the largest numbers of tokens.
    """
    first: dict[str, str] = {}  # reported dataset -> its first unit
    for unit in suite.units:
        first.setdefault(suite.reported(unit), unit)
    return {
        "systems": [
            {
                "name": system,
                "system": registry.dump(suite.systems[system]),
                "n_queries": LOOKED_AT,
                "pairwise": suite.is_pairwise(system),
                "trained": suite.is_trained(system),
                "relevant_from": suite.dataset(unit).least_grade,
                "backbone": suite.backbone.model_dump(mode="json"),
                "run": looked_at(suite, unit, system=system),
            }
            for unit in first.values()
            for system in suite.routed
        ],
    }


def looked_at(suite: Suite, unit: str, *, system: str) -> Spec:
    """Return the first run of a system on a dataset or fold, with the digests of its files."""
    job = JobKey(dataset=unit, system=system, seed=suite.seeds_of(system)[0])
    stamps = run_stamps(suite, job)
    return run_entry(suite, job, stamps={name: stamps[name] for name in ("run", "rank")})


def _router(suite: Suite, system: str) -> BaseModel:
    """Return the configuration of a routed system's router."""
    router: BaseModel = suite.systems[system].router
    return router


def _control_runs(suite: Suite, unit: str, *, system: str) -> list[Spec]:
    """Return the runs of the baseline of the system's first contrast that decides.

    [] where there is no such contrast, or the baseline is not trained and so has one run alone.
    """
    baselines = [
        contrast.baseline
        for contrast in suite.analysis.contrasts
        if contrast.role in DECIDING_ROLES and contrast.system == system
    ]
    if not baselines or not suite.is_trained(baselines[0]):
        return []
    return _runs(suite, unit, system=baselines[0], stage="evaluate")


def _runs(suite: Suite, unit: str, *, system: str, stage: str) -> list[Spec]:
    """Return a system's runs on a dataset or fold, with the digest that one stage gives them."""
    jobs = [JobKey(dataset=unit, system=system, seed=seed) for seed in suite.seeds_of(system)]
    return [
        run_entry(suite, job, stamps={stage: expected_digest(stage, suite, job=job)})
        for job in jobs
    ]
