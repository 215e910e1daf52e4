# Paths, and what each job's parameters are. The only Python here turns the configuration into names.
import sys

from maw import config as maw_config, specs
from maw.errors import InputError
from maw.io import canonical
from maw.provenance import code_of as code_of_spec

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
    for dataset in SUITE.datasets for system in SUITE.systems for seed in SUITE.seeds_of(system)
]

wildcard_constraints:
    dataset="|".join(SUITE.datasets),
    system="|".join(SUITE.systems),
    seed=r"\d+",


def of_runs(pattern):
    """The files of a pattern, one per dataset × system × seed."""
    return [pattern.format(**run) for run in RUNS]


def spec_of(stage):
    """What a job reads of the configuration, as JSON: a change re-runs it."""
    return lambda wildcards: canonical(specs.of(stage, SUITE, **named(wildcards)))


def code_of(stage):
    """The hash of the code that a job runs: a change re-runs it, a comment does not."""
    return lambda wildcards: code_of_spec(stage, specs.of(stage, SUITE, **named(wildcards)))


def named(wildcards):
    """Wildcards as keywords; a seed is a number."""
    return {key: int(value) if key == "seed" else value for key, value in wildcards.items()}
