# Paths of all results, and the parameters of each job. Rules hold no logic: all logic is here or in
# `maw`.
import glob
import os
import re
import sys
from pathlib import Path

from maw.errors import InputError
from maw.jobs import encoding_specs, given_runs, loader_files, run_specs, suite_specs
from maw.jobs.files import canonical
from maw.jobs.pending import hold
from maw.jobs.provenance import code_of as code_of_spec
from maw.jobs.provenance import digest
from maw.jobs.job_key import JobKey
from maw.jobs.verification import set_damaged_aside, to_make_again
from maw.settings import traits
from maw.settings.read import parse_suite
from maw.stages.finished.plan_record import enter_start
from maw.stages.shared.specify import specify

if not workflow.configfiles:
    sys.exit("maw: --config changes single keys only; add --configfile workflow/config/embedded.yaml")
try:
    SUITE = parse_suite(config, source=workflow.configfiles[-1], files=workflow.configfiles)
    given_runs.require(SUITE)
    traits.require_files(SUITE.systems)
except InputError as error:
    sys.exit(f"maw: {error}")

ROOT = SUITE.root
RESULTS = "results"  # the folder of all suites' results
DATA = f"{ROOT}/data/{{dataset}}"
SYSTEM = f"{ROOT}/runs/{{dataset}}/{{system}}"
RUN = f"{SYSTEM}/seed{{seed}}"
# systems that a control of the study trains again: on further seeds, or with more steps
CONTROL_SYSTEM = f"{ROOT}/controls/{{control}}/{{dataset}}/{{system}}"
CONTROL_RUN = f"{CONTROL_SYSTEM}/seed{{seed}}"
SUMMARY = f"{ROOT}/summary"
LOGS = f"{ROOT}/logs"
# `compare` needs the controls of the study, and that of the budget needs the verdicts of `compare`
CONTROLS = f"{SUMMARY}/controls.parquet"
BUDGET = SUITE.analysis.controls.budget
FIRST_CONTROLS = f"{SUMMARY}/first_controls.parquet" if BUDGET else CONTROLS
TRAINED = [name for name in SUITE.systems if SUITE.is_trained(name)]
SEARCHED = [name for name in SUITE.systems if SUITE.is_searched(name)]
GIVEN = given_runs.given_systems(SUITE)  # their rankings were made elsewhere
UNTRAINED = [name for name in SUITE.systems if not SUITE.is_trained(name) and name not in GIVEN]
RUNS = [
    dict(dataset=dataset, system=system, seed=seed)
    for dataset in SUITE.units for system in SUITE.systems for seed in SUITE.seeds_of(system)
]

# A job's lines go to its log. A terminal shows each line as it comes; elsewhere only the last line
# is shown.
TELL = "2>&1 | tee {log} | (if [ -t 2 ]; then cat; else tail -n 1; fi)"
os.environ["PYTHONUNBUFFERED"] = "1"
# byte code is kept even where the environment forbids it: each job would compile all it imports
os.environ["PYTHONDONTWRITEBYTECODE"] = ""
# The device reaches each job through its environment and is no part of its parameters, so that a
# change of the device runs no job again. A job on a cluster reads this file too, on its own machine.
os.environ.setdefault("MAW_DEVICE", SUITE.device)

# Resources that a job asks a cluster for, in MB and minutes; the local profile limits neither. For
# larger collections: `--set-resources make_run:mem_mb=16000 make_run:runtime=600`. Each job takes the one
# lane of its group, so that the jobs of a group run one after the other. The lane is set here,
# because one `--set-resources` replaces all resources that the cluster's profile sets.
SECONDS = dict(mem_mb=2000, runtime=15, lane=1)  # reads and writes tables
STATISTICS = dict(mem_mb=4000, runtime=120, lane=1)  # redraws whole experiments from the scores
TENSORS = dict(mem_mb=4000, runtime=60, lane=1)  # torch and one collection's trunk, on the CPU
TRAINING = dict(TENSORS, gpu=1)

HELD = []  # the lock on the results, which is held until this process ends
# Options with which Snakemake reads the rules and runs no job.
QUERIES = {
    "--summary", "-S", "--detailed-summary", "-D", "--dag", "--rulegraph", "--filegraph", "--d3dag",
    "--lint", "--list-rules", "--list", "-l", "--list-target-rules", "--unlock", "--touch", "-t",
    "--report", "--archive", "--delete-all-output", "--cleanup-metadata",
}


def hold_results():
    """Lock the results until this process ends; end it where another run holds them."""
    try:
        if not HELD:
            HELD.append(hold(ROOT))
    except InputError as error:
        sys.exit(f"maw: {error}")


def runs_jobs():
    """Return whether this process is to run jobs, and is not itself a job, a dry run or a query."""
    is_dry = workflow.output_settings.dryrun
    return workflow.is_main_process and not is_dry and not QUERIES & set(sys.argv)


# Before Snakemake looks for the files that are there, so that it makes the damaged ones again.
if runs_jobs() and os.path.isdir(ROOT):
    hold_results()
    for line in set_damaged_aside(ROOT):
        print(f"maw: {line}", file=sys.stderr)


def damaged(wildcards):
    """Return the damaged files that a rule makes again.

    They are inputs of the rule `all`, because Snakemake makes no lost file from which everything
    that is asked for was made before.
    """
    paths = map(str, to_make_again(ROOT))
    return [path for path in paths if any(rule.is_producer(path) for rule in workflow.rules)]


wildcard_constraints:
    dataset="|".join(map(re.escape, dict.fromkeys([*SUITE.datasets, *SUITE.units]))),
    system="|".join(SUITE.systems),
    seed=r"\d+",
    learning_rate=r"[0-9.e+-]+",
    control="negative|budget",


onstart:
    # With a limit on jobs a second, Snakemake 9.27 adds one check a second for every job that has
    # ended: in a suite of 373 jobs these checks took 18 minutes of a processor. So: no limit.
    workflow.scheduler.job_rate_limiter = None
    hold_results()
    try:
        enter_start(ROOT, plan=SUITE.analysis.digest())  # before this run's first score
    except InputError as error:
        sys.exit(f"maw: {error}")


def shown(path, category, *, caption, **labels):
    """Return an output that `snakemake --report` shows under a category and with these labels.

    caption: name of a file in workflow/report/, without its ending.
    """
    return report(path, category=category, caption=f"../report/{caption}.rst", labels=labels)


def shown_table(name):
    """Return the CSV file of a table as an output that `snakemake --report` shows."""
    return shown(f"{ROOT}/tables/{name}.csv", "Tables", caption=f"tables/{name}_csv", table=f"{name}.csv")


def any_of(names):
    """Return a pattern of wildcards that matches these names; it matches nothing for no name."""
    return "|".join(map(re.escape, names)) or "(?!)"


def of_runs(pattern):
    """Return the files of a pattern, one for each dataset, system and seed."""
    return [pattern.format(**run) for run in RUNS]


def trained(wildcards):
    """Return the wildcards of the run that trained the model with which this run ranks.

    Where models are transferred, that run is on the dataset that they were trained on.
    """
    dataset, system = wildcards["dataset"], wildcards["system"]
    return {**wildcards, "dataset": SUITE.trained_on(dataset) if SUITE.is_trained(system) else dataset}


def of_models(pattern, systems=tuple(SUITE.systems)):
    """Return the files of a pattern, one for each model of these systems, trained or untrained."""
    runs = (run for run in RUNS if run["system"] in systems)
    return list(dict.fromkeys(pattern.format(**trained(run)) for run in runs))


def folder_of(run):
    """Return the folder of a run, by its wildcards; that of a control's run is another one."""
    return (CONTROL_RUN if "control" in run else RUN).format(**run)


def job_key(wildcards):
    """Return the dataset, system, seed, learning rate and control that a job's wildcards name."""
    types = {"seed": int, "learning_rate": float}
    return JobKey(**{name: types.get(name, str)(value) for name, value in wildcards.items()})


def spec_of(stage):
    """Return a function from a job's wildcards to its specification as JSON.

    A change of the specification makes Snakemake run the job again.
    """
    return lambda wildcards: canonical(suite_specs.specification(stage, SUITE, job=job_key(wildcards)))


def code_of(stage):
    """Return a function from a job's wildcards to the hash of its code, without comments."""
    return lambda wildcards: code_of_spec(
        stage, suite_specs.specification(stage, SUITE, job=job_key(wildcards)))


def specified(stage, spec=None):
    """Write the specification of a job of the whole suite to a file, and return its path.

    The file is written again, and so is newer, when the specification or the job's code changes.
    """
    spec = spec or suite_specs.specification(stage, SUITE)
    path = ROOT / "specifications" / f"{stage}.json"
    specify(path, spec=spec, code=code_of_spec(stage, spec))
    return str(path)
