"""The stage `report`: writes the page of a finished suite, one self-contained HTML file."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maw.jobs.files import read_stamp
from maw.jobs.job import Job, Output, run
from maw.reporting.page import build
from maw.stages.shared.summary import OptionalPaths, SummaryPaths, read_frames


@dataclass(frozen=True)
class ContextPaths:
    """The files that the page shows beside the summary.

    theory, expected, history: JSON of the stages `theory`, `check` and `record`. figures: SVG
    files. datasets: dataset.json of each dataset.
    """

    theory: Path
    expected: Path
    history: Path
    figures: list[Path]
    datasets: list[Path]


def report(
    job: Job,
    *,
    summary: SummaryPaths,
    optional: OptionalPaths,
    context: ContextPaths,
    page: Output,
) -> str:
    """Write the page, made from the summary, the figures and the other files.

    A calibration that belongs to other scores or to another plan is left out.
    """
    calibration = optional.calibration
    if calibration is not None and not fits(
        calibration, summary.comparisons, plan=job.spec["analysis"]
    ):
        optional = replace(optional, calibration=None)
    html = build(
        read_frames(job, summary, optional),
        spec=job.spec,
        theory=job.read_json(context.theory),
        expected=job.read_json(context.expected),
        history=job.read_json(context.history),
        datasets=[job.read_json(path) for path in context.datasets],
        pictures={path.stem: job.read_plain(path) for path in context.figures},
    )
    job.write_bytes(page, html.encode())
    return f"{len(html) // 1024} KiB in {page}"


def fits(calibration: Path, comparisons: Path, *, plan: dict[str, Any]) -> bool:
    """Return whether a calibration was made from the compared scores and for this plan.

    calibration, comparisons: the tables' files, whose stamps are compared. A calibration may be
    left over from earlier scores, because `maw calibrate` writes into a finished suite,
    which may have been run again since.
    """
    stamp = read_stamp(calibration)
    same_scores = set(stamp["reads"]) <= set(read_stamp(comparisons)["reads"])
    return same_scores and stamp["spec"]["analysis"] == plan


if __name__ == "__main__":
    run(report)
