"""The stage `report`: writes the page of a finished suite, one self-contained HTML file."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from maw.jobs.files import read_stamped
from maw.jobs.job import Job, Output, run
from maw.reporting.index_page import entry
from maw.reporting.page import build
from maw.reporting.page_data import PageData
from maw.settings.plan import Analysis
from maw.stages.shared.summary import (
    OptionalPaths,
    SummaryPaths,
    read_frames,
    without_foreign_calibration,
)


@dataclass(frozen=True)
class ContextPaths:
    """The files that the page shows beside the summary.

    theory, expected, history: JSON of the stages `theory`, `check` and `record`. figures: SVG
    files. datasets: dataset.json of each dataset. elsewhere: tables of other suites that exist,
    `ablations.parquet` of that suite and `attention.csv` of `make bench`; they are beside the
    results, which do not depend on them.
    """

    theory: Path
    expected: Path
    history: Path
    figures: list[Path]
    datasets: list[Path]
    elsewhere: list[Path] | None = None


def report(
    job: Job,
    *,
    summary: SummaryPaths,
    optional: OptionalPaths,
    context: ContextPaths,
    page: Output,
    answer: Output,
) -> str:
    """Write the page, made from the summary, the figures and the other files.

    answer: JSON of what the index over all suites says of this one.

    A calibration that belongs to other scores or to another plan is left out.
    """
    fitting = without_foreign_calibration(optional, summary, plan=job.spec["analysis"])
    data = PageData(
        frames=read_frames(job, summary, fitting),
        plan=Analysis.model_validate(job.spec["analysis"]),
        spec=job.spec,
        theory=job.read_json(context.theory),
        expected=job.read_json(context.expected),
        history=job.read_json(context.history),
        datasets=[job.read_json(path) for path in context.datasets],
        pictures={path.stem: job.read_plain(path) for path in context.figures},
        elsewhere=dict(map(_named_table, context.elsewhere or [])),
    )
    html = build(data)
    job.write_bytes(page, html.encode())
    job.write_json(answer, entry(data))
    return f"{len(html) // 1024} KiB in {page}"


def _named_table(path: Path) -> tuple[str, pd.DataFrame]:
    """Return the name and the content of a table of another suite, or of a benchmark (CSV)."""
    if path.suffix == ".csv":
        return f"{path.stem}_benchmark", pd.read_csv(path)
    return path.stem, read_stamped(path)[0]


if __name__ == "__main__":
    run(report)
