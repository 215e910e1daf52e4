"""Trains a system whose kind trains itself, and scores it on the development queries.

The stages `trial`, `select`, `sweep` and `train` come here for such a system. It is handed the
training side alone (`maw.ranking.self_training`): held-out queries and their judgements stay here,
and its rankings of the development queries are scored as those of all other systems are.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pandas as pd
from pydantic import BaseModel

from maw.datasets.development import judged_for_development, relevant_pairs
from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job
from maw.measures.scoring import name_counting_from, score_run
from maw.ranking.inputs import RankInputs
from maw.ranking.self_training import SelfTraining, TrainedModel, TrainInputs
from maw.settings import registry, traits
from maw.settings.factors import with_options
from maw.settings.sections import Training
from maw.settings.selection import Selection
from maw.stages.shared.matched_training import matched_training
from maw.stages.shared.training_files import TrainingFiles
from maw.training.search import Trial


def own_measurer(
    job: Job, files: TrainingFiles, configured: BaseModel
) -> Callable[[Trial], Sequence[pd.Series | None]]:
    """Return a function from a trial to the measure of each development query, by query id.

    configured: the job's system. Each call trains it with the tuning seed; where the search is
    cross-fit, on each half of the queries, and each half has a series of its own.
    """
    seed = Selection.model_validate(job.spec["selection"]).tuning_seed
    usual, on = matched_training(job, files), device.prepare(seed).type
    parts = [OwnData(job, part) for part in files.searched]

    def measure(trial: Trial) -> Sequence[pd.Series | None]:
        system, training = with_options(configured, usual, dict(trial.options))
        rate = trial.learning_rate
        of_parts = []
        for data in parts:
            inputs = data.inputs(training, learning_rate=rate, seed=seed, on=on)
            trained = module_of(system).train(system, inputs)
            of_parts.append(data.score(system, trained, inputs))
        return of_parts

    return measure


def train_own(
    job: Job, files: TrainingFiles, *, learning_rate: float | None, options: dict[str, Any]
) -> tuple[TrainedModel, float, str]:
    """Train the job's system with its seed; return the model, its development score, the device.

    learning_rate, options: those that the search selected.
    """
    system, training = with_options(
        registry.parse("systems", job.spec["system"]), matched_training(job, files), options
    )
    on = device.prepare(job.spec["seed"]).type
    data = OwnData(job, files)
    inputs = data.inputs(training, learning_rate=learning_rate, seed=job.spec["seed"], on=on)
    trained = module_of(system).train(system, inputs)
    return trained, float(data.score(system, trained, inputs).mean()), on


def record_of(trained: TrainedModel, dev: float) -> dict[str, Any]:
    """Return the facts of a training for run.json; what is not known has no key.

    dev: the development score after the last step, which has a point in the curve. The score of a
    training whose number of steps is not known has the key `dev`.
    """
    facts = {
        "steps": trained.steps,
        "draws": trained.draws,
        "trained_parameters": trained.parameters,
        "inference_parameters": trained.parameters,
        "deterministic": trained.deterministic,
    }
    return {
        "trained": True,
        **_curve(trained, dev),
        **{name: value for name, value in facts.items() if value is not None},
    }


def _curve(trained: TrainedModel, dev: float) -> dict[str, Any]:
    """Return the learning curve with the development score in it, or both apart."""
    if trained.steps is None:
        return {"curve": trained.curve, "dev": dev}
    before = [point for point in trained.curve if point["step"] != trained.steps]
    at_end = [point for point in trained.curve if point["step"] == trained.steps]
    last = {"step": trained.steps, **(at_end[-1] if at_end else {}), "dev": dev}
    return {"curve": [*before, last]}


def module_of(system: BaseModel) -> SelfTraining:
    """Return the module of a system's kind, which trains itself."""
    return cast(SelfTraining, registry.module_of(system))


class OwnData:
    """The tables of one training: those that the system gets, and those that score it."""

    def __init__(self, job: Job, files: TrainingFiles) -> None:
        """Read the tables. InputError where no training pair or no judged dev query is left."""
        self._name: str = job.spec["name"]
        self._measure = name_counting_from(job.spec["primary"], job.spec.get("relevant_from", 1))
        self._documents = job.read_parquet(files.documents, ("doc_id", "text"))
        self._queries = job.read_parquet(files.queries, ("query_id", "text"))
        self._positives = job.read_parquet(files.training, ("query_id", "doc_id", "relevance"))
        self._negatives = job.read_parquet(files.negatives, ("query_id", "doc_id", "rank"))
        self._forbidden = job.read_parquet(files.forbidden, ("query_id", "doc_id"))
        self._pool = job.read_parquet(files.development, ("doc_id",))["doc_id"]
        splits = job.read_parquet(files.split, ("query_id", "split"))
        qrels = job.read_parquet(files.qrels, ("query_id", "doc_id", "relevance"))
        relevant = relevant_pairs(qrels, self._documents["doc_id"])
        self._judged = judged_for_development(relevant, splits)
        if self._positives.empty:
            raise InputError(f"{files.training}: no training pair is left; enlarge split.train")
        if self._judged.empty:
            raise InputError(
                f"{files.split}: no dev query has a relevant document; enlarge split.dev"
            )
        self._trained_on = self._queries["query_id"].isin(self._positives["query_id"])

    def inputs(
        self, training: Training, *, learning_rate: float | None, seed: int, on: str
    ) -> TrainInputs:
        """Return what the system trains with. on: the device, "cpu" or "cuda"."""
        return TrainInputs(
            name=self._name,
            documents=self._documents[["doc_id", "text"]],
            queries=self._queries.loc[self._trained_on, ["query_id", "text"]],
            positives=self._positives,
            negatives=self._negatives,
            forbidden=self._forbidden,
            training=training,
            learning_rate=learning_rate,
            seed=seed,
            device=on,
        )

    def score(self, system: BaseModel, trained: TrainedModel, inputs: TrainInputs) -> pd.Series:
        """Return the measure of each judged development query, by query id.

        They rank the development pool, or all documents where the kind says `RANKS_ALL`.
        """
        documents, queries = (
            frame.assign(row=range(len(frame))) for frame in (self._documents, self._queries)
        )
        if not traits.ranks_all(system):
            documents = documents[documents["doc_id"].isin(self._pool)]
        ids = self._judged["query_id"].drop_duplicates()
        ranked = module_of(system).rank(
            system,
            RankInputs(
                documents=documents[["doc_id", "text", "row"]].reset_index(drop=True),
                queries=queries.loc[
                    queries["query_id"].isin(ids), ["query_id", "text", "row"]
                ].reset_index(drop=True),
                seed=inputs.seed,
                model=trained.tensors,
                precision=inputs.training.precision,
                device=inputs.device,
            ),
        )
        scored = score_run(
            ranked.ranking, self._judged, measures=[self._measure], queries=ids.tolist()
        )
        return scored.frame.set_index("query_id")["value"]
