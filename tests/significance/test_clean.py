"""Checks of the input arrays: what they take, what they refuse, and with which words."""

from math import nan
from typing import Any

import numpy as np
import pytest

from maw.significance.clean import (
    Intervals,
    cluster_codes,
    cluster_means,
    difference_columns,
    difference_vector,
    score_table,
)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([0.1, 0.2], r"x has 1 axes; give scores as \[queries, seeds\]"),
        ([[0.1]], "x has 1 queries; a test needs at least 2"),
        ([[], []], "x has no column; scores need at least 1 seed"),
        ([[0.1], [np.nan]], r"x\[1, 0\] is nan; it must be finite"),
        ([[0.1, -np.inf], [0.1, 0.2]], r"x\[0, 1\] is -inf; it must be finite"),
    ],
)
def test_a_score_table_is_finite_with_two_queries_and_a_seed(scores: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score_table(scores, name="x")
    assert score_table([[1], [0]], name="x").dtype == np.float64


@pytest.mark.parametrize(
    ("differences", "message"),
    [
        ([[0.1], [0.2]], "d has 2 axes; give one number for each query"),
        ([0.1], "d has 1 queries; a test needs at least 2"),
        ([0.1, np.inf], r"d\[1\] is inf; it must be finite"),
    ],
)
def test_a_difference_vector_is_finite_with_two_queries(differences: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        difference_vector(differences)
    assert difference_vector([1, 0]).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("differences", "message"),
    [
        ([0.1, 0.2], r"d has 1 axes; give differences as \[queries, contrasts\]"),
        ([[0.1, 0.2]], "d has 1 queries; a test needs at least 2"),
        ([[0.1, 0.2], [0.1, np.nan]], r"d\[1, 1\] is nan; it must be finite"),
    ],
)
def test_difference_columns_are_finite_with_two_queries(differences: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        difference_columns(differences)
    assert difference_columns([[1, 2], [3, 4]]).shape == (2, 2)


def test_clusters_are_numbered_and_queries_without_labels_stand_alone() -> None:
    assert cluster_codes(["b", "a", "b"], n_queries=3).tolist() == [1, 0, 1]
    assert cluster_codes(None, n_queries=3).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="one label for each of the 3 queries"):
        cluster_codes(["a", "b"], n_queries=3)
    with pytest.raises(ValueError, match="all 3 queries are in cluster 'a'; a test needs at least"):
        cluster_codes(["a", "a", "a"], n_queries=3)


def test_a_cluster_counts_by_its_mean() -> None:
    d = np.array([1.0, 2.0, 6.0, 4.0])
    assert cluster_means(d, np.array([1, 0, 0, 0])).tolist() == [4, 1]
    assert cluster_means(d, np.arange(4)).tolist() == d.tolist()


def test_intervals_contain_their_own_ends() -> None:
    intervals = Intervals(np.array([0.0, 0.0, 0.0, nan]), np.array([1.0, 1.0, 1.0, nan]))
    assert intervals.contain(np.array([0.0, 1.0, 1.1, 0.5])).tolist() == [True, True, False, False]
    assert intervals.contain(0.5).tolist() == [True, True, True, False]
