"""The learning-rate search: equal trials for every system, decided on development queries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

Trials = dict[float, float]  # learning rate -> development score
Edge = Literal["low", "high"]


def extend(
    learning_rates: Sequence[float], *, score: Callable[[float], float], max_extensions: int
) -> Trials:
    """Try each learning rate, and go on beyond the grid while the best one is at its edge.

    `score` trains with a learning rate and returns the development score. The grid grows by one
    learning rate at a time, at most max_extensions times at each edge.
    """
    trials = {learning_rate: score(learning_rate) for learning_rate in learning_rates}
    n_left = {"low": max_extensions, "high": max_extensions}
    while (edge := winning_edge(trials)) and n_left[edge]:
        n_left[edge] -= 1
        learning_rate = beyond(trials, edge)
        trials[learning_rate] = score(learning_rate)
    return trials


def winner(trials: Mapping[float, float]) -> float:
    """Return the learning rate with the best score; of equal ones the smallest.

    A smaller learning rate changes the backbone less.
    """
    return min(trials, key=lambda learning_rate: (-trials[learning_rate], learning_rate))


def winning_edge(trials: Mapping[float, float]) -> Edge | None:
    """Return the edge of the grid that holds the winner: the least or the greatest learning rate.

    None when the winner lies between other learning rates.
    """
    best = winner(trials)
    return "low" if best == min(trials) else "high" if best == max(trials) else None


def beyond(trials: Mapping[float, float], edge: Edge) -> float:
    """Return the next learning rate of a geometric grid beyond one edge, in three digits.

    It stands to the last one as the last one to its neighbour.
    """
    low, high = min(trials), max(trials)
    grid = sorted(trials)
    if edge == "low":
        return float(f"{low * low / grid[1]:.3g}")
    return float(f"{high * high / grid[-2]:.3g}")
