"""Specifications of the stages that run the controls of a study: `study_controls`, `budget`.

The controls show whether the study could see a difference, and whether it sees one where there is
none. Some need trainings of their own, which lie in the folder `controls` of the results. These
functions say which, and the digests that the files must carry.
"""

from maw.jobs.expected_stamps import expected_digest
from maw.jobs.job_key import BUDGET, NEGATIVE, JobKey, Spec, seeds_of
from maw.jobs.suite_specs import run_entry
from maw.settings.plan import Analysis
from maw.settings.planned import DECIDING_ROLES
from maw.settings.suite import Suite


def study_controls(suite: Suite) -> Spec:
    """Return the specification of `study_controls`: all controls that need no verdict.

    It holds the plan, system -> whether it is trained, the number of seeds, the runs into whose
    rankings a loss is planted, the runs of the negative control, the reported runs of the same
    system (`repeated`), and the runs whose judgements are looked at (`judged`).
    """
    plan = suite.analysis
    system = planted_system(plan)
    planted = [] if system is None else _jobs(suite, system)
    judged = [job for name in deciding_systems(plan) for job in _jobs(suite, name)]
    # the digests of a large suite take seconds: each is computed once, and only those that are read
    ranked = {
        job: {"rank": expected_digest("rank", suite, job=job)}
        for job in dict.fromkeys([*planted, *judged])
    }
    negative = plan.controls.negative
    further = [] if negative is None else _jobs(suite, negative.system, control=NEGATIVE)
    repeated = [] if negative is None else _jobs(suite, negative.system)
    return {
        "analysis": plan.model_dump(mode="json"),
        **_systems(suite),
        "planted": [run_entry(suite, job, stamps=ranked[job]) for job in planted],
        "negative": [run_entry(suite, job) for job in further],
        "repeated": [run_entry(suite, job, stamps={}) for job in repeated],
        "judged": [
            {
                **run_entry(suite, job, stamps=ranked[job]),
                "relevant_from": suite.dataset(job.dataset).least_grade,
            }
            for job in judged
        ],
    }


def budget(suite: Suite) -> Spec:
    """Return the specification of `budget`, which compares verdicts at two numbers of steps.

    It holds the plan, system -> whether it is trained, the number of seeds, and every run with more
    steps that can belong to the control: which of them do is known only when the claims are judged.
    """
    return {
        "analysis": suite.analysis.model_dump(mode="json"),
        **_systems(suite),
        "runs": [
            run_entry(suite, job)
            for system in systems_of_claims(suite)
            for job in _jobs(suite, system, control=BUDGET)
        ],
    }


def planted_system(plan: Analysis) -> str | None:
    """Return the system into whose rankings a loss is planted; None where the plan wants none.

    It is the baseline of the first confirmatory contrast; in a plan without one, that of the first.
    """
    contrasts = sorted(plan.contrasts, key=lambda contrast: contrast.role != "confirmatory")
    wanted = plan.controls.planted and plan.sesoi is not None and contrasts
    return contrasts[0].baseline if wanted else None


def deciding_systems(plan: Analysis, roles: tuple[str, ...] = DECIDING_ROLES) -> list[str]:
    """Return the systems and baselines of all contrasts of these roles, each once."""
    pairs = [pair for pair in plan.contrasts if pair.role in roles]
    return list(dict.fromkeys(name for pair in pairs for name in (pair.system, pair.baseline)))


def systems_of_claims(suite: Suite) -> list[str]:
    """Return all trained systems of confirmatory contrasts, each once."""
    names = deciding_systems(suite.analysis, ("confirmatory",))
    return [name for name in names if suite.is_trained(name)]


def runs_with_budget(suite: Suite, pairs: list[Spec]) -> list[dict[str, str | int]]:
    """Return dataset, system and seed of each run that the budget control needs.

    pairs: a dict for each claim, with its dataset, its system, and `decided_by`, the control that
    decided it, as the stage `deciding` writes them. Runs are named by the dataset or fold that they
    rank, each once.
    """
    named = [(pair["dataset"], pair[side]) for pair in pairs for side in ("system", "decided_by")]
    return [
        {"dataset": job.dataset, "system": job.system, "seed": job.seed}
        for dataset, system in dict.fromkeys(named)
        if suite.is_trained(system)
        for job in _jobs(suite, system, control=BUDGET)
        if suite.reported(job.dataset) == dataset
    ]


def _systems(suite: Suite) -> Spec:
    return {
        "trained": {name: suite.depends_on_seed(name) for name in suite.systems},
        "n_seeds": len(suite.seeds),
    }


def _jobs(suite: Suite, system: str, *, control: str = "") -> list[JobKey]:
    """Return the key of every run of a system, on all datasets and folds and with all seeds."""
    job = JobKey(system=system, control=control)
    return [
        JobKey(dataset=unit, system=system, seed=seed, control=control)
        for unit in suite.units
        for seed in seeds_of(suite, job)
    ]
