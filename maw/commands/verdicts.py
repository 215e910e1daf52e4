"""The command `maw verdicts`: prints the verdicts of a finished suite, a line for each claim."""

from pathlib import Path
from typing import Annotated

import typer


def verdicts(
    results: Annotated[Path, typer.Option(help="Results folder of a suite.")] = Path("results"),
) -> None:
    """Print the verdict on each claim of a finished suite."""
    from maw.stages.finished.verdicts import verdict_lines

    for line in verdict_lines(results):
        typer.echo(line)
