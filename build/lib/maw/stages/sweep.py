"""The stage `sweep`: computes a system's development scores at one value of one of its options.

Every value is tried at all configured learning rates, so that no value is judged at the best
learning rate of another value. No test query is read, and no verdict rests on a sweep.
"""

from maw.jobs.job import Job, Output, run
from maw.settings.selection import Selection
from maw.stages.shared.development_scores import development_scorer
from maw.stages.shared.training_files import TrainingFiles
from maw.training import search
from maw.training.search import Trial


def sweep(job: Job, *, files: TrainingFiles, swept: Output) -> str:
    """Write the development score at each configured learning rate.

    No other learning rate is tried, so that all values of the option get the same trials.
    """
    selection = Selection.model_validate(job.spec["selection"])
    score = development_scorer(job, files, {})
    trials = [Trial(learning_rate) for learning_rate in selection.learning_rates]
    scores = {trial: score(trial) for trial in trials}
    job.write_json(swept, {"trials": search.listed(scores)})
    return f"{job.spec['name']}: {search.summary(scores)}"


if __name__ == "__main__":
    run(sweep)
