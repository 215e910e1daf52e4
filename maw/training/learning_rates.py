"""The learning-rate search, by the same rules for all trained systems, on development queries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

Trials = dict[float, float]  # learning rate -> development score
Edge = Literal["low", "high"]


def extend(
    learning_rates: Sequence[float], *, score: Callable[[float], float], max_extensions: int
) -> Trials:
    """Return the development score of every learning rate that was tried.

    The given learning rates are tried first. While the best is the smallest or the greatest of all
    that were tried, one more beyond it is tried: at most max_extensions below the given ones, and
    as many above. score: trains with a learning rate and returns the development score.
    """
    trials = {learning_rate: score(learning_rate) for learning_rate in learning_rates}
    n_left = {"low": max_extensions, "high": max_extensions}
    while (edge := winning_edge(trials)) and n_left[edge]:
        n_left[edge] -= 1
        learning_rate = beyond(trials, edge)
        trials[learning_rate] = score(learning_rate)
    return trials


def winner(trials: Mapping[float, float]) -> float:
    """Return the learning rate with the best score; of those with equal scores, the smallest.

    A smaller learning rate changes the backbone less.
    """
    return min(trials, key=lambda learning_rate: (-trials[learning_rate], learning_rate))


def listed(trials: Mapping[float, float]) -> list[dict[str, float]]:
    """Return the trials as they are written to JSON, in the order of the learning rates."""
    return [{"learning_rate": key, "value": trials[key]} for key in sorted(trials)]


def winning_edge(trials: Mapping[float, float]) -> Edge | None:
    """Return `low` if the winner is the smallest learning rate tried, `high` if it is the greatest.

    None where the winner lies between other learning rates.
    """
    best = winner(trials)
    return "low" if best == min(trials) else "high" if best == max(trials) else None


def beyond(trials: Mapping[float, float], edge: Edge) -> float:
    """Return the next learning rate below the smallest (`low`) or above the greatest (`high`).

    It continues the geometric series: its ratio to the learning rate at that end is the ratio of
    that one to its neighbour. It is rounded to three significant digits.
    """
    low, high = min(trials), max(trials)
    grid = sorted(trials)
    if edge == "low":
        return float(f"{low * low / grid[1]:.3g}")
    return float(f"{high * high / grid[-2]:.3g}")
