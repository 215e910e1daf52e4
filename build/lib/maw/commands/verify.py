"""The command `maw verify`: checks that the files of finished results are what was written."""

import sys
from pathlib import Path
from typing import Annotated

import typer

EXIT_DAMAGED = 1
MEGABYTE = 1_000_000
MEND = "the next snakemake, or the command that wrote them, makes them again"


def verify(
    results: Annotated[
        Path,
        typer.Argument(
            help="Results folder of a suite, a folder of several, or one that `maw compare --out` "
            "or `maw export` wrote."
        ),
    ] = Path("results"),
) -> None:
    """Check every file of the results against the hash of its content."""
    from maw.errors import InputError
    from maw.jobs.verification import verify as verify_folder

    verification = verify_folder(results)
    if not verification.n_files:
        raise InputError(f"{results}: holds no file of maw; give a folder of results")
    for check in verification.damaged:
        print(f"{check.path}: {check.damage}", file=sys.stderr)
    counts = f"{verification.n_files} files, {verification.n_bytes / MEGABYTE:,.1f} MB"
    if verification.damaged:
        n_damaged = len(verification.damaged)
        line = f"{results}: {n_damaged} of {counts}, are not as they were written; {MEND}"
        print(f"maw: {line}", file=sys.stderr)
        raise typer.Exit(EXIT_DAMAGED)
    typer.echo(f"{results}: {counts}, all as they were written")
