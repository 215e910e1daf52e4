"""The page that people read."""

from pathlib import Path

from maw.job import Job, Output, run
from maw.reporting.page import build


def report(
    job: Job,
    *,
    comparisons: Path,
    leaderboard: Path,
    runs: Path,
    curves: Path,
    depths: Path,
    selection: Path,
    components: Path,
    prospects: Path,
    across: Path,
    seeds: Path,
    expected: Path,
    history: Path,
    figures: list[Path],
    datasets: list[Path],
    page: Output,
) -> str:
    """The summary, the pictures and the datasets' descriptions -> one self-contained file."""
    made = (comparisons, leaderboard, runs, curves, depths, selection)
    inputs = (*made, components, prospects, across, seeds)
    html = build(
        {path.stem: job.read_parquet(path) for path in inputs},
        spec=job.spec,
        expected=job.read_json(expected),
        history=job.read_json(history),
        datasets=[job.read_json(path) for path in datasets],
        pictures={path.stem: path.read_text(encoding="utf-8") for path in figures},
    )
    job.write_bytes(page, html.encode())
    return f"{len(html) // 1024} KiB in {page}"


if __name__ == "__main__":
    run(report)
