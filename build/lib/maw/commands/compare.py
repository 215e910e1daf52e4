"""The command `maw compare`: verdicts on run files of any origin, in a terminal and as a report."""

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maw.errors import InputError

if TYPE_CHECKING:
    from maw.comparison import Comparison
    from maw.verdicts.required import Requirement

EXIT_NOT_AS_REQUIRED = 3
N_NAMED = 3  # claims that did not come out, in the line on stderr
STDOUT = Path("-")

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
MaxLoss = Annotated[
    float | None,
    typer.Option(help="Ask whether each system loses less than this, and not whether it wins."),
]
Clusters = Annotated[
    Path | None,
    typer.Option(help="CSV file with columns topic,cluster, where topics are not independent."),
]
SeedPattern = Annotated[
    str | None, typer.Option(help="Pattern of the file names: '{system}-s{seed}'.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", help="Format of all files, such as trec, where their content misleads."
    ),
]
Replicates = Annotated[
    Literal["seeds", "repeats"] | None,
    typer.Option(
        help="What several runs of one system are: trainings, or repeats of one trained system."
    ),
]
Judge = Annotated[
    Literal["llm"] | None,
    typer.Option(help="Who judged, where it was not people: the output then warns of it."),
]
Topics = Annotated[
    Path | None,
    typer.Option(help="Texts of the topics, for the report: TREC topics, JSON lines or TSV."),
]
Dataset = Annotated[str | None, typer.Option(help="Name of the collection in the report.")]
Out = Annotated[
    Path | None, typer.Option(help="Folder to write tables, the report and check.R into.")
]
Json = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the verdicts as JSON; - is standard output."),
]
Markdown = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write a summary as Markdown; - is standard output."),
]
Require = Annotated[
    Literal["better", "equivalent", "no-worse"] | None,
    typer.Option(help="Exit with code 3 unless every claim comes out so."),
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
    max_loss: MaxLoss = None,
    clusters: Clusters = None,
    seed_pattern: SeedPattern = None,
    file_format: Format = None,
    replicates: Replicates = None,
    judge: Judge = None,
    dataset: Dataset = None,
    topics: Topics = None,
    out: Out = None,
    json: Json = None,
    markdown: Markdown = None,
    require: Require = None,
    calibrate: Calibrate = 0,
) -> None:
    """Compare run files: which system ranks better, and how surely?"""
    if calibrate and out is None:
        raise InputError(
            "--calibrate: given without --out, where its table is written; give --out DIR"
        )
    from maw.api import compare as compare_runs
    from maw.stages.finished.documents import opened_documents
    from maw.verdicts.required import require_possible

    is_silent = STDOUT in (json, markdown)  # standard output is then the document and nothing else
    with _opened(out) as new, opened_documents(json=json, markdown=markdown) as documents:
        comparison = compare_runs(
            list(runs or ()),
            qrels,
            baseline=baseline,
            measures=measure or None,
            plan=plan,
            alpha=alpha,
            sesoi=sesoi,
            max_loss=max_loss,
            clusters=clusters,
            seed_pattern=seed_pattern,
            file_format=file_format,
            replicates=replicates,
            judge=judge,
            dataset=dataset,
            topics=topics,
        )
        if require is not None:
            require_possible(comparison.plan, require)
        if not is_silent:
            _show(comparison)
        lines: list[str] = []
        if out is not None and new is not None:
            lines = _fill(new, comparison, out=out, draws=calibrate)
        documents.write(comparison)
    for line in lines:
        typer.echo(line, err=is_silent)
    if require is not None:
        _end_unless(require, comparison)


def _show(comparison: "Comparison") -> None:
    """Print the verdicts, the means and the notices."""
    from maw.reporting.terminal import show

    show(comparison.verdict_frames, plan=comparison.plan, notices=comparison.warnings)


def _opened(out: Path | None) -> AbstractContextManager[Path | None]:
    """Return a context that yields the new folder for --out, or None where it is not given.

    InputError when it is entered, and so before the work, where the folder cannot be written.
    """
    if out is None:
        return nullcontext()
    from maw.stages.finished.publish import opened

    return opened(out)


def _fill(new: Path, comparison: "Comparison", *, out: Path, draws: int) -> list[str]:
    """Write the files of --out into the new folder; return the lines that say where they are.

    new: the folder that takes the place of `out`. draws: number of simulated experiments of
    --calibrate.
    """
    from maw.stages.finished.publish import fill, left_out

    command = shlex.join(["maw", *sys.argv[1:]])  # as it was typed, for the report
    history = fill(new, comparison, folder=out, command=command, draws=draws)
    return [f"plan: {history}", *left_out(), f"report: {out / 'index.html'}"]


def _end_unless(require: "Requirement", comparison: "Comparison") -> None:
    """End with code 3 and one line on stderr where a claim did not come out as required."""
    from maw.verdicts.required import missed

    claims = missed(
        require,
        claims=comparison.claims,
        comparisons=comparison.comparisons,
        plan=comparison.plan,
    )
    if not claims:
        return
    named = "; ".join(map(str, claims[:N_NAMED]))
    more = f"; and {len(claims) - N_NAMED} more" if len(claims) > N_NAMED else ""
    line = f"maw: --require {require} is not met: {named}{more}"
    typer.echo(" ".join(line.split()), err=True)  # a name from a file may hold a line break
    raise typer.Exit(EXIT_NOT_AS_REQUIRED)
