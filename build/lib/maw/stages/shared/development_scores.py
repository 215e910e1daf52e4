"""Trains a system as a trial of its search says, and scores it on development queries."""

from collections.abc import Callable, Sequence

import pandas as pd
from pydantic import BaseModel

from maw.jobs import device
from maw.jobs.job import Job
from maw.settings import registry, traits
from maw.settings.factors import with_options
from maw.settings.selection import Selection
from maw.stages.shared.matched_training import matched_training
from maw.stages.shared.own_training import own_measurer
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
    system = registry.parse("systems", job.spec["system"])
    measurer = own_measurer if traits.trains_itself(system) else _measurer
    measure = measurer(job, files, system)

    def score(trial: Trial) -> float:
        measured[trial] = pd.concat(measure(trial))
        dev = float(measured[trial].mean())
        print(f"{job.spec['name']} at {trial}: dev {dev:.4f}")
        return dev

    return score


def _measurer(
    job: Job, files: TrainingFiles, configured: BaseModel
) -> Callable[[Trial], Sequence[pd.Series | None]]:
    """Return a function from a trial to the measure of each development query, by query id.

    configured: the job's system, which maw's own loop trains. A half of a cross-fit search has a
    series of its own.
    """
    seed = Selection.model_validate(job.spec["selection"]).tuning_seed
    usual, torch_device = matched_training(job, files), device.prepare(seed)
    # no option that is searched decides what is read
    parts = [
        read(job, part, measure=job.spec["primary"], system=configured) for part in files.searched
    ]

    def measure(trial: Trial) -> Sequence[pd.Series | None]:
        system, training = with_options(configured, usual, dict(trial.options))
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
        return values

    return measure
