"""The best of a stream: those of the whole table, whatever the blocks, ties by document id."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.datasets.rows_of_ids import places_by_name
from maw.ranking.best import COLUMNS, Best, ranked

Table = np.ndarray


def offers(scores: Table, rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Every query with these documents, as a ranker offers them."""
    query, place = np.divmod(np.arange(len(scores) * len(rows)), max(len(rows), 1))
    chosen = np.array(rows, dtype=np.int64)[place]
    score = scores[query, chosen].astype(np.float32)
    return {
        "query": query, "row": chosen, "score": score, "depth": chosen % 4, "chance": score / 2
    }  # fmt: skip


def literal(scores: Table, names: Sequence[str], depth: int) -> list[list[str]]:
    """Sorted by score, then by id, both falling."""
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
    best = Best(n_queries, depth, places_by_name(pd.Series(names)))
    for start in range(0, n, size):
        best.offer(offers(scores, range(start, min(n, start + size))))
        if data.draw(st.booleans()):  # cut off and taken up again
            kept = {name: column.copy() for name, column in best.merge().items()}
            best = Best(n_queries, depth, best.places, kept)
    kept = best.merge()
    expected = literal(scores, names, depth)
    for query in range(n_queries):
        mine = kept["query"] == query
        assert [names[row] for row in kept["row"][mine]] == expected[query]
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
    part = {
        "query": np.int32([0, 0, 1]),
        "row": np.int32([2, 0, 2]),
        "score": np.float32([0.5, 0.25, 0.75]),
        "depth": np.int32([1, 3, 1]),
        "chance": np.float32([0.5, 1, 0.5]),
        "query_depth": np.int32([7, 6]),
        "query_chance": np.float32([1, 0.25]),
        "cost": np.frombuffer(b'{"encode_cpu_seconds":3.5}', np.uint8),
    }
    queries, documents = np.array(["q1", "q2"], object), pd.Series([*"abc"])
    found = ranked(part, query_ids=queries, doc_ids=documents, routed=routed)
    expected = [("q1", "c", 0.5), ("q1", "a", 0.25), ("q2", "c", 0.75)]
    assert [*found.ranking.itertuples(index=False, name=None)] == expected
    assert found.ranking["score"].dtype == np.float64
    assert found.cost == {"encode_cpu_seconds": 3.5}
    if not routed:
        assert found.depths is None
        return
    assert [*found.depths.itertuples(index=False, name=None)] == [
        ("q1", "query", 7, 1.0),
        ("q2", "query", 6, 0.25),
        ("a", "document", 3, 1.0),
        ("c", "document", 1, 0.5),
    ]
