"""The corrected resampled t-test: is a difference more than the luck of random train-test splits?

It takes the differences of J random splits of the same data. Their training sets overlap, so the
plain t-test of J differences errs far too often: the variance gets the factor 1/J + n_test/n_train
instead of 1/J. Source: Nadeau & Bengio, Machine Learning 52 (2003) 239-281, section 3.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.clean import ROUNDING, Interval
from maw.significance.distributions import t_isf, t_sf
from maw.significance.reasons import Flag, Reason


@dataclass(frozen=True, slots=True)
class ResplitTest:
    """The result of the corrected resampled t-test.

    mean and standard_error are in the measure's own unit. Where the test is not estimable, its
    numbers other than mean and n_splits are nan, and a flag gives the reason.
    """

    mean: float
    standard_error: float
    statistic: float
    df: float
    pvalue: float
    n_splits: int
    flags: tuple[Flag, ...] = ()

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Return mean ± t·SE, in the measure's own unit; both ends are nan where not estimable.

        ValueError for a level outside (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        half = float(t_isf((1 - level) / 2, self.df)) * self.standard_error
        return Interval(self.mean - half, self.mean + half)


def resplit_test(differences: npt.ArrayLike, *, n_train: float, n_test: float) -> ResplitTest:
    """Return the test of whether the mean difference over J random splits is 0.

    differences [J]: A − B on the test part of each split. n_train, n_test: numbers of queries in
    the training and the test part; only their ratio counts, so that 70 and 30 stand for a 70/30
    split. p = 1 where all differences are 0. The test is not estimable with one split, or where all
    differences are the same number other than 0. ValueError for no difference, a difference that is
    not finite, or a part without queries.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1 or not len(d):
        raise ValueError(f"differences has shape {d.shape}; expected one number per split")
    if not np.isfinite(d).all():
        j = int(np.argmin(np.isfinite(d)))
        raise ValueError(f"differences[{j}] is {d[j]}; it must be finite")
    if not (n_train > 0 and n_test > 0):
        raise ValueError(f"n_train is {n_train} and n_test {n_test}; both must be above 0")
    J, mean = len(d), float(d.mean())
    if J == 1:
        return _not_estimable(mean, J, Reason.FEW_REPEATS, "one split: no spread over splits")
    spread = float(d.std(ddof=1))
    if spread <= ROUNDING * float(np.abs(d).max()):
        if mean == 0:
            return ResplitTest(0.0, 0.0, 0.0, J - 1.0, 1.0, J)
        text = f"the same difference in all {J} splits ({mean:g}): no spread to test against"
        return _not_estimable(mean, J, Reason.CONSTANT_DIFFERENCE, text)
    error = sqrt(1 / J + n_test / n_train) * spread
    pvalue = 2 * float(t_sf(abs(mean / error), J - 1))
    return ResplitTest(mean, error, mean / error, J - 1.0, pvalue, J)


def _not_estimable(mean: float, n_splits: int, reason: Reason, text: str) -> ResplitTest:
    flag = Flag(reason, text, blocks=True)
    return ResplitTest(mean, nan, nan, nan, nan, n_splits, (flag,))
