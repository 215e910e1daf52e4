"""The stage `trial`: a system's own learning-rate search, scored on development queries.

Every trial trains with the tuning seed, which is none of the seeds that are reported.
"""

from collections.abc import Callable

import pandas as pd

from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.settings import registry
from maw.settings.sections import Selection
from maw.stages.shared.matched_training import matched_training
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training import learning_rates
from maw.training.learning_rates import Measured
from maw.training.loop import Recipe, train


def trial(job: Job, *, files: TrainingFiles, trials: Output) -> str:
    """Try the configured learning rates, and more while the best is the smallest or the largest.

    trials: each learning rate with its development score, and with the measure of each of
    `query_ids`, of which the score is the mean. At most `max_extensions` more are tried at each
    end.
    """
    selection = Selection.model_validate(job.spec["selection"])
    measured: Measured = {}
    scores = learning_rates.extend(
        selection.learning_rates,
        score=development_scorer(job, files, measured),
        max_extensions=selection.max_extensions,
    )
    job.write_json(trials, learning_rates.with_queries(measured))
    return summary_line(job, scores)


def development_scorer(
    job: Job, files: TrainingFiles, measured: Measured
) -> Callable[[float], float]:
    """Return a function from a learning rate to the development score after the last step.

    Each call trains the job's system with the tuning seed, enters the measure of each development
    query into `measured`, and prints one line. Where the search is cross-fit, it trains on each
    half of the queries, and the score is the mean over the queries of both halves, each scored by
    the model of the other half.
    """
    seed = Selection.model_validate(job.spec["selection"]).tuning_seed
    training = matched_training(job, files)
    torch_device = device.prepare(seed)
    system = registry.parse("systems", job.spec["system"])
    parts = [read(job, part, measure=job.spec["primary"], system=system) for part in files.searched]

    def score(learning_rate: float) -> float:
        values = []
        for data, top in parts:
            recipe = Recipe(
                system=system,
                top=top,
                training=training,
                learning_rate=learning_rate,
                seed=seed,
                evaluations=1,
                device=torch_device,
            )
            values.append(train(data, recipe, report=lambda line: None).development)
        measured[learning_rate] = pd.concat(values)
        value = float(measured[learning_rate].mean())
        print(f"{job.spec['name']} at learning rate {learning_rate:g}: dev {value:.4f}")
        return value

    return score


def summary_line(job: Job, scores: learning_rates.Trials) -> str:
    """Return the best learning rate and its score, for the job's last line."""
    best = learning_rates.winner(scores)
    return (
        f"{job.spec['name']}: best of {len(scores)} learning rates {best:g}, dev {scores[best]:.4f}"
    )


if __name__ == "__main__":
    run(trial)
