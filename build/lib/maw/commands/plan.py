"""The command `maw plan`: records an analysis plan before there are scores."""

from pathlib import Path
from typing import Annotated

import typer


def plan(
    plan: Annotated[
        Path, typer.Argument(help="Analysis plan: a YAML file with the keys of `analysis:`.")
    ],
    out: Annotated[Path, typer.Option(help="The folder that `maw compare --out` will write.")],
) -> None:
    """Record an analysis plan before there are any scores.

    The report of a later `maw compare` then shows that the plan came first.
    """
    from maw.settings.plan import read_plan
    from maw.stages.finished.publish import enter

    typer.echo(f"plan: {enter(read_plan(plan), out)}")
