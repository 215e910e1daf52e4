"""`maw export`: what was trained, for use without the suite."""

from pathlib import Path
from typing import Annotated

import typer

from maw.errors import InputError


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    run: Annotated[
        Path | None,
        typer.Option(help="A finished run: results/runs/<dataset>/<system>/seed<seed>."),
    ] = None,
) -> None:
    """Write a run's model into a folder that three lines load."""
    if run is None:
        raise InputError("export: say what to export: --run results/runs/<dataset>/<system>/seed42")
    from maw.stages.export import export as write
    from maw.stages.finished import open_run

    typer.echo(write(open_run(run), folder))
    typer.echo(f"load it: maw.load({str(folder)!r}).encode(texts); read {folder / 'README.md'}")
