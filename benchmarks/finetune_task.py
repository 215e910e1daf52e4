"""The task of `finetune.py`, the same for both sides, and how maw does it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from maw.errors import InputError
from maw.jobs.job import Job
from maw.measures.scoring import score_run
from maw.models.encoders.frozen import CHUNK, Frozen
from maw.models.encoders.trunk import Trunk
from maw.ranking.inputs import RankInputs
from maw.settings import registry
from maw.settings.read import read_suite
from maw.settings.sections import Backbone, Training
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.loop import Recipe, train
from maw.training.query_batches import batch_generator
from maw.training.texts import TextData, draw_documents, draw_queries

SYSTEM, DATASET = "non_maw", "pydocs"
SAMPLED = 5  # a pass over every fifth batch tells the time of a pass over all texts


@dataclass(frozen=True)
class Task:
    """The inputs of both trainings. documents, queries (of test): frames with the trunk's row."""

    data: TextData
    top: Mapping[str, torch.Tensor]
    trunk: Trunk
    documents: pd.DataFrame
    all_queries: list[str]
    queries: pd.DataFrame
    qrels: pd.DataFrame
    system: Any
    backbone: Backbone
    training: Training
    learning_rate: float
    measure: str


def task(results: Path, configuration: Path, learning_rate: float | None) -> Task:
    """Read the task from the prepared data of a suite. InputError for a missing file."""
    suite = read_suite(configuration)
    folder, job = results / "data" / DATASET, Job("train", {}, "")
    files = TrainingFiles(
        documents=folder / "documents.parquet",
        queries=folder / "queries.parquet",
        qrels=folder / "qrels.parquet",
        split=folder / "split.parquet",
        training=folder / "training.parquet",
        negatives=folder / "negatives.parquet",
        forbidden=folder / "forbidden.parquet",
        development=folder / "development.parquet",
        trunk=folder / "trunk.safetensors",
    )
    system = suite.systems[SYSTEM]
    data, top = read(job, files, measure=suite.analysis.primary, system=system)
    if not isinstance(data, TextData):
        raise InputError(f"{SYSTEM} of {configuration} reads pairs; give a suite of bi-encoders")
    documents = job.read_parquet(files.documents, ("doc_id", "text"))
    queries = job.read_parquet(files.queries, ("query_id", "text"))
    sides = job.read_parquet(files.split, ("query_id", "split"))
    for frame in (documents, queries):
        frame["row"] = range(len(frame))
    test = queries["query_id"].isin(sides.loc[sides["split"] == "test", "query_id"])
    if learning_rate is None:
        selection = results / "runs" / DATASET / SYSTEM / "selection.json"
        learning_rate = job.read_json(selection)["learning_rate"]
    assert files.trunk is not None, "a bi-encoder reads the trunk"
    return Task(
        data=data,
        top=top,
        trunk=Trunk.from_tensors(job.read_tensors(files.trunk)),
        documents=documents,
        all_queries=queries["text"].tolist(),
        queries=queries[test].reset_index(drop=True),
        qrels=job.read_parquet(files.qrels),
        system=system,
        backbone=suite.backbone,
        training=suite.training,
        learning_rate=learning_rate,
        measure=suite.analysis.primary,
    )


def score(given: Task, ranking: pd.DataFrame) -> float:
    """Return the mean of the primary measure over the test queries."""
    asked = given.queries["query_id"].tolist()
    scored = score_run(ranking, given.qrels, measures=[given.measure], queries=asked)
    return float(scored.frame["value"].mean())


def shared_seconds(given: Task) -> float:
    """Return the processor seconds of the frozen layers over all texts, needed once for all seeds.

    They are estimated from every n-th of the batches in which `compute_trunk` pads texts to one
    length, because a pass over all texts takes as long as one of their seeds. The time of a batch
    is proportional to its tokens. Opening the model is not timed, as everywhere here.
    """
    layers, seconds = Frozen.opened(given.backbone), 0.0
    sides = {"document": given.documents["text"].tolist(), "query": given.all_queries}
    for side, texts in sides.items():
        lengths = given.trunk.texts(side).offsets.diff()
        batches = torch.argsort(lengths, stable=True).split(CHUNK)
        rows = torch.cat(batches[min(SAMPLED // 2, len(batches) - 1) :: SAMPLED])
        sample = [texts[row] for row in rows.tolist()]
        before = time.process_time()
        layers.hidden(sample, side=side)
        spent = time.process_time() - before
        seconds += spent * int(lengths.sum()) / int(lengths[rows].sum())
    return seconds


def ours(given: Task, seed: int) -> dict[str, float]:
    """Train and rank, as the stages `train` and `rank` do."""
    started = time.process_time()
    recipe = Recipe(
        system=given.system,
        top=given.top,
        training=given.training,
        learning_rate=given.learning_rate,
        seed=seed,
        evaluations=0,
    )
    made = train(given.data, recipe, report=lambda line: None)
    trained = time.process_time()
    inputs = RankInputs(
        documents=given.documents,
        queries=given.queries,
        seed=seed,
        trunk=given.trunk,
        model=made.model.state_dict(),
    )
    ranked = registry.module_of(given.system).rank(given.system, inputs)
    done = time.process_time()
    return {
        "train_cpu_seconds": trained - started,
        "rank_cpu_seconds": done - trained,
        "value": score(given, ranked.ranking),
    }


def triples(given: Task, seed: int) -> Iterator[tuple[int, list[int]]]:
    """Yield each query's row and its documents' rows, positive first, in our batches' order."""
    generator = batch_generator(seed)
    batches = draw_queries(given.data, given.training, generator)
    for chosen in islice(batches, given.training.steps):
        drawn = draw_documents(given.data, chosen, given.training, generator)
        yield from zip(chosen, drawn, strict=True)


def false_negatives(given: Task, seed: int) -> int:
    """Count the pairs that theirs takes as negatives and ours leaves out."""
    drawn, size, n = list(triples(given, seed)), given.training.batch_size, 0
    for start in range(0, len(drawn), size):
        batch = drawn[start : start + size]
        for place, (query, _) in enumerate(batch):
            spared = set(given.data.positives[query]) | given.data.forbidden[query]
            others = (row for other, (_, row) in enumerate(batch) if other != place)
            n += sum(document in spared for row in others for document in row)
    return n


def bare(given: Task, seed: int) -> Task | None:
    """Return the task with their negatives: all other documents of a batch.

    The batches stay the same, because the order of queries is drawn before an epoch's documents.
    None where a query comes twice, with documents drawn a second time.
    """
    drawn = dict(triples(given, seed))
    if len(drawn) < given.training.steps * given.training.batch_size:
        return None
    one = {query: [rows[0]] for query, rows in drawn.items()}
    data = replace(
        given.data,
        positives={**given.data.positives, **one},
        negatives={**given.data.negatives, **{query: rows[1:] for query, rows in drawn.items()}},
        forbidden={query: set() for query in given.data.positives},
    )
    return replace(given, data=data)
