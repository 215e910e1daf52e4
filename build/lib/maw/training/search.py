"""The search of hyper-parameters on development queries, by the same rules for all systems.

A trial is one training: at a learning rate, with a value of each option that the system searches. A
system that searches no option has one trial at each learning rate.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import pandas as pd

Value = bool | int | float | str  # of an option
Searched = Mapping[str, Sequence[Value]]  # path of an option -> the values that are tried
Edge = Literal["low", "high"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What one training of the search is made with.

    options: the path of each searched option, such as `attention.noise`, and its value.
    """

    learning_rate: float
    options: tuple[tuple[str, Value], ...] = ()

    @property
    def parameters(self) -> dict[str, Value]:
        """The value of each searched hyper-parameter, by its name; the learning rate is one."""
        return {**dict(self.options), "learning_rate": self.learning_rate}

    def __str__(self) -> str:
        """Return the trial in words, such as `learning rate 0.001, attention.noise 0.5`."""
        shown = [f"{path} {value}" for path, value in self.options]
        return ", ".join([f"learning rate {self.learning_rate:g}", *shown])


Scores = dict[Trial, float]  # development score of each trial, in the order in which it was tried
Tried = Mapping[Trial, float | None]  # the same; None for a trial that needed no training
Measured = dict[Trial, pd.Series]  # measure of each development query, by its id


def trials_at(learning_rate: float, searched: Searched) -> list[Trial]:
    """Return the trials at one learning rate, in the order of the options' values."""
    return [
        Trial(learning_rate, tuple(zip(searched, values, strict=True)))
        for values in product(*searched.values())
    ]


def extend(
    learning_rates: Sequence[float],
    *,
    searched: Searched,
    score: Callable[[Trial], float],
    max_extensions: int,
) -> Scores:
    """Return the development score of every trial.

    The given learning rates are tried first, each with every value of the searched options. While
    the best is the smallest or the greatest of all that were tried, one more beyond it is tried: at
    most max_extensions below the given ones, and as many above. score: trains what a trial says and
    returns the development score.
    """
    scores = {
        trial: score(trial)
        for learning_rate in learning_rates
        for trial in trials_at(learning_rate, searched)
    }
    n_left = {"low": max_extensions, "high": max_extensions}
    while (edge := winning_edge(scores)) and n_left[edge]:
        n_left[edge] -= 1
        learning_rate = beyond(rates_of(scores), edge)
        scores |= {trial: score(trial) for trial in trials_at(learning_rate, searched)}
    return scores


def winner(scores: Mapping[Trial, float]) -> Trial:
    """Return the trial with the best score; of equals that with the smallest learning rate.

    A smaller learning rate changes the backbone less. Of those at one learning rate it is the one
    with the value that is named first.
    """
    return min(scores, key=lambda trial: (-scores[trial], trial.learning_rate))


def runner_up(scores: Mapping[Trial, float]) -> Trial | None:
    """Return the trial with the best score but one; None where only one was tried."""
    others = {trial: score for trial, score in scores.items() if trial != winner(scores)}
    return winner(others) if others else None


def rates_of(trials: Iterable[Trial]) -> list[float]:
    """Return the learning rates of the trials, each once, the smallest first."""
    return sorted({trial.learning_rate for trial in trials})


def winning_edge(scores: Mapping[Trial, float]) -> Edge | None:
    """Return `low` if the winner has the smallest learning rate tried, `high` if the greatest.

    None where it lies between other learning rates, or where only one was tried.
    """
    rates = rates_of(scores)
    best = winner(scores).learning_rate
    if len(rates) == 1:
        return None
    return "low" if best == rates[0] else "high" if best == rates[-1] else None


def beyond(rates: Sequence[float], edge: Edge) -> float:
    """Return the next learning rate below the smallest (`low`) or above the greatest (`high`).

    rates: those tried, the smallest first. It continues the geometric series: its ratio to the
    learning rate at that end is the ratio of that one to its neighbour. It is rounded to three
    significant digits.
    """
    last, neighbour = (rates[0], rates[1]) if edge == "low" else (rates[-1], rates[-2])
    return float(f"{last * last / neighbour:.3g}")


def at_edge(trial: Trial, tried: Collection[Trial]) -> bool:
    """Return whether a hyper-parameter of the trial has the smallest or the largest value tried.

    Only numbers of which three or more were tried have an edge: with two, each is one.
    """
    for name, value in trial.parameters.items():
        values = {other.parameters[name] for other in tried}
        numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) == len(values) >= 3 and value in (min(numbers), max(numbers)):
            return True
    return False


def summary(scores: Mapping[Trial, float]) -> str:
    """Return the best trial and its score, for the last line of a job."""
    best = winner(scores)
    return f"best of {len(scores)} trials: {best}, dev {scores[best]:.4f}"


def means(measured: Measured) -> Scores:
    """Return the development score of each trial: the mean over all its queries."""
    return {trial: float(values.mean()) for trial, values in measured.items()}


def entry_of(trial: Trial, dev: float | None) -> dict[str, Any]:
    """Return a trial as it is written to JSON. dev: its development score, None if it has none."""
    return {
        "learning_rate": trial.learning_rate,
        "options": dict(trial.options),
        "dev": dev,
    }


def trial_of(entry: Mapping[str, Any]) -> Trial:
    """Return the trial that `entry_of` wrote."""
    return Trial(entry["learning_rate"], tuple(entry["options"].items()))


def listed(scores: Tried) -> list[dict[str, Any]]:
    """Return the trials as they are written to JSON, in the order of the learning rates."""
    return [
        {**entry_of(trial, scores[trial]), "at_edge": at_edge(trial, scores)}
        for trial in _by_learning_rate(scores)
    ]


def _by_learning_rate(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials in the order of learning rates; those at one stay in their order."""
    return sorted(trials, key=lambda trial: trial.learning_rate)


def with_queries(measured: Measured) -> dict[str, Any]:
    """Return the trials in the order of the learning rates, with the measure of each query."""
    query_ids = next(iter(measured.values())).index.tolist()
    scores = means(measured)
    trials = [
        {**entry_of(trial, scores[trial]), "of_queries": measured[trial].tolist()}
        for trial in _by_learning_rate(scores)
    ]
    return {"query_ids": query_ids, "trials": trials}


def measured_in(content: Mapping[str, Any]) -> Measured:
    """Return what `with_queries` wrote."""
    return {
        trial_of(entry): pd.Series(entry["of_queries"], content["query_ids"], dtype=float)
        for entry in content["trials"]
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
