"""How does a system do at one value of one of its options? On development queries, tuning seed.

Every value is tried at the configured learning rates, so that none is judged at another's. No test
query is read, nothing is chosen here and no verdict rests on it.
"""

from maw.jobs.job import Job, Output, run
from maw.settings.sections import Selection
from maw.stages.shared.recipe import recipe
from maw.stages.shared.training_data import DataFiles
from maw.stages.trial import listed, scorer
from maw.training import learning_rates


def sweep(
    job: Job,
    *,
    files: DataFiles,
    swept: Output,
) -> str:
    """The configured rates and no further ones: equal trials for all values."""
    selection = Selection.model_validate(job.spec["selection"])
    score = scorer(job, files, selection, recipe(job, None))
    found = {rate: score(rate) for rate in selection.learning_rates}
    job.write_json(swept, {"trials": listed(found)})
    best = learning_rates.winner(found)
    return f"{job.spec['name']}: best of {len(found)} rates {best:g}, dev {found[best]:.4f}"


if __name__ == "__main__":
    run(sweep)
