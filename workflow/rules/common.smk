# Paths, and what each job's parameters are. The only Python here turns the configuration into names.
import os
import re
import sys

from maw import config as maw_config, specs
from maw.errors import InputError
from maw.jobs.files import canonical, hold
from maw.jobs.provenance import code_of as code_of_spec
from maw.stages.finished.plan_record import enter_start
from maw.stages.shared.specify import specify

try:
    SUITE = maw_config.parse(config, source=workflow.configfiles[-1])
except InputError as error:
    sys.exit(f"maw: {error}")

ROOT = SUITE.root
DATA = f"{ROOT}/data/{{dataset}}"
SYSTEM = f"{ROOT}/runs/{{dataset}}/{{system}}"
RUN = f"{SYSTEM}/seed{{seed}}"
SUMMARY = f"{ROOT}/summary"
LOGS = f"{ROOT}/logs"
TRAINED = [name for name in SUITE.systems if SUITE.is_trained(name)]
UNTRAINED = [name for name in SUITE.systems if not SUITE.is_trained(name)]
RUNS = [
    dict(dataset=dataset, system=system, seed=seed)
    for dataset in SUITE.units for system in SUITE.systems for seed in SUITE.seeds_of(system)
]

# A job's lines go to its log, and on a terminal to the eye as they come; elsewhere the last one.
TELL = "2>&1 | tee {log} | (if [ -t 2 ]; then cat; else tail -n 1; fi)"
os.environ["PYTHONUNBUFFERED"] = "1"

# What a job asks of a cluster, in MB and minutes; the local profile has no limit on either. Larger
# collections: `--set-resources train:mem_mb=16000 train:runtime=600`. A group of jobs has one lane:
# said here, not in the cluster's profile, all of whose `set-resources` a single one replaces.
SECONDS = dict(mem_mb=2000, runtime=15, lane=1)  # reads tables, writes tables
STATISTICS = dict(mem_mb=4000, runtime=120, lane=1)  # redraws whole experiments
TENSORS = dict(mem_mb=4000, runtime=60, lane=1)  # torch and one collection's trunk, on the CPU
TRAINING = dict(TENSORS, gpu=1)

HELD = []  # the lock on the results, until this process ends

wildcard_constraints:
    dataset="|".join(map(re.escape, dict.fromkeys([*SUITE.datasets, *SUITE.units]))),
    system="|".join(SUITE.systems),
    seed=r"\d+",
    learning_rate=r"[0-9.e+-]+",


onstart:
    # Snakemake 9.27 looks once a second more for every job that has ended whether its limit on jobs
    # a second allows another: in a suite of 373 jobs that took 18 minutes of a processor
    workflow.scheduler.job_rate_limiter = None
    try:
        HELD.append(hold(ROOT))
        enter_start(ROOT, plan=SUITE.analysis.digest())  # before this run's first score
    except InputError as error:
        sys.exit(f"maw: {error}")


def of_runs(pattern):
    """The files of a pattern, one per dataset × system × seed."""
    return [pattern.format(**run) for run in RUNS]


def trained(wildcards):
    """The wildcards of the run whose model this one ranks with: transferred models are others'."""
    made_on = SUITE.trained_on(wildcards["dataset"]) if SUITE.is_trained(wildcards["system"]) else wildcards["dataset"]
    return {**wildcards, "dataset": made_on}


def of_models(pattern):
    """The files of a pattern, one per trained model or described system."""
    return list(dict.fromkeys(pattern.format(**trained(run)) for run in RUNS))


def spec_of(stage):
    """What a job reads of the configuration, as JSON: a change re-runs it."""
    return lambda wildcards: canonical(specs.of(stage, SUITE, **named(wildcards)))


def code_of(stage):
    """The hash of the code that a job runs: a change re-runs it, a comment does not."""
    return lambda wildcards: code_of_spec(stage, specs.of(stage, SUITE, **named(wildcards)))


def specified(stage, spec=None):
    """The specification of a suite-wide job as a file: newer when it, or the job's code, changes."""
    path, spec = ROOT / "specifications" / f"{stage}.json", spec or specs.of(stage, SUITE)
    specify(path, spec=spec, code=code_of_spec(stage, spec))
    return str(path)


def named(wildcards):
    """Wildcards as keywords; a seed and a learning rate are numbers."""
    numbers = {"seed": int, "learning_rate": float}
    return {key: numbers.get(key, str)(value) for key, value in wildcards.items()}
