"""The command `maw compare`: verdicts on run files of any origin, in a terminal and as a report."""

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from maw.errors import InputError

Runs = Annotated[
    list[Path] | None,
    typer.Argument(help="Run files, folders of seeds, or score tables; the first is the baseline."),
]
Qrels = Annotated[
    Path | None, typer.Option(help="Relevance judgements: a TREC, BEIR or parquet file.")
]
Baseline = Annotated[
    str | None, typer.Option(help="Name of the system that the others are compared with.")
]
Measures = Annotated[
    list[str] | None,
    typer.Option("--measure", "-m", help="A measure; may be repeated, the first is primary."),
]
Plan = Annotated[
    Path | None, typer.Option(help="Analysis plan: a YAML file with the keys of `analysis:`.")
]
Alpha = Annotated[
    float | None, typer.Option(help="Significance level of all claims together; 0.05 if left out.")
]
Sesoi = Annotated[
    float | None,
    typer.Option(help="Smallest effect size of interest; without it nothing is called equivalent."),
]
Clusters = Annotated[
    Path | None,
    typer.Option(help="CSV file with columns topic,cluster, where topics are not independent."),
]
SeedPattern = Annotated[
    str | None, typer.Option(help="Pattern of the file names: '{system}-s{seed}'.")
]
Dataset = Annotated[str | None, typer.Option(help="Name of the collection in the report.")]
Out = Annotated[
    Path | None, typer.Option(help="Folder to write tables, the report and check.R into.")
]
Calibrate = Annotated[
    int,
    typer.Option(min=0, help="With --out: simulated experiments that measure the tests' errors."),
]


def compare(
    runs: Runs = None,
    qrels: Qrels = None,
    baseline: Baseline = None,
    measure: Measures = None,
    plan: Plan = None,
    alpha: Alpha = None,
    sesoi: Sesoi = None,
    clusters: Clusters = None,
    seed_pattern: SeedPattern = None,
    dataset: Dataset = None,
    out: Out = None,
    calibrate: Calibrate = 0,
) -> None:
    """Compare run files: which system ranks better, and how surely?"""
    if calibrate and out is None:
        raise InputError(
            "--calibrate: given without --out, where its table is written; give --out DIR"
        )
    from maw.api import compare as compare_runs
    from maw.reporting.terminal import show

    with _opened(out) as new:
        comparison = compare_runs(
            list(runs or ()),
            qrels,
            baseline=baseline,
            measures=measure or None,
            plan=plan,
            alpha=alpha,
            sesoi=sesoi,
            clusters=clusters,
            seed_pattern=seed_pattern,
            dataset=dataset,
        )
        show(comparison.verdict_frames, plan=comparison.plan, notices=comparison.warnings)
        if out is not None and new is not None:
            from maw.stages.finished.publish import fill

            command = shlex.join(["maw", *sys.argv[1:]])  # as it was typed, for the report
            history = fill(new, comparison, folder=out, command=command, draws=calibrate)
    if out is not None:
        typer.echo(f"plan: {history}")
        typer.echo(f"report: {out / 'index.html'}")


def _opened(out: Path | None) -> AbstractContextManager[Path | None]:
    """Return a context that yields the new folder for --out, or None where it is not given.

    InputError when it is entered, and so before the work, where the folder cannot be written.
    """
    if out is None:
        return nullcontext()
    from maw.stages.finished.publish import opened

    return opened(out)
