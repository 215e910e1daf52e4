"""The command `maw theory`: checks the source's statements about MAW attention against numbers.

The source is the description of the method, whose theorems and costs are tested here.
"""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from maw.theory.analysis import MAWTheoreticalAnalysis

LENGTHS = (128, 256, 512, 1024)


def theory(
    times: Annotated[
        int, typer.Option(help="Number of timed runs of each attention; 0: count only.")
    ] = 0,
    draws: Annotated[int, typer.Option(help="Number of random heads for each bound.", min=1)] = 100,
) -> None:
    """Check the theory's statements against numbers, and count costs."""
    from maw.reporting.console import console
    from maw.theory.analysis import MAWTheoreticalAnalysis

    to, analysis = console(), MAWTheoreticalAnalysis()
    show_statements(to, analysis)
    show_bounds(to, analysis, draws=draws)
    show_cost(to, analysis, times=times)


def show_statements(to: "Console", analysis: "MAWTheoreticalAnalysis") -> None:
    """Print each statement of the source with whether it holds, and two tests of its Theorem 1.

    The tests are a counterexample, and the number of random heads that violate the theorem; where
    none does, the line says how many times too large the theorem's bound is.
    """
    from maw.reporting.console import say

    for statement in analysis.statements():
        holds = {None: "no rate is given", True: "holds", False: "does not hold"}[statement.holds]
        say(to, f"{statement.name}: {statement.says} — {holds}. Instead: {statement.instead}.")
    example = analysis.counterexample()
    say(to, f"\nTheorem 1, counterexample: left {example.left:.4f}, right {example.right:g}")
    for depths in (8, 128):
        for standard in (0.1, 1.0):
            trial = analysis.theorem_1_trial(depths=depths, standard=standard)
            line = f"D = {depths}, Q and K of size {standard:g}: violated {trial.violations} times"
            loose = "" if trial.violations else f"; bound {trial.looseness:.0f} times too large"
            say(to, f"  {line} in {trial.draws}{loose}")


def show_bounds(to: "Console", analysis: "MAWTheoreticalAnalysis", *, draws: int) -> None:
    """Print how close random attention heads come to the bounds that are proven to hold.

    A row has, for one bound and one distribution of heads, the number of violations (which should
    be 0) and the largest and the median ratio distance / bound. draws: number of heads.
    """
    from maw.reporting.console import say, table

    say(to, "\nBounds that hold: distance / bound, 1 where the distance equals the bound")
    rows = [
        (t.setting.name, t.bound, f"{t.violations}", f"{t.largest:.4f}", f"{t.median:.4f}")
        for t in analysis.tightness(draws=draws)
    ]
    heads = ("heads drawn", "bound", "violations", "largest", "median")
    to.print(table(heads, rows, numbers=heads[2:]))


def show_cost(to: "Console", analysis: "MAWTheoreticalAnalysis", *, times: int) -> None:
    """Print FLOPs, parameters and time of each kind of attention at each text length.

    times: number of timed repetitions; with 0 nothing is timed.
    """
    from maw.reporting.console import say, table

    say(to, "\nOne layer, 384 wide, 12 heads, D = 8, one text: FLOPs counted")
    rows = [
        (
            c.kind,
            f"{c.length}",
            f"{c.flops / 1e9:.3f}",
            f"{c.ratio:.2f}×",
            f"{c.parameters:,}",
            f"{c.parameters_used:,}",
            "–" if c.seconds is None else f"{1000 * c.seconds:.2f}",
        )
        for c in analysis.complexity(LENGTHS, repeats=times)
    ]
    heads = ("attention", "L", "GFLOP", "of standard", "parameters", "used by a text", "ms")
    to.print(table(heads, rows, numbers=heads[1:]))
