"""The command `maw verdicts`: prints the verdicts of a finished suite, and what they rest on."""

from pathlib import Path
from typing import Annotated

import typer


def verdicts(
    results: Annotated[Path, typer.Option(help="Results folder of a suite.")] = Path("results"),
) -> None:
    """Print the verdict on each claim of a finished suite."""
    from maw.reporting.console import wrapped
    from maw.stages.finished.verdicts import verdict_lines

    *lines, place = verdict_lines(results)
    for line in lines:
        typer.echo(wrapped(line))
    typer.echo(place)  # a path is never broken, so that it can be copied
