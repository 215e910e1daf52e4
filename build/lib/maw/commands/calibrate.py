"""The command `maw calibrate`: error rates of the plan on the scores of a suite or comparison."""

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    results: Annotated[
        Path,
        typer.Argument(
            help="Results folder of a suite, or a folder that `maw compare --out` wrote."
        ),
    ] = Path("results"),
    draws: Annotated[int, typer.Option(min=1, help="Number of simulated experiments.")] = 2000,
    seed: Annotated[
        int, typer.Option(help="Seed of the simulation; the same seed gives the same table.")
    ] = 0,
) -> None:
    """Measure by simulation how often the plan errs on your scores."""
    from maw.reporting.calibration import section
    from maw.reporting.calibration_terminal import show
    from maw.stages.finished.calibrated_folder import calibrate_folder

    calibrated = calibrate_folder(results, draws=draws, seed=seed)
    plan = calibrated.scores.plan
    show(section(calibrated.frame, alpha=plan.alpha))
    typer.echo(f"calibration: {', '.join(map(str, calibrated.paths))}")
