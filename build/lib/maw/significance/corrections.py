"""Corrections for many tests: p-values adjusted within one family (the tests corrected together).

p [m] goes in, adjusted p [m] comes out. nan means "not tested": it stays nan and does not count.
Holm (1979) and Bonferroni keep the probability of any false rejection at or below α. Benjamini &
Hochberg (1995) and Benjamini & Yekutieli (2001) do so for the false discovery rate, the expected
share of the rejections that are false.

The code is our own, because statsmodels takes one family at a time, runs the garbage collector
after each, and takes longer to import than most comparisons last. The test suite compares both.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array


def holm(p: npt.ArrayLike) -> Array:
    """Return Holm's adjusted p-values [m] (step-down Bonferroni), valid under any dependence.

    p [m]; nan = not tested, it stays nan. ValueError for a number outside 0 to 1, or another shape.
    """
    adjusted: Array = holm_rows(_checked(p)[None])[0]
    return adjusted


def holm_rows(p: Array) -> Array:
    """Return Holm's adjusted p-values [n, m]; each row of p [n, m] is a family of m tests.

    nan = not tested, it stays nan.
    """
    order = np.argsort(p, axis=1)  # nan last
    rising = np.take_along_axis(p, order, axis=1)
    n_tested = np.sum(~np.isnan(p), axis=1, keepdims=True)
    n_left = n_tested - np.arange(p.shape[1])
    adjusted = np.minimum(1.0, np.maximum.accumulate(rising * n_left, axis=1))
    result = np.empty_like(p)
    np.put_along_axis(result, order, adjusted, axis=1)
    return result


def bonferroni(p: npt.ArrayLike) -> Array:
    """Return Bonferroni's adjusted p-values [m]: each p times the number of tests, at most 1.

    The correction is valid under any dependence. Errors as in `holm`.
    """
    values = _checked(p)
    return np.minimum(1.0, values * float(np.sum(~np.isnan(values))))


def bh(p: npt.ArrayLike) -> Array:
    """Return Benjamini & Hochberg's adjusted p-values [m]. Errors as in `holm`.

    The correction controls the false discovery rate under independence or positive dependence.
    """
    return _adjusted(p, divisors=_shares)


def by(p: npt.ArrayLike) -> Array:
    """Return Benjamini & Yekutieli's adjusted p-values [m]. Errors as in `holm`.

    The correction controls the false discovery rate under any dependence.
    """
    return _adjusted(p, divisors=lambda m: _shares(m) / np.sum(1 / np.arange(1, m + 1)))


def _checked(p: npt.ArrayLike) -> Array:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"p has {values.ndim} axes; give one p-value per test")
    outside = np.flatnonzero((values < 0) | (values > 1))
    if len(outside):
        i = outside[0]
        raise ValueError(f"p[{i}] is {values[i]}; a p-value is between 0 and 1 (nan: not tested)")
    return values


def _adjusted(p: npt.ArrayLike, *, divisors: Callable[[int], Array]) -> Array:
    """Return adjusted p-values: each tested p over its divisor, and never above that of a larger p.

    divisors: number of tests m -> the divisors of the m p-values in rising order, [m].
    """
    values = _checked(p)
    order = np.argsort(values)[: int(np.sum(~np.isnan(values)))]  # nan last
    raised = values[order] / divisors(len(order))
    adjusted = np.full_like(values, np.nan)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(raised[::-1])[::-1])
    return adjusted


def _shares(m: int) -> Array:
    """Return 1/m, 2/m, … 1: the share of the tests whose p is not larger, [m]."""
    return np.arange(1, m + 1) / m
