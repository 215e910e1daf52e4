"""The command `maw`: for people. The workflow calls `python -m maw.stages.<stage>` instead.

Nothing heavy is imported before a command needs it: `maw --help` answers at once.
"""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from maw.commands.estimate import estimate
from maw.commands.export import export
from maw.commands.inspect import inspect
from maw.commands.search import search
from maw.commands.shapes import shapes
from maw.commands.theory import theory
from maw.errors import InputError

# typer may bring its own copy of click, whose class this is; it does not export it
USAGE_ERROR: Any = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="maw",
    help="Did the changed transformer rank better? Train, score, compare, reproduce.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Results = Annotated[Path, typer.Option(help="A suite's results folder.")]
Configuration = Annotated[Path, typer.Argument(help="A suite's YAML file.")]

Runs = Annotated[
    list[Path] | None,
    typer.Argument(help="Runs, folders of seeds, or score tables; the first is the baseline."),
]
Qrels = Annotated[Path | None, typer.Option(help="Judgements: TREC, BEIR or parquet.")]
Baseline = Annotated[str | None, typer.Option(help="The system to beat, by name.")]
Measures = Annotated[
    list[str] | None, typer.Option("--measure", "-m", help="May be repeated; first is primary.")
]
Plan = Annotated[Path | None, typer.Option(help="YAML: the keys of `analysis:`.")]
Alpha = Annotated[float | None, typer.Option(help="Level of all claims together: 0.05.")]
Sesoi = Annotated[
    float | None, typer.Option(help="Smallest effect size of interest; none: no equivalence.")
]
Clusters = Annotated[
    Path | None, typer.Option(help="topic,cluster of topics that are not independent.")
]
SeedPattern = Annotated[str | None, typer.Option(help="How files are called: '{system}-s{seed}'.")]
Dataset = Annotated[str | None, typer.Option(help="What to call the collection.")]
Calibrate = Annotated[
    int, typer.Option(min=0, help="With --out: experiments to redraw, to see how tests err.")
]
Out = Annotated[Path | None, typer.Option(help="Folder for tables, report and check.R.")]


@app.command()
def verdicts(results: Results = Path("results")) -> None:
    """Print the verdict of each claim of a finished suite, and where its report is."""
    from maw.stages.finished.verdicts import lines

    for line in lines(results):
        typer.echo(line)


@app.command()
def check(configuration: Configuration) -> None:
    """Read a configuration as the workflow would, and say what it asks for."""
    from maw.settings.read import read_suite

    suite = read_suite(configuration)
    n_runs = len(suite.units) * sum(len(suite.seeds_of(name)) for name in suite.systems)
    typer.echo(f"{configuration}: suite {suite.suite!r}, {n_runs} runs, results in {suite.root}/")
    typer.echo(f"run it: snakemake --cores all --configfile {configuration}")


@app.command()
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
    """Which of these runs is better, by how much, and how sure can anybody be?"""
    if calibrate and out is None:
        raise InputError("--calibrate: its table is a part of the report; give --out DIR")
    from maw.api import compare as compare_runs
    from maw.reporting.terminal import show

    found = compare_runs(
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
    show(found)
    if out is not None:
        from maw.stages.finished.publish import publish

        typer.echo(f"plan: {publish(found, out, command=_command(), draws=calibrate)}")
        typer.echo(f"report: {out / 'index.html'}")


@app.command()
def plan(
    plan: Annotated[Path, typer.Argument(help="YAML: the keys of `analysis:`.")],
    out: Annotated[Path, typer.Option(help="The folder that `maw compare --out` will write.")],
) -> None:
    """Enter a plan before there are scores, so that the report can say that it came first."""
    from maw.settings.plan import read_plan
    from maw.stages.finished.publish import enter

    typer.echo(f"plan: {enter(read_plan(plan), out)}")


@app.command()
def calibrate(
    results: Annotated[
        Path, typer.Argument(help="A suite's results, or what `maw compare --out` wrote.")
    ] = Path("results"),
    draws: Annotated[int, typer.Option(min=1, help="Experiments to redraw.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed, the same table.")] = 0,
) -> None:
    """How often are the tests wrong on these very scores? Redraws the whole plan to see."""
    from maw.reporting.calibration import section, show
    from maw.stages.calibrate import calibrate_folder

    judged, found, places = calibrate_folder(results, draws=draws, seed=seed)
    show(section(found, alpha=judged.plan.alpha, sesoi=judged.plan.sesoi))
    typer.echo(f"calibration: {', '.join(map(str, places))}")


def _command() -> str:
    """What was typed, ready to be typed again."""
    return shlex.join(["maw", *sys.argv[1:]])


app.command()(inspect)
app.command()(search)
app.command()(export)
app.command()(estimate)
app.command()(shapes)
app.command()(theory)


def main() -> None:
    """Entry point: a user's mistake is one line and exit code 2."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except InputError as error:
        told = str(error)
    except USAGE_ERROR as error:
        told = f"{error.format_message()} See `maw --help`."
    except typer.Abort:
        sys.exit(130)
    print(f"maw: {' '.join(told.split())}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
