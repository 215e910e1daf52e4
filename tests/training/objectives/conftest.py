"""A collection in which one depth is right for each query, and a batch of random texts.

A query's tokens lie in D slots, each with another document's content; depth d attends to slot d
alone, so only under the right depth does the query come near its positive, and under each other one
near a negative. A marked token says which slot is right: by its place, which the second head
attends to under every depth, and by its direction. A document has one content in all its slots:
its depth does not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Training
from maw.training import loop
from maw.training.loop import TrainingData
from maw.training.objectives.batch import Batch

E, H, D = 32, 2, 4
h = E // H
CONTENT, SLOT, MARK = slice(0, h), slice(16, 20), slice(24, 28)
N_DOCUMENTS, N_QUERIES, N_TRAINED = 64, 400, 300
RECIPE = Training(steps=150, batch_size=32, hard_negatives=3, router_learning_rate=5e-3)


@pytest.fixture(scope="session")
def random_batch(random_texts: Callable[..., Ragged]) -> Batch:
    """Five queries and seven documents: twins of pairs that are neither, a query with two."""
    queries, documents = random_texts([3, 9, 1, 6, 4]), random_texts([5, 2, 8, 3, 9, 1, 4], seed=1)
    positive = torch.zeros(5, 7, dtype=torch.bool)
    positive[range(5), [0, 2, 3, 4, 6]] = True
    positive[0, 1] = True
    negative = ~positive
    negative[3, 6] = negative[1, 5] = False
    x, mask = queries.padded(torch.arange(5))
    return Batch(
        query_x=x,
        query_mask=mask,
        documents=list(documents.chunks(torch.arange(7), 3)),
        positive=positive,
        negative=negative,
        n_relevant=torch.tensor([2, 1, 1, 4, 1]),
        temperature=0.05,
    )


@dataclass(frozen=True)
class OneRightDepth:
    """`right` [N_QUERIES]: the depth of each query, in turn 0 to D - 1."""

    data: TrainingData
    top: dict[str, Tensor]

    def accuracy(self, model: BiEncoder) -> float:
        """Share of the held-out queries for which the router chooses the right depth."""
        rows = torch.tensor(self.data.development)
        _, depth, _ = embed(model, self.data.queries, rows)
        return (depth == rows % D).double().mean().item()

    def learn(
        self,
        objective: dict[str, Any],
        *,
        router: dict[str, Any] | None = None,
        seed: int = 0,
        cut: bool = False,
        steps: int = RECIPE.steps,
    ) -> tuple[float, float]:
        """Held-out accuracy and development score of a router trained by `maw.training.loop.train`.

        Weights stay, so that what is right stays so; `cut` keeps gradients from the router.
        """

        def prepared(*arguments: Any, **options: Any) -> BiEncoder:
            model = BiEncoder(*arguments, **options)
            direct(model)
            if cut:
                model.router.register_forward_hook(lambda *seen: seen[2].detach() + 0 * seen[2])
            return model

        system = registry.parse(
            "systems",
            {
                "kind": "bi_encoder",
                "attention": {"kind": "maw", "depths": D},
                "router": {"kind": objective["kind"], **(router or {})},
                "objective": objective,
            },
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "BiEncoder", prepared)
            made = loop.train(
                self.data,
                system=system,
                top=self.top,
                training=RECIPE.model_copy(update={"steps": steps}),
                learning_rate=0.0,
                seed=seed,
                evaluations=1,
                tell=lambda line: None,
            )
        return self.accuracy(made.model), made.value


def direct(model: BiEncoder) -> None:
    """Depth d asks for slot d in the first head, for the mark in the second, whatever the token."""
    with torch.no_grad():
        for d, (weight, bias) in enumerate(
            zip(model.first.query_key, model.first.query_key_bias, strict=True)
        ):
            key = weight.zero_()[E:]  # packed: queries' E rows, then keys'
            key[:D, SLOT] = torch.eye(D)
            key[h, MARK] = 1
            bias.zero_()
            bias[d], bias[h] = 20, 5  # over sqrt(h) = 4


@pytest.fixture(scope="session")
def one_right_depth(random_top: Callable[..., dict[str, Tensor]]) -> OneRightDepth:
    top = random_top(E=E, H=H)
    value = torch.zeros(E, E)
    value[CONTENT, CONTENT] = torch.eye(h)
    top["layer.0.attention.self.value.weight"] = value
    top["layer.0.attention.self.value.bias"] = torch.zeros(E)
    top["layer.0.attention.output.dense.weight"] = 4 * value  # what is attended to outweighs x
    top["layer.0.output.dense.weight"] /= 10
    return OneRightDepth(collection(), top)


def collection() -> TrainingData:
    generator = torch.Generator().manual_seed(0)

    def text(contents: Tensor, marked: int) -> Tensor:
        """contents [D, h] -> [L, E], 8 to 12 tokens, slots in turn."""
        L = int(torch.randint(8, 13, (), generator=generator))
        x = 0.1 * torch.randn(L, E, generator=generator)
        x[:, CONTENT] += contents[torch.arange(L) % D]
        x[:, SLOT] += torch.eye(D)[torch.arange(L) % D]
        x[marked * L // D, MARK] += 4 * torch.eye(D)[marked]
        return x

    contents = torch.randn(N_DOCUMENTS, h, generator=generator)
    documents = [text(content.expand(D, h), place % D) for place, content in enumerate(contents)]
    slots = [torch.randperm(N_DOCUMENTS, generator=generator)[:D] for _ in range(N_QUERIES)]
    queries = [text(contents[slot], query % D) for query, slot in enumerate(slots)]
    positives = {query: [int(slot[query % D])] for query, slot in enumerate(slots)}
    trained, held_out = range(N_TRAINED), range(N_TRAINED, N_QUERIES)
    return TrainingData(
        documents=ragged(documents),
        queries=ragged(queries),
        positives={query: positives[query] for query in trained},
        negatives={
            query: [int(d) for place, d in enumerate(slots[query]) if place != query % D]
            for query in trained
        },
        forbidden={query: set(positives[query]) for query in trained},
        n_relevant={query: 3 - query % D for query in range(N_QUERIES)},  # what the rule inverts
        development=list(held_out),
        pool=list(range(N_DOCUMENTS)),
        judged=pd.DataFrame(
            {
                "query_id": [str(query) for query in held_out],
                "doc_id": [str(positives[query][0]) for query in held_out],
                "relevance": 1,
            }
        ),
        measure="RR@10",
    )


def ragged(texts: list[Tensor]) -> Ragged:
    return Ragged(torch.cat(texts), torch.tensor([0, *(len(text) for text in texts)]).cumsum(0))
