"""What a perfect choice of depth could gain, and what noise alone would show."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from maw.ranking.oracle import headroom, scores_by_depth


def test_headroom_by_hand() -> None:
    # two seeds, one query, two depths: (.2, .6) and (.5, .1); best: depth 1, then depth 0
    #   within: (.6 - .4 + .5 - .3) / 2 = .2; across: (.2 - .4 + .1 - .3) / 2 = -.2
    found = headroom([[[0.2, 0.6]], [[0.5, 0.1]]])
    assert found.within == pytest.approx(0.2)
    assert found.across == pytest.approx(-0.2)


def test_of_noise_only_the_choice_on_the_same_seed_gains() -> None:
    found = headroom(np.random.default_rng(0).normal(size=(6, 4000, 8)))
    assert found.within == pytest.approx(1.4236, abs=0.02)  # mean of the largest of 8 normals
    assert found.across == pytest.approx(0, abs=0.02)


def test_what_depths_are_really_worth_shows_across_seeds() -> None:
    real = np.random.default_rng(1).normal(size=(1, 500, 8))
    found = headroom(np.repeat(real, 3, axis=0))
    assert found.within == pytest.approx(found.across)
    assert found.across > 1


def test_one_seed_is_not_enough() -> None:
    with pytest.raises(ValueError, match=r"scores of shape \(1, 2, 2\); give \[seeds >= 2"):
        headroom([[[1, 2], [3, 4]]])


def test_each_query_is_scored_under_each_depth(
    random_encoder: Callable[..., Any], random_texts: Callable[..., Any]
) -> None:
    model = random_encoder(router="random").eval()
    queries, documents = random_texts([3, 9, 6, 4]), random_texts([4, 7, 2, 5, 8, 3], seed=1)
    rows, pool = torch.tensor([2, 0, 3]), torch.tensor([1, 5, 0, 2, 4])
    judged = pd.DataFrame({"query_id": ["0", "2"], "doc_id": ["3", "0"], "relevance": 1})
    found = scores_by_depth(
        model,
        queries=queries,
        query_rows=rows,
        documents=documents,
        document_rows=pool,
        judged=judged,
        measure="RR@10",
    )
    assert found.shape == (3, 4)
    assert (found[1] == 0).all()  # not judged
    x, mask = documents.padded(pool)
    vectors = model(x, mask, model.decide(model.route(x, mask)))
    for place, relevant in ((0, 3), (2, 0)):
        x, mask = queries.padded(rows[place : place + 1])
        for depth in range(4):
            scores = (model(x, mask, torch.tensor([depth])) @ vectors.T)[0]
            rank = 1 + int((scores > scores[relevant]).sum())
            assert found[place, depth] == pytest.approx(1 / rank)
