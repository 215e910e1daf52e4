"""The learning-rate search, by the same rules for all trained systems, on development queries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

Trials = dict[float, float]  # learning rate -> development score
Measured = dict[float, pd.Series]  # learning rate -> measure of each development query, by its id
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


def runner_up(trials: Mapping[float, float]) -> float | None:
    """Return the learning rate with the best score but one; None where only one was tried."""
    others = {rate: score for rate, score in trials.items() if rate != winner(trials)}
    return winner(others) if others else None


def listed(trials: Mapping[float, float]) -> list[dict[str, float]]:
    """Return the trials as they are written to JSON, in the order of the learning rates."""
    return [{"learning_rate": key, "value": trials[key]} for key in sorted(trials)]


def means(measured: Measured) -> Trials:
    """Return the development score of each trial: the mean over all its queries."""
    return {learning_rate: float(values.mean()) for learning_rate, values in measured.items()}


def with_queries(measured: Measured) -> dict[str, Any]:
    """Return the trials as `listed` does, with the measure of each query, for trials.json."""
    query_ids = next(iter(measured.values())).index.tolist()
    trials = [
        {**trial, "of_queries": measured[trial["learning_rate"]].tolist()}
        for trial in listed(means(measured))
    ]
    return {"query_ids": query_ids, "trials": trials}


def measured_in(content: Mapping[str, Any]) -> Measured:
    """Return what `with_queries` wrote."""
    return {
        trial["learning_rate"]: pd.Series(trial["of_queries"], content["query_ids"], dtype=float)
        for trial in content["trials"]
    }


def standard_error_of_difference(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[str]
) -> float | None:
    """Return the standard error of mean(a) − mean(b) over queries, from their differences.

    a, b [Q]: scores of two trials on the same queries. clusters [Q]: equal for queries that are not
    independent. It is the square root of the cluster jackknife's variance,
    (C − 1)/C · Σ_c (mean without cluster c − mean)². None with fewer than two clusters.
    The statistics of verdicts have the same formula; it is here too, so that a change of a test
    makes no training anew.
    """
    difference = np.subtract(a, b)
    codes, names = pd.factorize(np.asarray(clusters, dtype=object))
    C = len(names)
    if C < 2:
        return None
    sums = np.bincount(codes, weights=difference, minlength=C)
    sizes = np.bincount(codes, minlength=C)
    without = (difference.sum() - sums) / (len(difference) - sizes)
    deviations = without - difference.mean()
    return float(np.sqrt((C - 1) / C * np.square(deviations).sum()))


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
