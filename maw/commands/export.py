"""`maw export`: a trained model for use without the suite, or all rankings for other tools."""

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
    runs: Annotated[
        bool, typer.Option("--runs", help="All rankings as TREC runs, with qrels and the plan.")
    ] = False,
    results: Annotated[Path, typer.Option(help="With --runs: a suite's results.")] = Path(
        "results"
    ),
) -> None:
    """Write a run's model into a folder that three lines load, or a suite's runs for others."""
    if runs == (run is not None):
        raise InputError(
            "export: say what to export: --run results/runs/<dataset>/<system>/seed42, or --runs"
        )
    if run is None:
        from maw.stages.finished.export_runs import export_runs

        for line in export_runs(results, folder):
            typer.echo(line)
        return
    from maw.stages.finished.export import export as write
    from maw.stages.finished.open import open_run

    typer.echo(write(open_run(run), folder))
    typer.echo(f"load it: maw.load({str(folder)!r}).encode(texts); read {folder / 'README.md'}")
