"""A missing, doubled or infinite score is named, and clusters are labels of queries."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.verdicts.score_table import ScoreTable, ScoreTables, cluster_labels, same_queries
from tests.scored import plan_of, scored
from tests.verdicts.five_systems import rows_of, scores_of

Change = Callable[[pd.DataFrame], pd.DataFrame]


def test_a_table_has_queries_and_seeds_in_ascending_order() -> None:
    values = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    shuffled = scored({"a": values}).sample(frac=1, random_state=1)
    tables = ScoreTables(shuffled)
    assert (tables.datasets, tables.systems) == (["toy"], ["a"])
    table = tables.get("toy", system="a", measure="nDCG@10")
    assert (table.values == values).all()
    assert (table.queries, table.seeds) == (("q00", "q01", "q02"), (42, 43))


def drop_score(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[~((scores["seed"] == 43) & (scores["query_id"] == "q17"))]


def drop_query(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[(scores["query_id"] != "q17") | (scores["system"] != "plain")]


def spoil(value: float) -> Change:
    def change(scores: pd.DataFrame) -> pd.DataFrame:
        return scores.assign(value=scores["value"].where(scores.index != 0, value))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop_score, "toy/maw_a/nDCG@10 has no score of seed 43 for query q17; give one finite"),
        (drop_query, "toy/plain lacks query q17, which maw_a has"),
        (spoil(np.nan),
         "toy/plain/nDCG@10 has a score that is not finite of seed 42 for query q00"),
        (spoil(np.inf),
         "toy/plain/nDCG@10 has a score that is not finite of seed 42 for query q00"),
        (lambda scores: pd.concat([scores, scores.iloc[:1]]),
         "toy/plain/nDCG@10 has more than one score of seed 42 for query q00"),
        (lambda scores: scores[scores["measure"] != "AP"],
         "toy/maw_a/AP is missing; add these scores"),
        (lambda scores: scores[scores["system"] != "maw_a"],
         "scores: no system 'maw_a'; known: plain"),
        (lambda scores: scores.drop(columns="seed"), "lacks column 'seed'"),
    ],
)  # fmt: skip
def test_a_hole_in_the_seed_query_table_is_named(change: Change, message: str) -> None:
    scores = change(scores_of({"plain": 0.0, "maw_a": 0.1}))
    with pytest.raises(InputError, match=message):
        rows_of(scores, plan_of(("maw_a", "plain")))


def test_a_misspelt_system_is_told_with_the_nearest_name() -> None:
    tables = ScoreTables(scored({"maw": np.ones((2, 1))}))
    with pytest.raises(InputError, match="scores: no system 'mav'; did you mean 'maw'"):
        tables.get("toy", system="mav", measure="nDCG@10")


def test_the_first_query_that_only_one_system_has_is_named() -> None:
    values = np.ones((2, 1))
    a = ScoreTable(values, queries=("q1", "q3"), seeds=(0,))
    b = ScoreTable(values, queries=("q1", "q2"), seeds=(0,))
    same_queries(a, a, names=("a", "a"), dataset="toy")
    with pytest.raises(InputError, match="toy/a lacks query q2, which b has"):
        same_queries(a, b, names=("a", "b"), dataset="toy")


def test_labels_are_none_where_queries_are_independent() -> None:
    queries = ("q0", "q1", "q2")
    assert cluster_labels(None, dataset="toy", queries=queries) is None
    assert cluster_labels({"other": {}}, dataset="toy", queries=queries) is None
    own = {"toy": {query: query for query in queries}}
    assert cluster_labels(own, dataset="toy", queries=queries) is None
    two = {"toy": pd.Series({"q0": 7, "q1": 7, "q2": 8})}
    assert cluster_labels(two, dataset="toy", queries=queries) == ("7", "7", "8")


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        ({"q0": "x"}, "queries: toy: query q1 has no cluster; give it one"),
        ({"q0": "x", "q1": None}, "queries: toy: query q1 has no cluster; give it one"),
        ({"q0": "x", "q1": "x"}, "all 2 queries are in cluster 'x'; a test needs at least 2"),
    ],
)
def test_clusters_that_cannot_be_used_are_refused(
    clusters: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        cluster_labels({"toy": clusters}, dataset="toy", queries=("q0", "q1"))
