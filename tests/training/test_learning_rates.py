"""The learning-rate search: equal trials, the smaller of equals, further on when an edge wins."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.training.learning_rates import extend, listed, winner, winning_edge

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
