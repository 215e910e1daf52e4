"""The stage `figures`: draws the suite's figures, as SVG for the page and as PNG for a paper.

A figure without data is still written; it shows a sentence that says which data are missing.
"""

from maw.jobs.job import Job, Output, run
from maw.reporting.figures import render
from maw.settings.plan import Analysis
from maw.stages.shared.summary import SummaryPaths, read_frames


def figures(job: Job, *, summary: SummaryPaths, figures: list[Output]) -> str:
    """Write each figure; the name of its file, as `forest.svg`, gives the figure and the format."""
    frames = read_frames(job, summary)
    plan = Analysis.model_validate(job.spec["analysis"])
    rendered = {name: render(name, frames, plan=plan) for name in {path.stem for path in figures}}
    for path in figures:
        figure = rendered[path.stem]
        job.write_bytes(path, figure.png if path.suffix == ".png" else figure.svg)
    return f"{len(rendered)} figures"


if __name__ == "__main__":
    run(figures)
