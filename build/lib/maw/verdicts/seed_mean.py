"""The mean over seeds of a quantity that each seed has once, with its t interval.

It is for diagnosis only: it says how much one training differs from another on the same queries,
and nothing of other queries.
"""

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

from maw.significance.distributions import t_isf

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class SeedMean:
    """A mean over n_seeds seeds, and the ends of its 95 % interval; nan with one seed."""

    mean: float
    low: float
    high: float
    n_seeds: int


def over_seeds(values: npt.ArrayLike) -> SeedMean:
    """Return the mean of values [S] with the interval mean ± t · s / √S, S − 1 degrees of freedom.

    ValueError for no value.
    """
    numbers = np.asarray(values, dtype=np.float64)
    n_seeds = len(numbers)
    if not n_seeds:
        raise ValueError("values is empty; give at least one seed's value")
    mean = float(numbers.mean())
    if n_seeds == 1:
        return SeedMean(mean, nan, nan, 1)
    error = float(numbers.std(ddof=1) / np.sqrt(n_seeds))
    half = float(t_isf((1 - LEVEL) / 2, n_seeds - 1)) * error
    return SeedMean(mean, mean - half, mean + half, n_seeds)
