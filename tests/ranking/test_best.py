"""The best of a stream are those of the whole table, whatever the blocks; ties go by id."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.datasets.rows_of_ids import id_ranks_of_collection
from maw.ranking.best import COLUMNS, Best, ranked

Table = np.ndarray


def offers(scores: Table, rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Scores of every query with these documents, in the form in which a ranker offers them."""
    query, position = np.divmod(np.arange(len(scores) * len(rows)), max(len(rows), 1))
    row = np.array(rows, dtype=np.int64)[position]
    score = scores[query, row].astype(np.float32)
    return {
        "query": query, "row": row, "score": score, "depth": row % 4, "chance": score / 2
    }  # fmt: skip


def literal(scores: Table, names: Sequence[str], depth: int) -> list[list[str]]:
    """Each query's documents sorted by score, then by id, both descending."""
    return [
        [name for _, name in sorted(zip(row.tolist(), names, strict=True), reverse=True)][:depth]
        for row in scores
    ]


@settings(max_examples=60)
@given(data=st.data())
def test_the_best_are_those_of_the_whole_table(data: st.DataObject) -> None:
    n, n_queries = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 4))
    depth, size = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 15))
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    scores = draw.integers(0, 5, (n_queries, n)).astype(np.float32) / 4  # many ties
    names = [f"d{number}" for number in draw.permutation(n)]
    best = Best(n_queries, depth, id_ranks_of_collection(pd.Series(names)))
    for start in range(0, n, size):
        best.offer(offers(scores, range(start, min(n, start + size))))
        if data.draw(st.booleans()):  # cut off and taken up again
            kept = {name: column.copy() for name, column in best.merge().items()}
            best = Best(n_queries, depth, best.id_ranks, kept)
    kept = best.merge()
    expected = literal(scores, names, depth)
    for query in range(n_queries):
        of_query = kept["query"] == query
        assert [names[row] for row in kept["row"][of_query]] == expected[query]
    assert kept["score"].tolist() == scores[kept["query"], kept["row"]].tolist()
    assert kept["depth"].tolist() == (kept["row"] % 4).tolist()
    assert {name: column.dtype for name, column in kept.items()} == COLUMNS


def test_no_more_is_held_than_three_times_the_best() -> None:
    n, n_queries, depth = 20_000, 3, 10
    scores = np.random.default_rng(0).normal(size=(n_queries, n)).cumsum(axis=1)  # ever better
    best = Best(n_queries, depth, np.arange(n, dtype=np.int32))
    for start in range(0, n, 8):
        best.offer(offers(scores, range(start, start + 8)))
        held = len(best.kept["row"]) + sum(len(part["row"]) for part in best._waiting)
        assert held <= 3 * n_queries * depth + 8 * n_queries


@pytest.mark.parametrize("routed", [True, False])
def test_a_part_gets_its_names(routed: bool) -> None:
    part: dict[str, Table] = {
        "query": np.array([0, 0, 1], np.int32),
        "row": np.array([2, 0, 2], np.int32),
        "score": np.array([0.5, 0.25, 0.75], np.float32),
        "depth": np.array([1, 3, 1], np.int32),
        "chance": np.array([0.5, 1, 0.5], np.float32),
        "query_depth": np.array([7, 6], np.int32),
        "query_chance": np.array([1, 0.25], np.float32),
    }
    queries, documents = np.array(["q1", "q2"], object), pd.Series([*"abc"])
    cost = {"encode_cpu_seconds": 3.5}
    result = ranked(part, cost=cost, query_ids=queries, doc_ids=documents, routed=routed)
    expected = [("q1", "c", 0.5), ("q1", "a", 0.25), ("q2", "c", 0.75)]
    assert [*result.ranking.itertuples(index=False, name=None)] == expected
    assert result.ranking["score"].dtype == np.float64
    assert result.cost == {"encode_cpu_seconds": 3.5}
    if not routed:
        assert result.depths is None
        return
    assert result.depths is not None
    assert [*result.depths.itertuples(index=False, name=None)] == [
        ("q1", None, "query", 7, 1.0),
        ("q2", None, "query", 6, 0.25),
        (None, "a", "document", 3, 1.0),
        (None, "c", "document", 1, 0.5),
    ]
