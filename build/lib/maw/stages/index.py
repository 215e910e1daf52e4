"""The stage `index`: writes the page over all suites of a results folder that have a report."""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.reporting.index_page import build


def index(job: Job, *, answers: list[Path], page: Output) -> str:
    """Write the index. answers: answer.json of each suite, which the stage `report` wrote."""
    entries = [job.read_json(path) for path in answers]
    html = build(entries, folder=str(page.parent))
    job.write_bytes(page, html.encode())
    return f"{len(entries)} suite{'s' * (len(entries) != 1)} in {page}"


if __name__ == "__main__":
    run(index)
