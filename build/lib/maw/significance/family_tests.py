"""max-T and Benjamini & Hochberg's correction for families of tests, in many experiments at once.

`randomisation.max_t` and `corrections` do the same for one experiment; the test suite compares the
results. A family is the set of tests that are corrected together.
max-T takes and returns arrays with the contrast first and the experiment second. The correction
takes and returns p-values [n, m]: the m tests of the family in each of n experiments.
"""

import numpy as np

from maw.significance.clean import ROUNDING, Array


def max_t_pvalues(sums: Array, *, generator: np.random.Generator, resamples: int) -> Array:
    """Return the step-down adjusted p of K contrasts in n experiments, [K, n].

    sums [K, n, C]: the sum of the differences in each cluster. resamples: number of random sign
    patterns; a cluster's random sign is the same in all contrasts and experiments. A contrast
    without any difference has p = 1.
    """
    K, n, C = sums.shape
    length = np.sqrt(np.sum(sums**2, axis=-1))  # [K, n]
    units = np.divide(sums, length[..., None], out=np.zeros_like(sums), where=length[..., None] > 0)
    signs = 1.0 - 2.0 * generator.integers(2, size=(resamples, C), dtype=np.int8)
    flipped = np.abs(signs @ units.reshape(K * n, C).T).reshape(resamples, K, n)
    observed = np.abs(units.sum(axis=-1))
    order = np.argsort(-observed, axis=0, kind="stable")  # the largest first
    flipped = np.take_along_axis(flipped, order[None], axis=1)
    maxima = np.maximum.accumulate(flipped[:, ::-1], axis=1)[:, ::-1]
    ordered = np.take_along_axis(observed, order, axis=0)
    n_as_extreme = np.sum(maxima >= ordered - ROUNDING * np.sqrt(C), axis=0)
    adjusted = np.maximum.accumulate((n_as_extreme + 1) / (resamples + 1), axis=0)
    pvalues = np.empty_like(adjusted)
    np.put_along_axis(pvalues, order, adjusted, axis=0)
    return np.where(length > 0, pvalues, 1.0)


def bh_rows(p: Array) -> Array:
    """Return Benjamini & Hochberg's adjusted p within each row of p [n, m]; nan = not tested.

    It is the smallest m·p/rank over a p-value's own rank and all larger ranks, at most 1.
    """
    order = np.argsort(p, axis=1)  # nan last
    n_tested = np.sum(~np.isnan(p), axis=1, keepdims=True)
    scaled = np.take_along_axis(p, order, axis=1) * n_tested / np.arange(1, p.shape[1] + 1)
    falling = np.fmin.accumulate(scaled[:, ::-1], axis=1)[:, ::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, falling, axis=1)
    return np.where(np.isnan(p), np.nan, np.minimum(1.0, adjusted))
