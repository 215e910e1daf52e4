"""The suite's pictures, as SVG for the page and PNG for a paper."""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.reporting.figures import render


def figures(
    job: Job,
    *,
    comparisons: Path,
    leaderboard: Path,
    runs: Path,
    curves: Path,
    depths: Path,
    selection: Path,
    figures: list[Output],
) -> str:
    """Each output's name says which figure: `forest.svg`."""
    inputs = (comparisons, leaderboard, runs, curves, depths, selection)
    frames = {path.stem: job.read_parquet(path) for path in inputs}
    plan = job.spec["analysis"]
    drawn: dict[str, tuple[bytes, bytes]] = {}
    for path in figures:
        if path.stem not in drawn:
            drawn[path.stem] = render(
                path.stem, frames, primary=plan["primary"], sesoi=plan["sesoi"]
            )
        job.write_bytes(path, drawn[path.stem][path.suffix == ".png"])
    return f"{len(drawn)} figures"


if __name__ == "__main__":
    run(figures)
