"""Trains a system as a trial of its search says, and scores it on development queries."""

from collections.abc import Callable

import pandas as pd

from maw.jobs import device
from maw.jobs.job import Job
from maw.settings import registry
from maw.settings.factors import with_options
from maw.settings.selection import Selection
from maw.stages.shared.matched_training import matched_training
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.loop import Recipe, train
from maw.training.search import Measured, Trial


def development_scorer(
    job: Job, files: TrainingFiles, measured: Measured
) -> Callable[[Trial], float]:
    """Return a function from a trial to the development score after the last step.

    Each call trains the job's system with the tuning seed and the trial's learning rate and
    options, enters the measure of each development query into `measured`, and prints one line.
    Where the search is cross-fit, it trains on each half of the queries, and the score is the mean
    over the queries of both halves, each scored by the model of the other half.
    """
    seed = Selection.model_validate(job.spec["selection"]).tuning_seed
    configured = registry.parse("systems", job.spec["system"]), matched_training(job, files)
    torch_device = device.prepare(seed)
    # no option that is searched decides what is read
    parts = [
        read(job, part, measure=job.spec["primary"], system=configured[0])
        for part in files.searched
    ]

    def score(trial: Trial) -> float:
        system, training = with_options(*configured, dict(trial.options))
        values = []
        for data, top in parts:
            recipe = Recipe(
                system=system,
                top=top,
                training=training,
                learning_rate=trial.learning_rate,
                seed=seed,
                evaluations=1,
                device=torch_device,
            )
            values.append(train(data, recipe, report=lambda line: None).development)
        measured[trial] = pd.concat(values)
        dev = float(measured[trial].mean())
        print(f"{job.spec['name']} at {trial}: dev {dev:.4f}")
        return dev

    return score
