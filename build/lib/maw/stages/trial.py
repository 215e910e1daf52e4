"""The stage `trial`: a system's own search of hyper-parameters, scored on development queries.

Every trial trains with the tuning seed, which is none of the seeds that are reported. A suite whose
configuration leaves nothing to search has no job of this stage.
"""

from maw.jobs.job import Job, Output, run
from maw.settings.selection import Selection
from maw.stages.shared.search_spec import searched_in
from maw.stages.shared.training_files import TrainingFiles
from maw.training import search
from maw.training.search import Measured


def trial(job: Job, *, files: TrainingFiles, trials: Output) -> str:
    """Try the configured learning rates, and more while the best is the smallest or the largest.

    Each is tried with every value of the system's searched option. trials: each trial with its
    development score, and with the measure of each of `query_ids`, of which the score is the mean.
    At most `max_extensions` more learning rates are tried at each end.
    """
    from maw.stages.shared.development_scores import development_scorer  # torch

    selection = Selection.model_validate(job.spec["selection"])
    measured: Measured = {}
    scores = search.extend(
        selection.learning_rates,
        searched=searched_in(job.spec),
        score=development_scorer(job, files, measured),
        max_extensions=selection.max_extensions,
    )
    job.write_json(trials, search.with_queries(measured))
    return f"{job.spec['name']}: {search.summary(scores)}"


if __name__ == "__main__":
    run(trial)
