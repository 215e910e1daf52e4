"""Ranks and rewards of sampled depths against numbers worked by hand."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from maw.models.encoders.ragged import Ragged
from maw.training.objectives.batch import Batch, PairBatch
from maw.training.objectives.sampled_rewards import (
    document_advantage,
    document_reward,
    ranks_of,
    relevance_rewards,
)


def test_ranks_count_the_negatives_above_the_best_positive(pair_batch: PairBatch) -> None:
    scores = torch.tensor([[1.0, 2, 0, 9], [3, 2, 9, 9], [0, 1, 2, 3]])
    assert ranks_of(scores[None], pair_batch).tolist() == [[2, 1, 4]]


@pytest.mark.parametrize("n_tied", [0, 1, 3])
def test_a_negative_with_the_score_of_the_best_positive_does_not_rank_above_it(
    n_tied: int, pair_batch: PairBatch
) -> None:
    # the third query: its positive scores 1, n_tied of its three negatives score 1, the others 0
    scores = torch.zeros(1, 3, 4)
    scores[0, 2, 0] = 1.0
    scores[0, 2, 1 : 1 + n_tied] = 1.0
    assert ranks_of(scores, pair_batch)[0, 2] == 1
    scores[0, 2, 3] = 1.5
    assert ranks_of(scores, pair_batch)[0, 2] == 2


def test_a_rank_counts_the_negatives_above_the_best_positive(random_batch: Batch) -> None:
    # positives .5 and .2, negatives .9 and .3, a pair that is neither .8: rank 2
    # then the positive .6, negatives below: rank 1, whatever the neither
    batch = replace(
        random_batch,
        positive=torch.tensor([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=torch.bool),
        negative=torch.tensor([[0, 0, 1, 1, 0], [0, 1, 1, 1, 0]], dtype=torch.bool),
    )
    scores = torch.tensor([[[0.5, 0.2, 0.9, 0.3, 0.8], [0.6, 0.1, 0.2, 0.3, 0.9]]])
    assert relevance_rewards("source", scores, batch).tolist() == [[0.5], [1.0]]


def test_the_dense_reward_is_the_mean_log_likelihood_of_the_positives(random_batch: Batch) -> None:
    # temperature .5. Query 0: positives .5 and .2, negatives .4 and .3, a pair that is neither .8
    #   ln(e^.8 + e^.6) = 1.3981388694; softplus(1.3981388694 - 1) = .9119014326,
    #   softplus(1.3981388694 - .4) = 1.3119014326; minus their mean: -1.1119014326
    # query 1: positive .6, negative .1: -softplus(.2 - 1.2) = -.3132616875; sample 1: all 0,
    #   -softplus(ln 2) = -ln 3 and -softplus(0) = -ln 2
    batch = replace(
        random_batch,
        positive=torch.tensor([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0]], dtype=torch.bool),
        negative=torch.tensor([[0, 0, 1, 1, 0], [0, 1, 0, 0, 0]], dtype=torch.bool),
        temperature=0.5,
    )
    scores = torch.tensor(
        [[[0.5, 0.2, 0.4, 0.3, 0.8], [0.6, 0.1, 0.9, 0.9, 0.9]], [[0.0] * 5] * 2],
        dtype=torch.float64,
    )
    expected = [[-1.1119014326, -math.log(3)], [-0.3132616875, -math.log(2)]]
    for by_query, values in zip(
        relevance_rewards("dense", scores, batch).tolist(), expected, strict=True
    ):
        assert by_query == pytest.approx(values, abs=5e-10)


def test_a_document_is_rewarded_by_the_queries_that_it_is_relevant_to(
    random_batch: Batch, random_texts: Callable[..., Ragged]
) -> None:
    # queries are rewarded with 1 and .5; documents: of the first, of both, of none, of the second
    #   rewards 1, .75, -, .5: mean .75, std sqrt(1/24), advantages ±sqrt(1.5) and 0
    positive = torch.tensor([[1, 1, 0, 0], [0, 1, 0, 1]], dtype=torch.bool)
    one_length = list(random_texts([3] * 4).chunks(torch.arange(4), 3))  # in their own order
    batch = replace(random_batch, documents=one_length, positive=positive)
    is_relevant, rewards = document_reward(torch.tensor([1.0, 0.5]), batch)
    assert is_relevant.tolist() == [True, True, False, True]
    assert rewards[is_relevant].tolist() == [[1.0], [0.75], [0.5]]
    advantage = document_advantage(rewards, is_relevant)
    expected = torch.tensor([[1.5**0.5], [0.0], [-(1.5**0.5)]])
    # the epsilon of 1e-4 beside a standard deviation of .2
    torch.testing.assert_close(advantage[is_relevant], expected, rtol=0, atol=1e-3)


def test_documents_rewards_are_in_the_order_of_their_chunks(
    random_batch: Batch, random_texts: Callable[..., Ragged]
) -> None:
    # lengths 5, 2 and 8: the chunks hold documents 1, 0 and 2
    chunks = list(random_texts([5, 2, 8]).chunks(torch.arange(3), 2))
    positive = torch.tensor([[1, 0, 0], [0, 0, 1]], dtype=torch.bool)
    batch = replace(random_batch, documents=chunks, positive=positive)
    is_relevant, rewards = document_reward(torch.tensor([1.0, 0.5]), batch)
    assert is_relevant.tolist() == [False, True, True]
    assert rewards[is_relevant].tolist() == [[1.0], [0.5]]
