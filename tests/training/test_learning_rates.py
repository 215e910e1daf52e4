"""The learning-rate search: equal trials, the smaller of equals, further on when an edge wins."""

from collections.abc import Callable
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.training.learning_rates import (
    extend,
    listed,
    means,
    measured_in,
    runner_up,
    standard_error_of_difference,
    winner,
    winning_edge,
    with_queries,
)

GRID = (1e-4, 3e-4, 1e-3)


def tried(score: Callable[[float], float], *, max_extensions: int = 2) -> list[float]:
    """The learning rates that a search from GRID tries, ascending."""
    return sorted(extend(GRID, score=score, max_extensions=max_extensions))


def peak(best: float) -> Callable[[float], float]:
    """A score that falls on both sides of one learning rate."""
    return lambda learning_rate: (
        -abs(learning_rate / best - 1) if learning_rate < best else -abs(best / learning_rate - 1)
    )


def test_the_best_rate_wins() -> None:
    assert winner({1e-4: 0.6, 3e-4: 0.7, 1e-3: 0.65}) == 3e-4


def test_of_equals_the_smaller_wins() -> None:
    assert winner({1e-3: 0.7, 3e-4: 0.7, 1e-4: 0.6}) == 3e-4


def test_a_winner_inside_ends_the_search() -> None:
    assert tried(peak(3e-4)) == list(GRID)


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        # a factor of 3 between the lowest, of 10/3 between the highest: carried on
        (1e-3, [*GRID, 3.33e-3]),
        (3.33e-3, [*GRID, 3.33e-3, 1.11e-2]),
        (1e-4, [3.33e-5, *GRID]),
        (3.33e-5, [1.11e-5, 3.33e-5, *GRID]),
    ],
)
def test_the_grid_goes_on_beyond_the_edge_that_wins_until_one_is_inside(
    best: float, expected: list[float]
) -> None:
    assert tried(peak(best)) == pytest.approx(expected)
    assert winning_edge(extend(GRID, score=peak(best), max_extensions=9)) is None


@pytest.mark.parametrize("max_extensions", [0, 1, 2, 5])
def test_an_edge_that_always_wins_is_followed_at_most_so_many_times(max_extensions: int) -> None:
    rising: Callable[[float], float] = float
    for score, edge in ((rising, "high"), (lambda learning_rate: -learning_rate, "low")):
        trials = extend(GRID, score=score, max_extensions=max_extensions)
        assert len(trials) == len(GRID) + max_extensions
        assert winning_edge(trials) == edge


def test_no_rate_is_tried_twice() -> None:
    learning_rates: list[float] = []

    def score(learning_rate: float) -> float:
        learning_rates.append(learning_rate)
        return learning_rate

    extend(GRID, score=score, max_extensions=3)
    assert len(learning_rates) == len(set(learning_rates)) == 6


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-6, 1.0), st.integers(0, 4))
def test_the_search_ends_with_the_grid_and_a_few_more(best: float, max_extensions: int) -> None:
    trials = extend(GRID, score=peak(best), max_extensions=max_extensions)
    assert set(GRID) <= set(trials)
    assert len(trials) <= len(GRID) + max_extensions
    assert trials[winner(trials)] == max(trials.values())
    if winning_edge(trials) is not None:
        assert len(trials) == len(GRID) + max_extensions
    ratios = [high / low for low, high in pairwise(sorted(trials))]
    assert all(2.9 < ratio < 3.4 for ratio in ratios)


def test_trials_are_listed_by_their_learning_rates() -> None:
    assert listed({1e-3: 0.2, 1e-4: 0.1}) == [
        {"learning_rate": 1e-4, "value": 0.1},
        {"learning_rate": 1e-3, "value": 0.2},
    ]


def test_the_runner_up_is_the_best_of_the_others() -> None:
    assert runner_up({1e-4: 0.6, 3e-4: 0.7, 1e-3: 0.65}) == 1e-3
    assert runner_up({1e-4: 0.6, 3e-4: 0.6}) == 3e-4
    assert runner_up({1e-4: 0.6}) is None


def test_the_measures_of_all_queries_are_written_and_read_again() -> None:
    measured = {
        3e-4: pd.Series([0.5, 1.0], ["a", "b"]),
        1e-4: pd.Series([0.25, 0.5], ["a", "b"]),
    }
    content = with_queries(measured)
    assert content == {
        "query_ids": ["a", "b"],
        "trials": [
            {"learning_rate": 1e-4, "value": 0.375, "of_queries": [0.25, 0.5]},
            {"learning_rate": 3e-4, "value": 0.75, "of_queries": [0.5, 1.0]},
        ],
    }
    again = measured_in(content)
    assert means(again) == means(measured) == {1e-4: 0.375, 3e-4: 0.75}
    assert again[3e-4].to_dict() == {"a": 0.5, "b": 1.0}


def test_the_standard_error_without_clusters_is_that_of_a_paired_mean() -> None:
    # R: sleep$extra by group; sd(diff) / sqrt(10) = 0.3889587, as in t.test(..., paired = TRUE)
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    error = standard_error_of_difference(first, second, list("abcdefghij"))
    assert error == pytest.approx(0.3889587, abs=1e-7)


def test_the_standard_error_of_clusters_leaves_each_out_in_turn() -> None:
    # differences 1, 3 | 5 | 0, 0, 0: without each cluster 5/4, 4/5, 9/3; all 3/2
    a, b, clusters = [1, 3, 5, 0, 0, 0], [0] * 6, ["x", "x", "y", "z", "z", "z"]
    expected = (2 / 3 * ((1.25 - 1.5) ** 2 + (0.8 - 1.5) ** 2 + (3 - 1.5) ** 2)) ** 0.5
    assert standard_error_of_difference(a, b, clusters) == pytest.approx(expected, abs=1e-12)
    assert standard_error_of_difference(a, b, ["x"] * 6) is None
