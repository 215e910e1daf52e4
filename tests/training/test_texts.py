"""A batch never holds a pair that must not be learned from; the pool is ranked on development."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import pandas as pd
import pytest
import torch

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.embedding import embed
from maw.models.encoders.ragged import Ragged
from maw.training import texts
from maw.training.texts import TextData, draw_batches, make_batch, score_development
from tests.training.small_training import RECIPE


def test_an_epoch_asks_each_query_once_in_an_order_of_its_own(
    data: TextData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_queries(data: TextData, queries: list[int], *arguments: Any) -> list[int]:
        return queries

    monkeypatch.setattr(texts, "make_batch", only_queries)
    training = RECIPE.model_copy(update={"batch_size": 5})
    batches: list[Any] = list(islice(draw_batches(data, training, seed=0), 4))
    first, second = batches[0] + batches[1], batches[2] + batches[3]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_a_batch_is_never_larger_than_the_queries_there_are(data: TextData) -> None:
    training = RECIPE.model_copy(update={"batch_size": 64})
    assert len(next(draw_batches(data, training, seed=0)).positive) == 10


def pairs(data: TextData, queries: list[int], seed: int) -> dict[tuple[int, int], str]:
    """(query row, document row) -> "positive", "negative" or "neither"."""
    batch = make_batch(data, queries, RECIPE, torch.Generator().manual_seed(seed))
    rows: dict[int, int] = {}
    for chunk in batch.documents:
        for position, x, mask in zip(chunk.positions.tolist(), chunk.x, chunk.mask, strict=True):
            token = (data.documents.hidden == x[mask][0]).all(-1).nonzero().item()
            rows[position] = data.documents.offsets.tolist().index(token)
    assert sorted(rows) == list(range(batch.positive.shape[1]))
    assert len(set(rows.values())) == len(rows)  # no document twice
    roles = {}
    for q, query in enumerate(queries):
        for position, row in rows.items():
            positive, negative = batch.positive[q, position], batch.negative[q, position]
            assert not (positive and negative)
            roles[query, row] = "positive" if positive else "negative" if negative else "neither"
    return roles


def test_a_forbidden_pair_is_never_a_negative_nor_a_held_out_document_in_a_batch(
    data: TextData,
) -> None:
    roles: dict[tuple[int, int], set[str]] = {}
    for seed in range(30):
        for pair, role in pairs(data, list(range(10)), seed).items():
            roles.setdefault(pair, set()).add(role)
    assert roles[2, 12] == {"neither"}  # a namesake
    assert roles[2, 2] == roles[0, 0] == roles[0, 1] == {"positive"}  # never each other's negatives
    assert not {document for _, document in roles} & {18, 19}  # held out: in no batch at all
    allowed = {
        (query, document): document not in data.forbidden[query]
        for query, document in roles
        if (query, document) not in {(0, 0), (0, 1)} and query != document
    }
    assert all((roles[pair] == {"negative"}) == is_free for pair, is_free in allowed.items())


def test_each_query_brings_one_positive_and_its_hard_negatives(data: TextData) -> None:
    documents = {document for _, document in pairs(data, [5], seed=0)}
    assert 5 in documents
    assert len(documents) == 3
    assert documents - {5} <= {9, 10, 11, 12}
    assert {document for _, document in pairs(data, [9], seed=0)} == {9}  # it has none


def test_a_query_with_two_positives_brings_either(data: TextData) -> None:
    drawn = {
        frozenset({0, 1} & {document for _, document in pairs(data, [0], seed)})
        for seed in range(20)
    }
    assert drawn == {frozenset({0}), frozenset({1})}


def test_the_development_score_is_that_of_the_pool(
    data: TextData, random_encoder: Callable[..., BiEncoder]
) -> None:
    # one relevant document each: nDCG@10 = 1 / log2(1 + rank), 0 beyond rank 10
    model = random_encoder(depths=1)
    queries, documents = (
        embed(model, all_texts, torch.tensor(list(rows.values())))[0]
        for all_texts, rows in ((data.queries, data.development), (data.documents, data.pool))
    )
    gains = []
    for scores, relevant in zip(queries @ documents.T, ("d10", "d18", "d19"), strict=True):
        rank = 1 + int((scores > scores[list(data.pool).index(relevant)]).sum())
        gains.append(1 / math.log2(1 + rank) if rank <= 10 else 0.0)
    assert score_development(model, data).to_dict() == pytest.approx(
        dict(zip(("q10", "q11", "q12"), gains, strict=True)), abs=1e-9
    )


@pytest.mark.parametrize("measure", ["AP", "R@1000", "nDCG@1000"])
def test_development_queries_rank_the_pool_as_deep_as_the_measure_sees(
    measure: str,
    data: TextData,
    random_texts: Callable[..., Ragged],
    random_encoder: Callable[..., BiEncoder],
) -> None:
    # 150 documents, of which the last one of the ranking is relevant
    model, documents = random_encoder(depths=1), random_texts([3] * 150, seed=7)
    pool = {f"d{row}": row for row in range(150)}
    query = embed(model, data.queries, torch.tensor([10]))[0]
    last = int((query @ embed(model, documents, torch.arange(150))[0].T).argmin())
    judged = pd.DataFrame({"query_id": ["q10"], "doc_id": [f"d{last}"], "relevance": 1})
    large = replace(
        data,
        documents=documents,
        pool=pool,
        development={"q10": 10},
        judged=judged,
        measure=measure,
    )
    expected = {"AP": 1 / 150, "R@1000": 1.0, "nDCG@1000": 1 / math.log2(151)}[measure]
    assert score_development(model, large).to_dict() == pytest.approx({"q10": expected}, abs=1e-9)


def test_a_batch_names_each_query_with_the_documents_that_it_drew(data: TextData) -> None:
    drawn = make_batch(data, [5, 9], RECIPE, torch.Generator().manual_seed(0)).drawn
    assert [query for query, *_ in drawn] == ["q5", "q9"]
    (_, positive, *negatives), without_negatives = drawn
    assert (positive, len(negatives)) == ("d5", 2)
    assert set(negatives) < {"d9", "d10", "d11", "d12"}
    assert without_negatives == ("q9", "d9")


def test_a_batch_has_the_quantiles_of_its_queries_among_the_training_queries(
    data: TextData,
) -> None:
    # queries 0 and 3 of the ten have two relevant documents, the others one: the mid-ranks are
    # (8 + 2/2) / 10 and (0 + 8/2) / 10; the development queries do not count
    batch = make_batch(data, [3, 1, 0], RECIPE, torch.Generator().manual_seed(0))
    assert batch.quantile is not None
    assert batch.quantile.tolist() == [0.9, 0.4, 0.9]


def test_a_batch_has_the_modes_of_its_queries_where_there_are_any(data: TextData) -> None:
    generator = torch.Generator().manual_seed(0)
    assert make_batch(data, [3, 1], RECIPE, generator).mode is None
    batch = make_batch(replace(data, modes={1: 2, 3: 0, 4: 1}), [3, 1], RECIPE, generator)
    assert batch.mode is not None
    assert (batch.mode.tolist(), batch.mode.dtype) == ([0, 2], torch.int64)
