"""A collection in which one depth is right for each query, and batches of random texts.

A query's tokens lie in D slots, each with another document's content. Depth d attends to slot d
alone, so the query comes near its positive only under the right depth, and near a negative under
each other depth. A marked token says which slot is right: by its position, which the second head
attends to under every depth, and by its direction. A document has one content in all its slots, so
that its depth does not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Training
from maw.training import texts as training_texts
from maw.training.loop import Recipe, train
from maw.training.objectives.batch import Batch, PairBatch
from maw.training.texts import TextData

E, H, D = 32, 2, 4
h = E // H
CONTENT, SLOT, MARK = slice(0, h), slice(16, 20), slice(24, 28)
N_DOCUMENTS, N_QUERIES, N_TRAINED = 64, 400, 300
RECIPE = Training(steps=150, batch_size=32, hard_negatives=3, router_learning_rate=5e-3)


@pytest.fixture(scope="session")
def random_batch(random_texts: Callable[..., Ragged]) -> Batch:
    """Five queries and seven documents: two pairs are neither, a query has two positives."""
    queries, documents = random_texts([3, 9, 1, 6, 4]), random_texts([5, 2, 8, 3, 9, 1, 4], seed=1)
    positive = torch.zeros(5, 7, dtype=torch.bool)
    positive[range(5), [0, 2, 3, 4, 6]] = True
    positive[0, 1] = True
    negative = ~positive
    negative[3, 6] = negative[1, 5] = False
    return Batch(
        queries=list(queries.chunks(torch.arange(5), 2)),
        documents=list(documents.chunks(torch.arange(7), 3)),
        positive=positive,
        negative=negative,
        n_relevant=torch.tensor([2, 1, 1, 4, 1]),
        temperature=0.05,
    )


PAIR_SLOTS = [0, 1, 2, 4, 5, 8, 9, 10, 11]  # of three queries' four candidates; three are missing


@pytest.fixture
def pair_batch(random_texts: Callable[..., Ragged]) -> PairBatch:
    """Nine pairs of three queries; the first candidate of each query is its positive."""
    pairs = random_texts([3, 9, 1, 6, 4, 8, 2, 7, 5])
    positive = torch.zeros(3, 4, dtype=torch.bool)
    positive[:, 0] = True
    filled = torch.zeros(12, dtype=torch.bool)
    filled[PAIR_SLOTS] = True
    return PairBatch(
        pairs=list(pairs.chunks(torch.arange(9), 4)),
        slots=torch.tensor(PAIR_SLOTS),
        positive=positive,
        negative=filled.view(3, 4) & ~positive,
        n_relevant=torch.tensor([1, 2, 5]),
        temperature=1.0,
    )


@pytest.fixture
def random_cross_encoder(
    random_top: Callable[..., dict[str, Tensor]],
) -> Callable[[str | None], CrossEncoder]:
    """(router) -> a cross-encoder of four depths with this router; None is standard attention."""

    def make(router: str | None) -> CrossEncoder:
        torch.manual_seed(0)
        maw = {"kind": "maw", "depths": 4, "noise": 0.5}
        return CrossEncoder(
            random_top(),
            attention=registry.parse("attention", maw if router else {"kind": "standard"}),
            router=registry.parse("routers", {"kind": router}) if router else None,
        ).train()

    return make


@dataclass(frozen=True)
class OneRightDepth:
    """`right` [N_QUERIES]: the depth of each query, in turn 0 to D - 1."""

    data: TextData
    top: dict[str, Tensor]

    def accuracy(self, model: BiEncoder) -> float:
        """Share of the held-out queries for which the router chooses the right depth."""
        rows = torch.tensor(list(self.data.development.values()))
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
        """Train a router; return its held-out accuracy and its development score.

        The layers' weights stay as they are, so that the right depth stays right. `cut` keeps
        gradients from the router.
        """

        def without_gradient(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
            return output.detach() + 0 * output

        def prepared(*arguments: Any, **options: Any) -> BiEncoder:
            model = BiEncoder(*arguments, **options)
            let_depths_attend_to_slots(model)
            if cut:
                assert model.router is not None
                model.router.register_forward_hook(without_gradient)
            return model

        system = registry.parse(
            "systems",
            {
                "kind": "bi_encoder",
                "attention": {"kind": "maw", "depths": D},
                "router": {
                    "kind": "supervised" if objective["kind"] == "supervised" else "grpo",
                    **(router or {}),
                },
                "objective": objective,
            },
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(training_texts, "BiEncoder", prepared)
            recipe = Recipe(
                system=system,
                top=self.top,
                training=RECIPE.model_copy(update={"steps": steps}),
                learning_rate=0.0,
                seed=seed,
                evaluations=1,
            )
            trained = train(self.data, recipe, report=lambda line: None)
        assert isinstance(trained.model, BiEncoder)
        return self.accuracy(trained.model), trained.development_score


def let_depths_attend_to_slots(model: BiEncoder) -> None:
    """Set depth d to attend to slot d in the first head and to the mark in the second."""
    with torch.no_grad():
        learned = model.first.learned
        for d, (weight, bias) in enumerate(
            zip(learned["query_key"], learned["query_key_bias"], strict=True)
        ):
            key = weight.zero_()[E:]  # packed: queries' E rows, then keys'
            key[:D, SLOT] = torch.eye(D)
            key[h, MARK] = 1
            bias.zero_()
            bias[d], bias[h] = 20, 5  # over sqrt(h) = 4


@pytest.fixture(scope="session")
def one_right_depth(random_top: Callable[..., dict[str, Tensor]]) -> OneRightDepth:
    """The collection, and one layer whose values copy the content of the tokens."""
    top = random_top(E=E, H=H)
    value = torch.zeros(E, E)
    value[CONTENT, CONTENT] = torch.eye(h)
    top["layer.0.attention.self.value.weight"] = value
    top["layer.0.attention.self.value.bias"] = torch.zeros(E)
    top["layer.0.attention.output.dense.weight"] = 4 * value  # what is attended to outweighs x
    top["layer.0.output.dense.weight"] /= 10
    return OneRightDepth(collection(), top)


def collection() -> TextData:
    """Build the collection: N_TRAINED queries to train on, the others held out."""
    generator = torch.Generator().manual_seed(0)

    def text(contents: Tensor, marked: int) -> Tensor:
        """Draw a text [L, E] of 8 to 12 tokens, slots in turn, with these contents [D, h]."""
        L = int(torch.randint(8, 13, (), generator=generator))
        x = 0.1 * torch.randn(L, E, generator=generator)
        x[:, CONTENT] += contents[torch.arange(L) % D]
        x[:, SLOT] += torch.eye(D)[torch.arange(L) % D]
        x[marked * L // D, MARK] += 4 * torch.eye(D)[marked]
        return x

    contents = torch.randn(N_DOCUMENTS, h, generator=generator)
    documents = [text(content.expand(D, h), row % D) for row, content in enumerate(contents)]
    slots = [torch.randperm(N_DOCUMENTS, generator=generator)[:D] for _ in range(N_QUERIES)]
    queries = [text(contents[slot], query % D) for query, slot in enumerate(slots)]
    positives = {query: [int(slot[query % D])] for query, slot in enumerate(slots)}
    trained, held_out = range(N_TRAINED), range(N_TRAINED, N_QUERIES)
    return TextData(
        documents=ragged(documents),
        queries=ragged(queries),
        doc_ids=[str(document) for document in range(N_DOCUMENTS)],
        query_ids=[str(query) for query in range(N_QUERIES)],
        positives={query: positives[query] for query in trained},
        negatives={
            query: [int(d) for depth, d in enumerate(slots[query]) if depth != query % D]
            for query in trained
        },
        forbidden={query: set(positives[query]) for query in trained},
        n_relevant={query: 3 - query % D for query in range(N_QUERIES)},  # what the rule inverts
        development={str(query): query for query in held_out},
        pool={str(document): document for document in range(N_DOCUMENTS)},
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
    """Join texts [L, E] of different lengths."""
    return Ragged(torch.cat(texts), torch.tensor([0, *(len(text) for text in texts)]).cumsum(0))
