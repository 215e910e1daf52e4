"""The page that people read."""

from pathlib import Path
from typing import Any

from maw.jobs.files import read_stamp
from maw.jobs.job import Job, Output, run
from maw.reporting.page import build


def report(
    job: Job,
    *,
    comparisons: Path,
    claims: Path,
    leaderboard: Path,
    runs: Path,
    curves: Path,
    depths: Path,
    selection: Path,
    components: Path,
    prospects: Path,
    across: Path,
    seeds: Path,
    theory: Path,
    expected: Path,
    history: Path,
    calibration: Path | None,
    cells: Path | None,
    ablated: list[Path] | None,
    figures: list[Path],
    datasets: list[Path],
    page: Output,
) -> str:
    """The summary, the pictures and the datasets' descriptions -> one self-contained file."""
    made = (comparisons, claims, leaderboard, runs, curves, depths, selection)
    inputs = [*made, components, prospects, across, seeds]
    if calibration is not None and fits(calibration, comparisons, plan=job.spec["analysis"]):
        inputs.append(calibration)
    if cells is not None:
        inputs.append(cells)
    inputs += ablated or []
    html = build(
        {path.stem: job.read_parquet(path) for path in inputs},
        spec=job.spec,
        theory=job.read_json(theory),
        expected=job.read_json(expected),
        history=job.read_json(history),
        datasets=[job.read_json(path) for path in datasets],
        pictures={path.stem: path.read_text(encoding="utf-8") for path in figures},
    )
    job.write_bytes(page, html.encode())
    return f"{len(html) // 1024} KiB in {page}"


def fits(calibration: Path, comparisons: Path, *, plan: dict[str, Any]) -> bool:
    """Of these scores and this plan: `maw calibrate` may have left one of earlier ones."""
    made = read_stamp(calibration)
    same_scores = set(made["reads"]) <= set(read_stamp(comparisons)["reads"])
    return same_scores and made["spec"]["analysis"] == plan


if __name__ == "__main__":
    run(report)
