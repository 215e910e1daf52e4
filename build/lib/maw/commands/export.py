"""The command `maw export`: a trained model for use elsewhere, or all rankings for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from maw.commands.inspect import Configuration
from maw.errors import InputError


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    run: Annotated[
        Path | None,
        typer.Option(
            help="Export this run's model: results/runs/<dataset>/<system>/seed<seed>.",
        ),
    ] = None,
    runs: Annotated[
        bool,
        typer.Option(
            "--runs", help="Export all rankings as TREC runs, with judgements and the plan."
        ),
    ] = False,
    results: Annotated[Path, typer.Option(help="With --runs: results folder of the suite.")] = Path(
        "results"
    ),
    config: Configuration = None,
) -> None:
    """Export a trained model, or a suite's rankings as TREC runs."""
    if runs == (run is not None):
        raise InputError(
            "export: say what to export: --run results/runs/<dataset>/<system>/seed42, or --runs"
        )
    if run is None:
        from maw.stages.finished.export_runs import export_runs

        for line in export_runs(results, folder):
            typer.echo(line)
        return
    from maw.stages.finished.export_model import export_model
    from maw.stages.finished.finished_run import open_run

    typer.echo(export_model(open_run(run, config), folder))
    beside = f", config={str(config)!r}" if config else ""
    use = f"maw.load({str(folder)!r}{beside}).encode(texts)"
    typer.echo(f"load it: {use}; read {folder / 'README.md'}")
