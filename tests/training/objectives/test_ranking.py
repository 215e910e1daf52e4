"""The ranking objective: the loss is each query's own softmax, and nothing is drawn."""

from collections.abc import Callable

import pytest
import torch

from maw.models.encoders.cross_encoder import CrossEncoder
from maw.training.objectives import ranking
from maw.training.objectives.batch import PairBatch


def test_the_ranking_loss_is_each_querys_own_softmax(
    random_cross_encoder: Callable[[str | None], CrossEncoder], pair_batch: PairBatch
) -> None:
    model, generator = random_cross_encoder(None), torch.Generator().manual_seed(0)
    ((loss, metrics),) = ranking.begin(ranking.Config(), model)(pair_batch, generator)
    outputs = [
        model(x, mask, torch.zeros(len(x), dtype=torch.int64)) for x, mask in pair_batch.texts
    ]
    scores = pair_batch.scores(outputs)
    by_hand = [
        -scores[q, [0, *negatives]].log_softmax(-1)[0]
        for q, negatives in enumerate(([1, 2], [1], [1, 2, 3]))
    ]
    torch.testing.assert_close(loss, torch.stack(by_hand).mean())
    assert metrics["loss"] == pytest.approx(loss.item())


def test_nothing_is_drawn(
    random_cross_encoder: Callable[[str | None], CrossEncoder], pair_batch: PairBatch
) -> None:
    generator = torch.Generator().manual_seed(0)
    state = generator.get_state()
    list(ranking.begin(ranking.Config(), random_cross_encoder(None))(pair_batch, generator))
    assert torch.equal(generator.get_state(), state)
