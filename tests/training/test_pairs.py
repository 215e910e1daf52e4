"""A cross-encoder's lists: one positive and the hardest negatives; candidates ranked anew."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pandas as pd
import pytest
import torch

from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Training
from maw.training.objectives.batch import PairBatch
from maw.training.pairs import PairData

TRAINING = Training(steps=4, batch_size=2, hard_negatives=2)


@pytest.fixture
def pair_data(random_texts: Callable[..., Ragged]) -> PairData:
    """Rows 0 to 9 are pairs to train on, 10 to 16 candidates of two development queries.

    Query a has two positives and three negatives, b one and one, c one and none.
    """
    development = pd.DataFrame(
        {
            "query_id": ["x"] * 4 + ["y"] * 3,
            "doc_id": ["d0", "d1", "d2", "d3", "d0", "d1", "d4"],
            "row": range(10, 17),
        }
    )
    return PairData(
        pairs=random_texts([2 + row % 5 for row in range(17)]),
        doc_ids=[f"p{row}" for row in range(10)] + development["doc_id"].tolist(),
        positives={"a": [0, 1], "b": [5], "c": [7]},
        negatives={"a": [2, 3, 4], "b": [6]},
        n_relevant={"a": 2, "b": 1, "c": 1},
        development=development,
        judged=pd.DataFrame(
            {"query_id": ["x", "y", "z"], "doc_id": ["d2", "d4", "d0"], "relevance": 1}
        ),
        measure="RR@10",
    )


def rows_of(data: PairData, batch: PairBatch) -> dict[int, int]:
    """Slot of the table -> row of the trunk."""
    rows = {}
    for chunk in batch.pairs:
        for position, x, mask in zip(chunk.positions.tolist(), chunk.x, chunk.mask, strict=True):
            token = (data.pairs.hidden == x[mask][0]).all(-1).nonzero().item()
            rows[int(batch.slots[position])] = data.pairs.offsets.tolist().index(token)
    return rows


def test_a_list_is_one_positive_and_the_hardest_negatives(pair_data: PairData) -> None:
    drawn = set()
    for seed in range(20):
        batch = pair_data.batch(["b", "a"], TRAINING, torch.Generator().manual_seed(seed))
        rows = rows_of(pair_data, batch)  # b's list is slots 0 to 2, a's 3 to 5
        assert (rows[0], rows[1], rows[4], rows[5]) == (5, 6, 2, 3)
        drawn.add(rows[3])
        assert batch.positive.tolist() == [[True, False, False]] * 2
        assert batch.negative.tolist() == [[False, True, False], [False, True, True]]
        assert batch.n_relevant.tolist() == [1, 2]
    assert drawn == {0, 1}


def test_a_query_without_negatives_is_left_out(pair_data: PairData) -> None:
    for batch in islice(pair_data.batches(TRAINING, seed=0), 5):
        assert sorted(batch.n_relevant.tolist()) == [1, 2]
        assert 7 not in rows_of(pair_data, batch).values()


def test_a_seed_repeats_its_batches(pair_data: PairData) -> None:
    def rows(seed: int) -> list[list[int]]:
        batches = islice(pair_data.batches(TRAINING, seed=seed), 8)
        return [list(rows_of(pair_data, batch).values()) for batch in batches]

    assert rows(3) == rows(3)
    assert any(rows(3) != rows(seed) for seed in range(4, 8))


def test_a_batch_names_each_query_with_the_documents_that_it_drew(pair_data: PairData) -> None:
    batch = pair_data.batch(["b", "a"], TRAINING, torch.Generator().manual_seed(0))
    positive = f"p{rows_of(pair_data, batch)[3]}"
    assert batch.drawn == (("b", "p5", "p6"), ("a", positive, "p2", "p3"))


def test_a_batch_has_the_quantiles_and_the_modes_of_its_queries(pair_data: PairData) -> None:
    # a has two relevant documents, b one; c has no negative, so that it is not trained on:
    # the mid-ranks are (1 + 1/2) / 2 and (0 + 1/2) / 2
    generator = torch.Generator().manual_seed(0)
    batch = pair_data.batch(["b", "a"], TRAINING, generator)
    assert batch.quantile is not None
    assert (batch.quantile.tolist(), batch.mode) == ([0.25, 0.75], None)
    with_modes = replace(pair_data, modes={"a": 3, "b": 1, "c": 0})
    batch = with_modes.batch(["b", "a"], TRAINING, generator)
    assert batch.mode is not None
    assert batch.mode.tolist() == [1, 3]


def test_the_development_score_ranks_each_querys_candidates_and_none_is_0(
    pair_data: PairData, random_top: Callable[..., dict[str, torch.Tensor]]
) -> None:
    system = registry.parse("systems", {"kind": "cross_encoder", "objective": {"kind": "ranking"}})
    torch.manual_seed(0)
    model = pair_data.build(system, random_top())
    scores = embed(model, pair_data.pairs, torch.arange(10, 17))[0]
    ranks = [
        1 + int((scores[:4] > scores[2]).sum()),
        1 + int((scores[4:] > scores[6]).sum()),
    ]
    # query z is judged and has no candidate
    expected = (1 / ranks[0] + 1 / ranks[1] + 0) / 3
    assert pair_data.score(model).mean() == pytest.approx(expected)
