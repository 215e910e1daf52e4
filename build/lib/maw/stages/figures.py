"""The stage `figures`: draws the suite's figures as SVG for the page and as PNG for a paper.

The numbers behind each figure are written beside it as CSV. A figure without data is still written;
it shows a sentence that says which data are missing.
"""

from dataclasses import replace

from maw.jobs.job import Job, Output, run
from maw.reporting.figures.depths import configured_depths
from maw.reporting.figures.registry import render
from maw.settings.plan import Analysis
from maw.stages.shared.summary import (
    OptionalPaths,
    SummaryPaths,
    read_frames,
    without_foreign_calibration,
)


def figures(
    job: Job, *, summary: SummaryPaths, optional: OptionalPaths, figures: list[Output]
) -> str:
    """Write each figure; the name of its file, as `forest.svg`, gives the figure and the format.

    The formats are svg, png, and csv for the figure's data.
    """
    fitting = without_foreign_calibration(optional, summary, plan=job.spec["analysis"])
    n_depths = configured_depths(job.spec["systems"])
    frames = replace(read_frames(job, summary, fitting), n_depths=n_depths)
    plan = Analysis.model_validate(job.spec["analysis"])
    rendered = {name: render(name, frames, plan=plan) for name in {path.stem for path in figures}}
    for path in figures:
        job.write_bytes(path, rendered[path.stem].contents(path.suffix))
    return f"{len(rendered)} figures"


if __name__ == "__main__":
    run(figures)
