"""A tiny collection of random texts, four systems, and one way to train them."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Training
from maw.training.loop import Recipe, Trained, train
from maw.training.texts import TextData

RECIPE = Training(steps=4, batch_size=4, hard_negatives=2)
MAW = {"kind": "maw", "depths": 3}
SYSTEMS: dict[str, dict[str, Any]] = {
    "ranking": {"objective": {"kind": "ranking"}},
    **{
        kind: {"attention": MAW, "router": {"kind": kind}, "objective": {"kind": kind}}
        for kind in ("supervised", "grpo")
    },
    "mixture": {"attention": MAW, "router": {"kind": "grpo"}, "objective": {"kind": "mixture"}},
}


def small_data(random_texts: Callable[..., Ragged]) -> TextData:
    """Ten queries to train on, three to develop on; twenty documents, 18 and 19 held out.

    Query q is relevant to document q, query 0 to 1 as well, query 3 to the held-out 18 too;
    document 12 is a namesake of query 2's own.
    """
    forbidden = {query: {query} for query in range(10)}
    forbidden[0] |= {1}
    forbidden[2] |= {12}
    forbidden[3] |= {18}
    return TextData(
        documents=random_texts([2 + d % 5 for d in range(20)], seed=1),
        queries=random_texts([1 + q % 4 for q in range(13)], seed=2),
        doc_ids=[f"d{row}" for row in range(20)],
        query_ids=[f"q{row}" for row in range(13)],
        positives={query: [query] if query else [0, 1] for query in range(10)},
        negatives={query: [(query + step) % 18 for step in (4, 5, 6, 7)] for query in range(9)},
        forbidden=forbidden,
        n_relevant={**dict.fromkeys(range(13), 1), 0: 2, 3: 2},
        development={f"q{row}": row for row in (10, 11, 12)},
        pool={f"d{row}": row for row in range(8, 20)},
        judged=pd.DataFrame(
            {"query_id": ["q10", "q11", "q12"], "doc_id": ["d10", "d18", "d19"], "relevance": 1}
        ),
        measure="nDCG@10",
    )


def parsed_system(system: dict[str, Any]) -> Any:
    """The configuration of a bi-encoder, checked."""
    return registry.parse("systems", {"kind": "bi_encoder", **system})


def train_small(
    data: TextData,
    top: dict[str, Tensor],
    *,
    system: dict[str, Any],
    training: Training = RECIPE,
    learning_rate: float = 1e-2,
    seed: int = 42,
    evaluations: int = 2,
    device: str = "cpu",
    warn: Callable[[str], None] = print,
) -> Trained:
    """Train a system of the collection for a few steps, without a line for its evaluations."""
    recipe = Recipe(
        system=parsed_system(system),
        top=top,
        training=training,
        learning_rate=learning_rate,
        seed=seed,
        evaluations=evaluations,
        device=torch.device(device),
    )
    return train(data, recipe, report=lambda line: None, warn=warn)


def have_equal_weights(a: Trained, b: Trained) -> bool:
    """Whether all tensors of two models are equal, bit for bit."""
    tensors = b.model.state_dict()
    return all(torch.equal(tensor, tensors[name]) for name, tensor in a.model.state_dict().items())
