"""The command `maw check`: checks a suite's configuration and prints its number of runs."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    configuration: Annotated[
        Path,
        typer.Argument(
            help="Configuration of a suite: a YAML file. A configuration is code: this command "
            "runs the Python files and modules that it names, so read those that others wrote."
        ),
    ],
) -> None:
    """Check a suite's configuration and count the runs it asks for."""
    from maw.jobs.suite_specs import sources
    from maw.settings.read import read_suite

    suite = read_suite(configuration)
    for dataset in suite.datasets:
        sources(suite, dataset)  # an error names a file that is missing
    n_runs = len(suite.units) * sum(len(suite.seeds_of(name)) for name in suite.systems)
    typer.echo(f"{configuration}: suite {suite.suite!r}, {n_runs} runs, results in {suite.root}/")
    typer.echo(f"run it: snakemake --cores all --configfile {configuration}")
