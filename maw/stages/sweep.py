"""The stage `sweep`: a system's development score at one value of one of its options.

Every value is tried at all configured learning rates, so that none is judged at another's best. No
test query is read, nothing is selected here and no verdict rests on it.
"""

from maw.jobs.job import Job, Output, run
from maw.settings.sections import Selection
from maw.stages.shared.training_data import TrainingFiles
from maw.stages.trial import development_scorer, summary_line, trial_list


def sweep(job: Job, *, files: TrainingFiles, swept: Output) -> str:
    """Try the configured learning rates and no further ones: equal trials for all values."""
    selection = Selection.model_validate(job.spec["selection"])
    score = development_scorer(job, files)
    scores = {learning_rate: score(learning_rate) for learning_rate in selection.learning_rates}
    job.write_json(swept, {"trials": trial_list(scores)})
    return summary_line(job, scores)


if __name__ == "__main__":
    run(sweep)
