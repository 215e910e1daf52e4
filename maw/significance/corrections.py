"""How much of it survives having asked many questions? p-values adjusted within one family.

p [m] in, adjusted p [m] out. nan means *not tested*: it stays nan and does not count.
Holm (1979) and Bonferroni keep the chance of any false claim below α; Benjamini & Hochberg (1995)
and Benjamini & Yekutieli (2001) the expected share of false ones.
"""

import numpy as np
import numpy.typing as npt
from statsmodels.stats.multitest import multipletests

from maw.significance.clean import Array


def holm(p: npt.ArrayLike) -> Array:
    """Step-down Bonferroni: any dependence."""
    adjusted: Array = holm_rows(_checked(p)[None])[0]
    return adjusted


def holm_rows(p: Array) -> Array:
    """Holm within each row of p [n, m], nan = not tested.

    statsmodels takes one family at a time, and collects garbage after each: half of the time of a
    small comparison.
    """
    order = np.argsort(p, axis=1)  # nan last
    rising = np.take_along_axis(p, order, axis=1)
    n_tested = np.sum(~np.isnan(p), axis=1, keepdims=True)
    left = n_tested - np.arange(p.shape[1])
    adjusted = np.minimum(1.0, np.maximum.accumulate(rising * left, axis=1))
    result = np.empty_like(p)
    np.put_along_axis(result, order, adjusted, axis=1)
    return result


def bonferroni(p: npt.ArrayLike) -> Array:
    """Each p times the number of tests: any dependence."""
    return _adjusted(p, method="bonferroni")


def bh(p: npt.ArrayLike) -> Array:
    """False discovery rate under independence or positive dependence."""
    return _adjusted(p, method="fdr_bh")


def by(p: npt.ArrayLike) -> Array:
    """False discovery rate under any dependence."""
    return _adjusted(p, method="fdr_by")


def _checked(p: npt.ArrayLike) -> Array:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"p has {values.ndim} axes; expected one p-value per test")
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if len(wrong):
        raise ValueError(f"p[{wrong[0]}] is {values[wrong[0]]}; a p-value is between 0 and 1")
    return values


def _adjusted(p: npt.ArrayLike, *, method: str) -> Array:
    values = _checked(p)
    tested = ~np.isnan(values)
    adjusted = np.full_like(values, np.nan)
    if tested.any():
        adjusted[tested] = multipletests(values[tested], method=method)[1]
    return adjusted
