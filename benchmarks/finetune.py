"""Time and quality of one seed of training, against the trainer of sentence-transformers.

    python benchmarks/finetune.py [--results results] [--seeds 42 43 44]

The task: train the top layer on the suite's pairs, encode all documents and test queries, and rank.
Both get the same queries, positives and hard negatives in the same batches, the same token limits,
optimiser, schedule and steps, float32, one thread, no dropout; runs are interleaved. They differ in
three ways. Ours reads the frozen layers' outputs, computed once for all systems and seeds (this
processor time is a column of its own, and the first seed pays it); theirs computes them in each
step. Ours sends matrix products to the faster of torch's two libraries (the column `products`);
theirs uses torch as it is. Ours leaves known positives, namesakes and held-out documents out of the
negatives; theirs (MultipleNegativesRanking, scale 1/temperature) takes all other documents of the
batch: `false_negatives` counts those pairs, and a third run, ours with their negatives, shows their
effect. Loading and importing are not timed.
"""

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one thread, as torch has
os.environ["MAW_WORKERS"] = "1"  # one process, whose clock counts all

import pandas as pd
import torch

from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job
from maw.measures.scoring import score_run
from maw.models.encoders.backbone_files import folder_of
from maw.models.encoders.frozen import CHUNK, Frozen
from maw.models.encoders.trunk import Trunk
from maw.models.products import library
from maw.ranking.inputs import RankInputs
from maw.settings import registry
from maw.settings.read import read_suite
from maw.settings.sections import Backbone, Training
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.loop import Recipe, schedule, train
from maw.training.query_batches import batch_generator
from maw.training.texts import TextData, draw_documents, draw_queries

SYSTEM, DATASET = "non_maw", "pydocs"
WANTED = ("sentence_transformers", "accelerate", "datasets")
MEND = "pip install --constraint constraints.txt --editable '.[bench]'"
SAMPLED = 5  # a pass over every fifth batch tells the time of a pass over all texts
OURS, THEIRS, BARE = "maw", "sentence-transformers", "maw, their negatives"
CONFIGURATION = Path(__file__).parents[1] / "workflow/config/embedded.yaml"


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


def columns(given: Task, seed: int) -> dict[str, list[str]]:
    """Return the texts in sentence-transformers' columns: anchor, positive, negative_1, ..."""
    texts = given.documents["text"].tolist()
    asked = cut(given.all_queries, given.backbone)
    n = 1 + given.training.hard_negatives
    names = ["anchor", "positive", *(f"negative_{k}" for k in range(1, n))]
    found: dict[str, list[str]] = {name: [] for name in names}
    for query, documents in triples(given, seed):
        if len(documents) < n:
            raise InputError(f"query in row {query} has fewer than {n - 1} hard negatives")
        for name, text in zip(names, [asked[query], *(texts[d] for d in documents)], strict=True):
            found[name].append(text)
    return found


def cut(queries: Sequence[str], backbone: Backbone) -> list[str]:
    """Cut each query after the last token that ours reads; theirs has one limit for all texts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder_of(backbone.name) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(backbone.max_query_tokens)
    encoded = tokenizer.encode_batch(list(queries))
    return [
        text[: max(end for _, end in e.offsets)] for text, e in zip(queries, encoded, strict=True)
    ]


def theirs(given: Task, seed: int) -> dict[str, float]:
    """Train with SentenceTransformerTrainer and rank with its `encode`."""
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(seed)
    quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = SentenceTransformer(
        str(folder_of(given.backbone.name)), device="cpu", config_kwargs=quiet
    ).float()
    model.max_seq_length = given.backbone.max_document_tokens
    texts, asked = columns(given, seed), cut(given.queries["text"].tolist(), given.backbone)
    started = time.process_time()
    _fit(model, given, texts, seed=seed)
    trained = time.process_time()
    with torch.inference_mode():
        documents, queries = (
            model.encode(part, convert_to_tensor=True, normalize_embeddings=True)
            for part in (given.documents["text"].tolist(), asked)
        )
        scores, places = (queries @ documents.T).topk(min(1000, len(documents)))
    depth = scores.shape[1]
    names = given.documents["doc_id"].to_numpy()
    ranking = pd.DataFrame(
        {
            "query_id": given.queries["query_id"].to_numpy().repeat(depth),
            "doc_id": names[places.flatten().numpy()],
            "score": scores.flatten().double().numpy(),
        }
    )
    done = time.process_time()
    return {
        "train_cpu_seconds": trained - started,
        "rank_cpu_seconds": done - trained,
        "value": score(given, ranking),
    }


def _fit(model: Any, given: Task, texts: dict[str, list[str]], *, seed: int) -> None:
    """Train the last layers with their trainer, our optimiser and our schedule."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    training = given.training
    all_layers, n_trained = model[0].auto_model.encoder.layer, given.backbone.trained_layers
    layers = all_layers if n_trained == "all" else all_layers[-n_trained:]
    model.requires_grad_(False)
    layers.requires_grad_(True)
    optimiser = torch.optim.AdamW(
        layers.parameters(), lr=given.learning_rate, weight_decay=training.weight_decay
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = SentenceTransformerTrainingArguments(
            output_dir=folder,
            max_steps=training.steps,
            per_device_train_batch_size=training.batch_size,
            max_grad_norm=0.0,
            seed=seed,
            use_cpu=True,
            batch_sampler=in_order,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        trainer = SentenceTransformerTrainer(
            model=model,
            args=arguments,
            train_dataset=Dataset.from_dict(texts),
            loss=MultipleNegativesRankingLoss(model, scale=1 / training.temperature),
            optimizers=(
                optimiser,
                torch.optim.lr_scheduler.LambdaLR(
                    optimiser, lambda done: schedule(done + 1, training)
                ),
            ),
        )
        trainer.train()
    if trainer.state.global_step != training.steps:
        raise RuntimeError(f"{trainer.state.global_step} steps done, {training.steps} wanted")


def in_order(dataset: Any, batch_size: int, drop_last: bool, **rest: Any) -> Any:
    """Return a sampler that keeps the order of the rows, which is that of our batches."""
    from sentence_transformers.base.sampler import DefaultBatchSampler
    from torch.utils.data import SequentialSampler

    return DefaultBatchSampler(
        SequentialSampler(dataset), batch_size=batch_size, drop_last=drop_last
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--config", type=Path, default=CONFIGURATION)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43, 44])
    parser.add_argument("--learning-rate", type=float, help="as selected on dev, unless given")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    given = parser.parse_args(arguments)
    missing = [name for name in WANTED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"finetune: {', '.join(missing)} not installed; {MEND}")
    device.prepare(seed=0)
    try:
        job = task(given.results, given.config, given.learning_rate)
    except InputError as error:
        sys.exit(f"finetune: {error}")
    run(job, given.seeds, given.out)


def run(job: Task, seeds: Sequence[int], out: Path) -> pd.DataFrame:
    """Run all trainings for each seed, in turns; each adds a row to the CSV."""
    out.mkdir(parents=True, exist_ok=True)
    once, found = shared_seconds(job), []
    for place, seed in enumerate(seeds):
        merciless, spared = bare(job, seed), false_negatives(job, seed)
        sides = [(OURS, ours, job), (THEIRS, theirs, job)]
        sides += [(BARE, ours, merciless)] if merciless else []
        for name, side, task_of_side in sides[:: -1 if place % 2 else 1]:
            about = {"seed": seed, "side": name, "measure": job.measure}
            about |= side(task_of_side, seed)
            about |= {
                "false_negatives": 0 if name == OURS else spared,
                "shared_cpu_seconds": 0.0 if name == THEIRS else once,
                "steps": job.training.steps,
                "batch_size": job.training.batch_size,
                "learning_rate": job.learning_rate,
                "threads": torch.get_num_threads(),
                "products": "torch's" if name == THEIRS else library(),
            }
            found.append(about)
            print(
                f"seed {seed} {name}: train {about['train_cpu_seconds']:.1f} s, "
                f"rank {about['rank_cpu_seconds']:.1f} s, {job.measure} {about['value']:.4f}",
                flush=True,
            )
            pd.DataFrame(found).to_csv(out / "finetune.csv", index=False, float_format="%.6g")
    table = pd.DataFrame(found)
    print(summary(table))
    return table


def summary(table: pd.DataFrame) -> str:
    """Return a summary: the fastest times of a seed, and the mean difference in the measure."""
    seconds = table["train_cpu_seconds"] + table["rank_cpu_seconds"]
    fastest = seconds.groupby(table["side"]).min()
    values = table.pivot(index="seed", columns="side", values="value")
    apart = values[OURS] - values[THEIRS]
    explained = ""
    if BARE in values:
        rest = values[BARE] - values[THEIRS]
        explained = (
            f"\nwith their negatives (up to {table['false_negatives'].max()} pairs a seed that "
            f"ours leaves out): ours {values[BARE].mean():.4f}, difference {rest.mean():+.4f}"
        )
    once = table["shared_cpu_seconds"].max()
    return (
        f"{table['measure'].iloc[0]}: ours {values[OURS].mean():.4f}, theirs "
        f"{values[THEIRS].mean():.4f}, difference {apart.mean():+.4f} "
        f"({apart.min():+.4f} to {apart.max():+.4f}, {len(apart)} seeds)\n"
        f"fastest seed: ours {fastest[OURS]:.1f} s and {once:.1f} s once for all seeds, theirs "
        f"{fastest[THEIRS]:.1f} s: {fastest[THEIRS] / fastest[OURS]:.2f} times as long, "
        f"{fastest[THEIRS] / (fastest[OURS] + once):.2f} if a single seed pays for all{explained}"
    )


if __name__ == "__main__":
    main()
