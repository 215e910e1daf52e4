"""Which learning rate does this system train with? The best on the grid that all systems share."""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.settings.sections import Selection
from maw.stages.shared.recipe import recipe
from maw.stages.shared.training_data import DataFiles
from maw.stages.trial import listed, scorer
from maw.training import learning_rates


def select(
    job: Job,
    *,
    files: DataFiles,
    prices: list[Path] | None,
    trials: Path,
    grid: Path,
    selection: Output,
) -> str:
    """Tries what other systems tried and this one has not: equal numbers of trials for all."""
    found = {one["learning_rate"]: one["value"] for one in job.read_json(trials)["trials"]}
    shared = job.read_json(grid, follow=False)["learning_rates"]
    missing = [rate for rate in shared if rate not in found]
    if missing:
        searched = Selection.model_validate(job.spec["selection"])
        score = scorer(job, files, searched, recipe(job, prices))
        found |= {rate: score(rate) for rate in missing}
    else:
        for path in (*files.there, *(prices or ())):  # the stamp says what trials were made from
            job.note_read(path)
    best = learning_rates.winner(found)
    chosen = {
        "learning_rate": best,
        "value": found[best],
        "grid": shared,
        "trials": listed(found),
        "on_edge": bool(learning_rates.edge(found)),
    }
    job.write_json(selection, chosen)
    edge = " (on the grid's edge)" if chosen["on_edge"] else ""
    return (
        f"{job.spec['name']}: learning rate {best:g} of {len(found)}, dev {found[best]:.4f}{edge}"
    )


if __name__ == "__main__":
    run(select)
