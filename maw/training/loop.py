"""How is one system trained? Fixed steps, the same batches for every system of a seed.

A batch is queries with one positive and some hard negatives each; every other document of the batch
is a negative unless it is judged relevant or a namesake. No early stopping, no test query.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd
import torch
from torch import Tensor

from maw.jobs.device import fitting
from maw.jobs.stopwatch import Stopwatch
from maw.measures.scoring import score_run
from maw.models.encoders.bi_encoder import BiEncoder, RoutedLayers
from maw.models.encoders.embedding import CHUNK, embed
from maw.models.encoders.ragged import Ragged, placed
from maw.settings import registry
from maw.settings.sections import Training
from maw.training.objectives.batch import Batch, PairBatch

CPU = torch.device("cpu")


class Data(Protocol):
    """What a system is trained on, and what it is while it is."""

    def build(self, system: Any, top: Mapping[str, Tensor]) -> RoutedLayers:
        """The system before its first step; draws from torch's generator."""

    def batches(self, training: Training, *, seed: int) -> Iterator[Batch | PairBatch]:
        """Endless, the same for every system of a seed."""

    def score(self, model: Any) -> float:
        """Mean of the primary measure over development queries."""


@dataclass(frozen=True)
class TrainingData:
    """Training pairs and the development pool, as rows of the trunk.

    positives: query row -> document rows; negatives: query row -> hard negatives, best first;
    forbidden: query row -> documents that are never its negatives; n_relevant: query row -> count.
    development: query rows; pool: document rows; judged: qrels of the development queries.
    """

    documents: Ragged
    queries: Ragged
    positives: Mapping[int, list[int]]
    negatives: Mapping[int, list[int]]
    forbidden: Mapping[int, set[int]]
    n_relevant: Mapping[int, int]
    development: list[int]
    pool: list[int]
    judged: pd.DataFrame
    measure: str

    def build(self, system: Any, top: Mapping[str, Tensor]) -> BiEncoder:
        """A bi-encoder of the system's attention and router."""
        return BiEncoder(top, attention=system.attention, router=system.router)

    def batches(self, training: Training, *, seed: int) -> Iterator[Batch]:
        """As `draw_batches`."""
        return draw_batches(self, training, seed=seed)

    def score(self, model: BiEncoder) -> float:
        """As `score_development`."""
        return score_development(model, self)


@dataclass
class Trained:
    """A trained model, its development scores, and what it cost: of a GPU, None unless alone."""

    model: RoutedLayers
    curve: list[dict[str, float]] = field(default_factory=list)
    cpu_seconds: float = 0.0
    gpu_seconds_alone: float | None = None

    @property
    def value(self) -> float:
        """The development score after the last step."""
        return self.curve[-1]["dev"]


def train(
    data: Data,
    *,
    system: Any,
    top: Mapping[str, Tensor],
    training: Training,
    learning_rate: float,
    seed: int,
    evaluations: int,
    device: torch.device = CPU,
    tell: Callable[[str], None] = print,
    warn: Callable[[str], None] = print,
) -> Trained:
    """One model. `evaluations` points of the development curve, the last after the last step.

    Out of the device's memory, all is done again with half as many texts in memory: the batch, its
    negatives and what is drawn stay the same, the order of sums does not (see tests).
    """

    def attempt(at_once: int | None) -> Trained:
        return _train(
            data,
            system=system,
            top=top,
            training=training,
            learning_rate=learning_rate,
            seed=seed,
            evaluations=evaluations,
            device=device,
            tell=tell,
            at_once=at_once,
        )

    def told(at_once: int) -> None:
        warn(
            f"out of memory: from the first step again, {at_once} texts in memory at a time; "
            f"a batch is {training.batch_size} queries as before"
        )

    return fitting(attempt, most=max(training.batch_size, CHUNK), tell=told)


def _train(
    data: Data,
    *,
    system: Any,
    top: Mapping[str, Tensor],
    training: Training,
    learning_rate: float,
    seed: int,
    evaluations: int,
    device: torch.device,
    tell: Callable[[str], None],
    at_once: int | None,
) -> Trained:
    """As `train`, with so many texts in memory."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = data.build(system, top).to(device)
    model.checkpointing = training.gradient_checkpointing
    model.precision, model.at_once = getattr(torch, training.precision), at_once
    losses = registry.module_of(system.objective).begin(system.objective, model)
    optimiser = _optimiser(model, training, learning_rate)
    batches = data.batches(training, seed=seed)
    measured = {round(training.steps * (place + 1) / evaluations) for place in range(evaluations)}
    trained, watch = Trained(model), Stopwatch(device.type)
    for step in range(1, training.steps + 1):
        watch.start()
        model.train()
        model.open_depths(step / training.steps)
        factor = schedule(step, training)
        noted: dict[str, float] = {}
        for loss, told in losses(placed(next(batches), device), generator):
            for group in optimiser.param_groups:
                group["lr"] = group["learning_rate"] * factor
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            noted = noted or told
        watch.stop()
        if step in measured:
            dev = data.score(model)
            trained.curve.append({"step": step, "dev": dev, **noted})
            tell(f"step {step}/{training.steps}: loss {noted['loss']:.4f}, dev {dev:.4f}")
    trained.cpu_seconds, trained.gpu_seconds_alone = watch.cpu_seconds, watch.gpu_seconds_alone
    return trained


def _optimiser(model: RoutedLayers, training: Training, learning_rate: float) -> torch.optim.AdamW:
    """AdamW; a router starts from nothing and has its own, fixed rate."""
    routing = [] if model.router is None else list(model.router.parameters())
    known = {id(parameter) for parameter in routing}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups: list[dict[str, Any]] = [{"params": rest, "learning_rate": learning_rate}]
    if routing:
        groups.append({"params": routing, "learning_rate": training.router_learning_rate})
    for group in groups:
        group["lr"] = group["learning_rate"]
    return torch.optim.AdamW(groups, weight_decay=training.weight_decay)


def schedule(step: int, training: Training) -> float:
    """Linear warm-up, then linear decay to zero after the last step: factor of the peak rate."""
    warm = max(1, math.ceil(training.warmup * training.steps))
    if step <= warm:
        return step / warm
    return (training.steps + 1 - step) / (training.steps + 1 - warm)


def draw_batches(data: TrainingData, training: Training, *, seed: int) -> Iterator[Batch]:
    """Endless batches: queries in a fresh random order each epoch, a random positive for each."""
    generator = generator_of(seed)
    for chosen in draw_queries(data, training, generator):
        yield make_batch(data, chosen, training, generator)


def generator_of(seed: int) -> torch.Generator:
    """What a seed's batches are drawn with, one after the other."""
    return torch.Generator().manual_seed(seed + 1_000_003)


def draw_queries(
    data: TrainingData, training: Training, generator: torch.Generator
) -> Iterator[list[int]]:
    """The queries of each batch, without end; an epoch asks each once, but for a remainder."""
    rows = sorted(data.positives)
    size = min(training.batch_size, len(rows))
    while True:
        order = torch.randperm(len(rows), generator=generator).tolist()
        for start in range(0, len(rows) - size + 1, size):
            yield [rows[place] for place in order[start : start + size]]


def draw_documents(
    data: TrainingData, queries: list[int], training: Training, generator: torch.Generator
) -> list[list[int]]:
    """For each query a positive, then its hard negatives: as many as there are and are wanted."""

    def pick(options: list[int], n: int) -> list[int]:
        order = torch.randperm(len(options), generator=generator).tolist()
        return [options[place] for place in order[:n]]

    return [
        pick(data.positives[query], 1)
        + pick(data.negatives.get(query, []), training.hard_negatives)
        for query in queries
    ]


def make_batch(
    data: TrainingData, queries: list[int], training: Training, generator: torch.Generator
) -> Batch:
    """One positive and `hard_negatives` negatives per query, drawn; which pairs are which."""
    drawn = draw_documents(data, queries, training, generator)
    documents = list(dict.fromkeys(document for group in drawn for document in group))
    positive = torch.tensor([[d in set(data.positives[q]) for d in documents] for q in queries])
    banned = torch.tensor([[d in data.forbidden[q] for d in documents] for q in queries])
    x, mask = data.queries.padded(torch.tensor(queries))
    return Batch(
        query_x=x,
        query_mask=mask,
        documents=list(data.documents.chunks(torch.tensor(documents), CHUNK)),
        positive=positive,
        negative=~positive & ~banned,
        n_relevant=torch.tensor([data.n_relevant[query] for query in queries]),
        temperature=training.temperature,
    )


def score_development(model: BiEncoder, data: TrainingData) -> float:
    """Mean of the primary measure over development queries, ranking the development pool."""
    queries, _, _ = embed(model, data.queries, torch.tensor(data.development))
    documents, _, _ = embed(model, data.documents, torch.tensor(data.pool))
    scores = (queries @ documents.T).double()
    depth = min(100, len(data.pool))
    best, places = scores.topk(depth, dim=-1)
    names = [str(row) for row in data.pool]
    run = pd.DataFrame(
        {
            "query_id": [str(row) for row in data.development for _ in range(depth)],
            "doc_id": [names[place] for place in places.flatten().tolist()],
            "score": best.flatten().numpy(),
        }
    )
    asked = [str(row) for row in data.development]
    scored = score_run(run, data.judged, measures=[data.measure], queries=asked)
    return float(scored.frame["value"].mean())


def inference_parameters(model: RoutedLayers) -> int:
    """Parameters that one text passes through: one depth of each layer, and the router.

    Of a mixture all depths.
    """
    total = sum(parameter.numel() for parameter in model.parameters())
    if not getattr(model, "mixes", False):
        for layer in model.blocks:
            for tensors in layer.attention.learned.values():
                total -= sum(tensor.numel() for tensor in tensors[1:])
    return total
