"""Training of a model of sentence-transformers with the library's own loss, on our own batches.

The batches of a seed are those of our bi-encoders (`maw.training.texts`): the same queries, each
with the same positive and hard negatives, in the same steps. So both share a seed's draws, and
their digests are equal. Unlike in our own losses, a document of the batch that is relevant to
another query of it counts as a negative there, because the library's losses do not know better.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from maw.errors import InputError
from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.library_model import LibraryModel
from maw.settings.sections import Training
from maw.training.draws import FIRST, rolled
from maw.training.loop import LOGGED, schedule
from maw.training.query_batches import batch_generator
from maw.training.texts import draw_documents, draw_queries

TRIPLETS = "TripletLoss"  # the one loss that reads exactly one negative of each query
SCALE = "scale"  # option of the ranking losses: by which similarities are multiplied


@dataclass(frozen=True)
class TextPairs:
    """Training pairs, as positions in the lists of queries and documents.

    queries, documents: (id, text) of each. positives, negatives: position of a training query ->
    positions of its relevant documents, and of its hard negatives, the hardest first.
    """

    queries: Sequence[tuple[str, str]]
    documents: Sequence[tuple[str, str]]
    positives: Mapping[int, list[int]]
    negatives: Mapping[int, list[int]]


@dataclass
class LibraryTraining:
    """What a training leaves beside the model, whose weights it changed.

    curve: `step` and `loss` of evenly spaced steps. draws: the rolling digest of each step.
    cpu_seconds: processor seconds of the steps. gpu_seconds_alone: clock seconds on a GPU; None
    without one, and where other jobs may use it too.
    """

    curve: list[dict[str, float]] = field(default_factory=list)
    draws: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0
    gpu_seconds_alone: float | None = None


def train(
    model: LibraryModel,
    data: TextPairs,
    *,
    training: Training,
    learning_rate: float,
    seed: int,
    loss: str,
    options: Mapping[str, Any],
) -> LibraryTraining:
    """Train the parameters of the model that need a gradient, for `training.steps` steps.

    loss: name of one of the library's losses. options: of that loss. Dropout is drawn from torch's
    generator. InputError for an option that the loss does not have, and where memory runs out.
    """
    criterion = criterion_of(model, loss, options=options, temperature=training.temperature)
    parameters = [p for p in model.model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, weight_decay=training.weight_decay)
    if training.gradient_checkpointing:
        model.model.gradient_checkpointing_enable()
    device = model.model.device.type
    result, watch = LibraryTraining(), Stopwatch(device)
    logged_steps = {round(training.steps * (n + 1) / LOGGED) for n in range(LOGGED)}
    for step, (rows, drawn) in zip(
        range(1, training.steps + 1), _batches(data, training, seed=seed), strict=False
    ):
        watch.start()
        model.model.train()
        for group in optimiser.param_groups:
            group["lr"] = learning_rate * schedule(step, training)
        optimiser.zero_grad(set_to_none=True)
        columns = _columns(model, data, rows, only_triplets=loss == TRIPLETS)
        value = _differentiate(criterion, columns, precision=training.precision, device=device)
        optimiser.step()
        watch.stop()
        result.draws.append(rolled(result.draws[-1] if result.draws else FIRST, drawn))
        if step in logged_steps:
            result.curve.append({"step": step, "loss": value.item()})
    model.model.eval()
    result.cpu_seconds, result.gpu_seconds_alone = watch.cpu_seconds, watch.gpu_seconds_alone
    return result


def criterion_of(
    model: LibraryModel, loss: str, *, options: Mapping[str, Any], temperature: float
) -> nn.Module:
    """Return the library's loss for this model.

    The option `scale`, where the loss has it, is 1 / temperature unless `options` says otherwise.
    InputError for an option that the loss does not have, or a value that it refuses.
    """
    from sentence_transformers.sentence_transformer import losses

    kind = getattr(losses, loss)
    known = inspect.signature(kind).parameters
    usual = {SCALE: 1 / temperature} if SCALE in known else {}
    try:
        criterion: nn.Module = kind(model.model, **{**usual, **options})
    except (TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"loss_options: {loss} does not take them ({reason}); mend them") from None
    return criterion


Rows = list[list[int]]  # for each query of a batch: its position, and those of its documents


def _batches(
    data: TextPairs, training: Training, *, seed: int
) -> Iterator[tuple[Rows, tuple[tuple[str, ...], ...]]]:
    """Yield batches without end, and for each query the ids that were drawn."""
    generator = batch_generator(seed)
    for queries in draw_queries(data, training, generator):
        documents = draw_documents(data, queries, training, generator)
        rows = [[query, *drawn] for query, drawn in zip(queries, documents, strict=True)]
        yield (
            rows,
            tuple(
                (data.queries[query][0], *(data.documents[row][0] for row in drawn))
                for query, *drawn in rows
            ),
        )


def _columns(
    model: LibraryModel, data: TextPairs, rows: Rows, *, only_triplets: bool
) -> list[dict[str, Any]]:
    """Return the tokens of the queries, of their positives, of their first negatives, and so on.

    A column has no text for a query with fewer negatives. only_triplets: leave out all negatives
    but the first, and the queries without one. InputError where no query is left.
    """
    if only_triplets:
        rows = [row[:3] for row in rows if len(row) > 2]
        if not rows:
            raise InputError(
                f"loss: {TRIPLETS} needs a hard negative of each query, and no query of a batch "
                "has one; set training.hard_negatives to 1, or use another loss"
            )
    n_columns = max(map(len, rows))
    columns = [[row[n] for row in rows if n < len(row)] for n in range(n_columns)]
    queries = model.features([data.queries[row][1] for row in columns[0]], side="query")
    return [
        queries,
        *(
            model.features([data.documents[row][1] for row in column], side="document")
            for column in columns[1:]
        ),
    ]


def _differentiate(
    criterion: nn.Module, columns: list[dict[str, Any]], *, precision: str, device: str
) -> Tensor:
    """Return the loss of a batch, whose gradient the parameters have then.

    InputError where memory runs out.
    """
    try:
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
            value: Tensor = criterion(columns, None)
        value.backward()
    except torch.OutOfMemoryError as error:
        reason = str(error).partition(". ")[0]
        raise InputError(
            f"a batch does not fit into the device's memory ({reason}); use the loss "
            "CachedMultipleNegativesRankingLoss, gradient_checkpointing, or a smaller batch_size"
        ) from None
    return value.detach()
