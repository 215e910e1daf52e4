"""A rehearsal of systems with code of the user: each is built and used once, on random texts.

`maw check` calls it, so that what cannot work is one line before anything runs. The layers have
random weights in the backbone's shape; nothing is downloaded and no file is read or written. A
system of maw's own kinds alone is not rehearsed.
"""

import traceback
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pandas as pd
import torch
from pydantic import BaseModel
from torch import Tensor

from maw.errors import InputError
from maw.jobs.provenance import own_kinds
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.models.encoders.routed_layers import RoutedLayers
from maw.models.encoders.trunk import Trunk
from maw.ranking.inputs import Ranked, RankInputs
from maw.settings import extensions, registry, traits
from maw.settings.contracts import PAGE
from maw.training.objectives.batch import Batch, PairBatch

E, H = 32, 2  # sizes where those of the backbone are not known
LENGTHS = (3, 5, 1, 4)  # tokens of the random texts
N_QUERIES = 2
WORDS = ("a wing in a flow", "heat and shock", "drag of a plate")


def rehearse(name: str, entry: BaseModel, *, hidden_size: int = E, n_heads: int = H) -> None:
    """Build a system with code of the user, and use it once; nothing for any other system.

    name: of the system, for messages. hidden_size, n_heads: those of the backbone. InputError, in
    one line with the user's file and line, for whatever fails.
    """
    kinds = own_kinds(entry)
    if not kinds:
        return
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            _use(entry, top=random_top(hidden_size, n_heads))
    except InputError as error:
        raise InputError(f"systems.{name}: {error}") from None
    except (Exception, SystemExit) as error:
        message = extensions.message(error)
        raise InputError(f"systems.{name}: {_place(error, kinds)}: {message} ({PAGE})") from error


def _use(entry: BaseModel, *, top: dict[str, Tensor]) -> None:
    module = registry.module_of(entry)
    if hasattr(entry, "attention") and hasattr(module, "encoder"):
        _use_layers(entry, module, top=top)
    elif not module.NEURAL and not traits.trains_itself(entry) and not traits.reads_index(entry):
        _use_ranking(entry, module)


def _use_layers(entry: Any, module: ModuleType, *, top: dict[str, Tensor]) -> None:
    """Route, rank and train a step with an encoder of random weights."""
    trained_layers = getattr(entry, "trained_layers", None)
    trunk = Trunk(top, levels={} if trained_layers is None else {trained_layers: Trunk(top)})
    model: RoutedLayers = module.encoder(entry, trunk=trunk, state=None, seed=0)
    texts = random_texts(len(top["layer.0.output.LayerNorm.weight"]))
    x, mask = texts.padded(torch.arange(len(texts)))
    if model.router is not None:
        logits = model.router(model.features(x, mask))
        if logits.shape != (len(texts), model.n_depths):
            raise InputError(
                f"router {registry.kind_of(entry.router)}: gives logits of shape "
                f"{list(logits.shape)} for {len(texts)} texts and {model.n_depths} depths; return "
                f"[B, D] ({PAGE})"
            )
    rows = torch.arange(len(texts))
    for forced in (None, torch.zeros(len(texts), dtype=torch.int64)):
        embed(model, texts, rows, forced)
    if entry.objective is not None:
        _train_step(entry.objective, model, texts, is_pairwise=getattr(module, "PAIRWISE", False))


def _train_step(
    objective: BaseModel, model: RoutedLayers, texts: Ragged, *, is_pairwise: bool
) -> None:
    """Compute the losses of one batch and their gradients."""
    batch = _pairs(texts) if is_pairwise else _batch(texts)
    begin = registry.module_of(objective).begin
    kind, is_empty = registry.kind_of(objective), True
    losses = begin(objective, model.train())(batch, torch.Generator().manual_seed(0))
    for loss, metrics in losses:
        if not isinstance(loss, Tensor) or loss.ndim or not loss.requires_grad:
            raise InputError(
                f"objective {kind}: yields a loss that is no single number with a gradient; yield "
                f"a tensor such as `losses.mean()` ({PAGE})"
            )
        if "loss" not in metrics:
            raise InputError(f"objective {kind}: its metrics have no `loss`; add it ({PAGE})")
        loss.backward()
        is_empty = False
    if is_empty:
        raise InputError(f"objective {kind}: yields no loss for a batch; yield one ({PAGE})")


def _use_ranking(entry: BaseModel, module: ModuleType) -> None:
    """Rank three documents for two queries, and look at the result's table."""
    ids = [f"d{n}" for n in range(len(WORDS))]
    documents = pd.DataFrame({"doc_id": ids, "text": WORDS, "row": range(len(WORDS))})
    queries = documents.head(N_QUERIES).rename(columns={"doc_id": "query_id"})
    ranked = module.rank(entry, RankInputs(documents=documents, queries=queries, seed=0))
    kind = registry.kind_of(entry)
    if not isinstance(ranked, Ranked):
        raise InputError(
            f"{kind}: `rank` returns {type(ranked).__name__}; return a "
            f"maw.ranking.inputs.Ranked ({PAGE})"
        )
    missing = {"query_id", "doc_id", "score"} - set(ranked.ranking.columns)
    if missing:
        raise InputError(f"{kind}: its ranking has no column {min(missing)!r}; add it ({PAGE})")


def _batch(texts: Ragged) -> Batch:
    """Return a batch of two queries and four documents, whose first documents are relevant."""
    positive = torch.eye(N_QUERIES, len(texts), dtype=torch.bool)
    rows = torch.arange(len(texts))
    return Batch(
        queries=list(texts.chunks(rows[:N_QUERIES], len(texts))),
        documents=list(texts.chunks(rows, len(texts))),
        positive=positive,
        negative=~positive,
        **_of_queries(),
    )


def _pairs(texts: Ragged) -> PairBatch:
    """Return a batch of four pairs of two queries, whose first pairs are relevant."""
    rows = torch.arange(len(texts))
    positive = torch.tensor([[True, False]] * N_QUERIES)
    return PairBatch(
        pairs=list(texts.chunks(rows, len(texts))),
        slots=rows,
        positive=positive,
        negative=~positive,
        **_of_queries(),
    )


def _of_queries() -> dict[str, Any]:
    """Return what a batch knows of its queries."""
    return {
        "n_relevant": torch.ones(N_QUERIES, dtype=torch.int64),
        "temperature": 0.05,
        "quantile": torch.full((N_QUERIES,), 0.5, dtype=torch.float64),
        "mode": torch.zeros(N_QUERIES, dtype=torch.int64),
    }


def random_texts(hidden_size: int) -> Ragged:
    """Return texts of LENGTHS tokens with random hidden states."""
    offsets = torch.tensor([0, *LENGTHS]).cumsum(0)
    return Ragged(torch.randn(sum(LENGTHS), hidden_size), offsets)


def random_top(hidden_size: int, n_heads: int) -> dict[str, Tensor]:
    """Return random tensors of one BERT layer, as `maw.models.encoders.cutting` names them.

    Its feed-forward is narrow, because it does not matter here.
    """
    return {
        "heads": torch.tensor(n_heads),
        "eps": torch.tensor(1e-12, dtype=torch.float64),
        **{f"layer.0.{name}": tensor for name, tensor in _layer(hidden_size)},
    }


def _layer(E: int) -> Iterator[tuple[str, Tensor]]:
    narrow = 8
    matrices = {
        **{f"attention.self.{name}": (E, E) for name in ("query", "key", "value")},
        "attention.output.dense": (E, E),
        "intermediate.dense": (narrow, E),
        "output.dense": (E, narrow),
    }
    for name, shape in matrices.items():
        yield f"{name}.weight", torch.randn(shape) / E**0.5
        yield f"{name}.bias", torch.zeros(shape[0])
    for name in ("attention.output.LayerNorm", "output.LayerNorm"):
        yield f"{name}.weight", torch.ones(E)
        yield f"{name}.bias", torch.zeros(E)


def _place(error: BaseException, kinds: list[tuple[str, str]]) -> str:
    """Return `file:line` of the user's code in which an error arose; else the kinds' own names."""
    files = {registry.load(group, kind).__file__ for group, kind in kinds}
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename in files]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else ", ".join(k for _, k in kinds)
