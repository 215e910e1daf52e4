"""The command `maw`: for people. The workflow calls `python -m maw.stages.<stage>` instead.

Nothing heavy is imported before a command needs it: `maw --help` answers at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from maw.commands.export import export
from maw.commands.inspect import inspect
from maw.commands.search import search
from maw.commands.shapes import shapes
from maw.commands.theory import theory
from maw.errors import InputError

app = typer.Typer(
    name="maw",
    help="Did the changed transformer rank better? Train, score, compare, reproduce.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Results = Annotated[Path, typer.Option(help="A suite's results folder.")]
Configuration = Annotated[Path, typer.Argument(help="A suite's YAML file.")]


@app.command()
def verdicts(results: Results = Path("results")) -> None:
    """Print the verdict of each claim of a finished suite, and where its report is."""
    from maw.stages.verdicts import lines

    for line in lines(results):
        typer.echo(line)


@app.command()
def check(configuration: Configuration) -> None:
    """Read a configuration as the workflow would, and say what it asks for."""
    from maw.config import read

    suite = read(configuration)
    n_runs = len(suite.datasets) * sum(len(suite.seeds_of(name)) for name in suite.systems)
    typer.echo(f"{configuration}: suite {suite.suite!r}, {n_runs} runs, results in {suite.root}/")
    typer.echo(f"run it: snakemake --cores all --configfile {configuration}")


app.command()(inspect)
app.command()(search)
app.command()(export)
app.command()(shapes)
app.command()(theory)


def main() -> None:
    """Entry point: a user's mistake is one line and exit code 2."""
    try:
        app()
    except InputError as error:
        print(f"maw: {error}", file=sys.stderr)
        sys.exit(2)
