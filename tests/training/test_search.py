"""The search: equal trials, the smaller of equals, further on when an edge of the rates wins."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.training import search
from maw.training.search import Trial, standard_error_of_difference

GRID = (1e-4, 3e-4, 1e-3)
NOISE = "attention.noise"


def scores_of(scores: Mapping[float, float]) -> search.Scores:
    """Trials of learning rates alone. scores: learning rate -> development score."""
    return {Trial(learning_rate): score for learning_rate, score in scores.items()}


def noisy(learning_rate: float, noise: float) -> Trial:
    """A trial of a system that searches the noise of its attention, too."""
    return Trial(learning_rate, ((NOISE, noise),))


def extended(
    score: Callable[[float], float], *, max_extensions: int = 2, grid: tuple[float, ...] = GRID
) -> search.Scores:
    """The scores of a search that tries learning rates alone."""
    return search.extend(
        grid,
        searched={},
        score=lambda trial: score(trial.learning_rate),
        max_extensions=max_extensions,
    )


def peak(best: float) -> Callable[[float], float]:
    """A score that falls on both sides of one learning rate."""
    return lambda learning_rate: (
        -abs(learning_rate / best - 1) if learning_rate < best else -abs(best / learning_rate - 1)
    )


def test_the_best_trial_wins() -> None:
    assert search.winner(scores_of({1e-4: 0.6, 3e-4: 0.7, 1e-3: 0.65})) == Trial(3e-4)


def test_of_equals_the_smaller_rate_wins_and_then_the_first_value() -> None:
    assert search.winner(scores_of({1e-3: 0.7, 3e-4: 0.7, 1e-4: 0.6})) == Trial(3e-4)
    scores = {noisy(3e-4, 0.5): 0.7, noisy(3e-4, 0.1): 0.7, noisy(1e-3, 0.1): 0.7}
    assert search.winner(scores) == noisy(3e-4, 0.5)


def test_a_winner_inside_ends_the_search() -> None:
    assert search.rates_of(extended(peak(3e-4))) == list(GRID)


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
    assert search.rates_of(extended(peak(best))) == pytest.approx(expected)
    assert search.winning_edge(extended(peak(best), max_extensions=9)) is None


@pytest.mark.parametrize("max_extensions", [0, 1, 2, 5])
def test_an_edge_that_always_wins_is_followed_at_most_so_many_times(max_extensions: int) -> None:
    rising: Callable[[float], float] = float
    for score, edge in ((rising, "high"), (lambda learning_rate: -learning_rate, "low")):
        scores = extended(score, max_extensions=max_extensions)
        assert len(scores) == len(GRID) + max_extensions
        assert search.winning_edge(scores) == edge


def test_no_trial_is_made_twice() -> None:
    learning_rates: list[float] = []

    def score(learning_rate: float) -> float:
        learning_rates.append(learning_rate)
        return learning_rate

    extended(score, max_extensions=3)
    assert len(learning_rates) == len(set(learning_rates)) == 6


def test_every_rate_is_tried_with_every_value_and_counts_with_its_best() -> None:
    scores = search.extend(
        GRID,
        searched={NOISE: [0.5, 0.1]},
        # the edge wins with the second value alone
        score=lambda trial: trial.learning_rate if trial == noisy(1e-3, 0.1) else 0.0,
        max_extensions=1,
    )
    rates = [*GRID, 3.33e-3]
    assert list(scores) == [noisy(rate, noise) for rate in rates for noise in (0.5, 0.1)]
    assert search.winner(scores) == noisy(1e-3, 0.1)


def test_one_rate_has_no_edge_and_is_tried_with_every_value() -> None:
    assert list(extended(float, grid=(1e-3,))) == [Trial(1e-3)]
    assert search.winning_edge(scores_of({1e-3: 0.5})) is None
    scores = search.extend(
        (1e-3,), searched={NOISE: [0.5, 0.1]}, score=lambda trial: 0.0, max_extensions=2
    )
    assert list(scores) == [noisy(1e-3, 0.5), noisy(1e-3, 0.1)]


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-6, 1.0), st.integers(0, 4))
def test_the_search_ends_with_the_grid_and_a_few_more(best: float, max_extensions: int) -> None:
    scores = extended(peak(best), max_extensions=max_extensions)
    rates = search.rates_of(scores)
    assert set(GRID) <= set(rates)
    assert len(scores) <= len(GRID) + max_extensions
    assert scores[search.winner(scores)] == max(scores.values())
    if search.winning_edge(scores) is not None:
        assert len(scores) == len(GRID) + max_extensions
    ratios = [high / low for low, high in pairwise(rates)]
    assert all(2.9 < ratio < 3.4 for ratio in ratios)


def test_only_a_number_of_three_or_more_has_an_edge() -> None:
    rates = [Trial(rate) for rate in GRID]
    assert [search.at_edge(trial, rates) for trial in rates] == [True, False, True]
    two_values = [noisy(rate, noise) for rate in GRID for noise in (0.5, 0.1)]
    assert [search.at_edge(trial, two_values) for trial in two_values[2:4]] == [False, False]
    three_values = [noisy(3e-4, noise) for noise in (0.1, 0.5, 0.3)]
    assert [search.at_edge(trial, three_values) for trial in three_values] == [True, True, False]
    rules = [Trial(1e-3, (("objective.rule", rule),)) for rule in ("source", "mode", "quantiles")]
    assert [search.at_edge(trial, rules) for trial in rules] == [False] * 3


def test_a_trial_is_told_in_words() -> None:
    assert str(noisy(1e-3, 0.5)) == "learning rate 0.001, attention.noise 0.5"
    scores = scores_of({1e-4: 0.1, 1e-3: 0.25})
    assert search.summary(scores) == "best of 2 trials: learning rate 0.001, dev 0.2500"


def test_trials_are_listed_by_their_learning_rates_and_then_as_they_were_tried() -> None:
    scores = {noisy(1e-3, 0.5): 0.2, noisy(1e-4, 0.5): 0.1, noisy(1e-4, 0.1): 0.3}
    assert search.listed(scores) == [
        {"learning_rate": 1e-4, "options": {NOISE: 0.5}, "dev": 0.1, "at_edge": False},
        {"learning_rate": 1e-4, "options": {NOISE: 0.1}, "dev": 0.3, "at_edge": False},
        {"learning_rate": 1e-3, "options": {NOISE: 0.5}, "dev": 0.2, "at_edge": False},
    ]


def test_the_runner_up_is_the_best_of_the_others() -> None:
    assert search.runner_up(scores_of({1e-4: 0.6, 3e-4: 0.7, 1e-3: 0.65})) == Trial(1e-3)
    assert search.runner_up(scores_of({1e-4: 0.6, 3e-4: 0.6})) == Trial(3e-4)
    assert search.runner_up(scores_of({1e-4: 0.6})) is None
    assert search.runner_up({noisy(1e-4, 0.5): 0.6, noisy(1e-4, 0.1): 0.5}) == noisy(1e-4, 0.1)


def test_the_measures_of_all_queries_are_written_and_read_again() -> None:
    measured = {
        noisy(3e-4, 0.1): pd.Series([0.5, 1.0], ["a", "b"]),
        noisy(1e-4, 0.1): pd.Series([0.25, 0.5], ["a", "b"]),
    }
    content = search.with_queries(measured)
    options = {NOISE: 0.1}
    assert content == {
        "query_ids": ["a", "b"],
        "trials": [
            {"learning_rate": 1e-4, "options": options, "dev": 0.375, "of_queries": [0.25, 0.5]},
            {"learning_rate": 3e-4, "options": options, "dev": 0.75, "of_queries": [0.5, 1.0]},
        ],
    }
    again = search.measured_in(content)
    assert search.means(again) == search.means(measured)
    assert search.means(again) == {noisy(1e-4, 0.1): 0.375, noisy(3e-4, 0.1): 0.75}
    assert again[noisy(3e-4, 0.1)].to_dict() == {"a": 0.5, "b": 1.0}


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
