"""The gain of a perfect choice of depth, and the gain that noise alone would show."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.ranking.oracle import headroom, scores_by_depth


def test_headroom_by_hand() -> None:
    # two seeds, one query, two depths: (.2, .6) and (.5, .1); best: depth 1, then depth 0
    #   within: (.6 - .4 + .5 - .3) / 2 = .2; across: (.2 - .4 + .1 - .3) / 2 = -.2
    gain = headroom([[[0.2, 0.6]], [[0.5, 0.1]]])
    assert gain.within == pytest.approx(0.2)
    assert gain.across == pytest.approx(-0.2)


def test_with_noise_alone_only_the_choice_on_the_same_seed_gains() -> None:
    gain = headroom(np.random.default_rng(0).normal(size=(6, 4000, 8)))
    assert gain.within == pytest.approx(1.4236, abs=0.02)  # mean of the largest of 8 normals
    assert gain.across == pytest.approx(0, abs=0.02)


def test_what_depths_are_really_worth_shows_across_seeds() -> None:
    real = np.random.default_rng(1).normal(size=(1, 500, 8))
    gain = headroom(np.repeat(real, 3, axis=0))
    assert gain.within == pytest.approx(gain.across)
    assert gain.across > 1


def test_one_seed_is_not_enough() -> None:
    with pytest.raises(ValueError, match=r"scores of shape \(1, 2, 2\); give \[seeds >= 2"):
        headroom([[[1, 2], [3, 4]]])


def test_each_query_is_scored_under_each_depth(
    random_encoder: Callable[..., BiEncoder], random_texts: Callable[..., Ragged]
) -> None:
    model = random_encoder(router="random").eval()
    queries, documents = random_texts([3, 9, 6, 4]), random_texts([4, 7, 2, 5, 8, 3], seed=1)
    query_rows = {"a": 2, "b": 0, "c": 3}
    document_rows = {f"d{row}": row for row in (1, 5, 0, 2, 4)}
    judged = pd.DataFrame({"query_id": ["a", "c"], "doc_id": ["d2", "d1"], "relevance": 1})
    scores = scores_by_depth(
        model,
        queries=queries,
        query_rows=query_rows,
        documents=documents,
        document_rows=document_rows,
        judged=judged,
        measure="RR@10",
    )
    assert scores.shape == (3, 4)
    assert (scores[1] == 0).all()  # not judged
    x, mask = documents.padded(torch.tensor(list(document_rows.values())))
    vectors = model(x, mask, model.decide(model.route(x, mask)))
    for position, (query, relevant) in ((0, ("a", "d2")), (2, ("c", "d1"))):
        x, mask = queries.padded(torch.tensor([query_rows[query]]))
        for depth in range(4):
            cosines = (model(x, mask, torch.tensor([depth])) @ vectors.T)[0]
            best = cosines[list(document_rows).index(relevant)]
            assert scores[position, depth] == pytest.approx(1 / (1 + int((cosines > best).sum())))


def test_a_measure_without_a_cutoff_sees_all_documents(
    random_encoder: Callable[..., BiEncoder], random_texts: Callable[..., Ragged]
) -> None:
    model = random_encoder(router="random").eval()
    queries, documents = random_texts([5], seed=2), random_texts([3] * 150, seed=7)
    vectors = embed(model, documents, torch.arange(150))[0]
    rows = torch.tensor([0])
    under_depth_0 = (embed(model, queries, rows, torch.tensor([0]))[0] @ vectors.T)[0]
    last = int(under_depth_0.argmin())
    scores = scores_by_depth(
        model,
        queries=queries,
        query_rows={"q": 0},
        documents=documents,
        document_rows={f"d{row}": row for row in range(150)},
        judged=pd.DataFrame({"query_id": ["q"], "doc_id": [f"d{last}"], "relevance": 1}),
        measure="AP",
    )
    assert scores[0, 0] == pytest.approx(1 / 150)
    assert (scores > 0).all()
