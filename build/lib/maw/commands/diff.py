"""The command `maw diff`: what differs between two finished suites."""

from pathlib import Path
from typing import Annotated

import typer

from maw.commands.compare import STDOUT

EXIT_DIFFERENT = 1


def diff(
    a: Annotated[
        Path, typer.Argument(help="Results folder of a suite, or of `maw compare --out`.")
    ],
    b: Annotated[Path, typer.Argument(help="Results folder of another one.")],
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the difference; - is standard output."),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with exit code 1 where anything differs.")
    ] = False,
) -> None:
    """Show what differs between two finished suites or comparisons."""
    from maw.reporting.diff_terminal import show
    from maw.stages.finished.documents import opened_text
    from maw.stages.finished.suite_diff import diff as difference_of

    with opened_text(json, option="--json") as write:
        difference = difference_of(a, b)
        write(difference.to_json())
    if json != STDOUT:
        show(
            difference.settings, difference.scores, difference.verdicts, measure=difference.measure
        )
    if exit_code and not difference.is_same:
        raise typer.Exit(EXIT_DIFFERENT)
