"""Does it hold across datasets? Random-effects summary of one contrast on several of them, E3.

y_i ~ N(μ, τ² + v_i): τ² by REML (statsmodels has no REML here), the interval of μ by Hartung &
Knapp, Statistics in Medicine 20 (2001) 3875-3889; I²: Higgins & Thompson (2002); the prediction
interval, for one further dataset, with the same standard error and degrees of freedom (as metafor).
REML: Viechtbauer, J. Educational and Behavioral Statistics 30 (2005) 261-293.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from maw.significance.clean import ROUNDING, Array, Interval
from maw.significance.reasons import Flag, Reason

FEWEST_DATASETS = 3


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """All in the measure's own unit, i_squared a share. nan where not estimable: see flags."""

    mean: float
    standard_error: float  # Hartung & Knapp's
    standard_error_wald: float  # 1/√Σw, which takes τ² as known
    statistic: float
    df: float
    pvalue: float
    tau2: float
    i_squared: float
    heterogeneity: float  # Cochran's Q
    pvalue_heterogeneity: float
    n_datasets: int
    flags: tuple[Flag, ...] = ()

    def confidence_interval(self, level: float = 0.95) -> Interval:
        """Of μ, the mean over datasets like these."""
        return self._interval(self.standard_error, level=level)

    def prediction_interval(self, level: float = 0.95) -> Interval:
        """Of the difference on one further dataset."""
        return self._interval(sqrt(self.tau2 + self.standard_error**2), level=level)

    def _interval(self, error: float, *, level: float) -> Interval:
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        half = float(stats.t.isf((1 - level) / 2, self.df)) * error
        return Interval(self.mean - half, self.mean + half)


def random_effects(effects: npt.ArrayLike, variances: npt.ArrayLike) -> RandomEffects:
    """effects [N]: A − B on each dataset; variances [N]: their V, squared standard errors.

    Fewer than three datasets, one without any spread (V = 0), or the same difference on all:
    not estimable.
    ValueError: different N, something that is not finite, a variance below 0.
    """
    y, v = (np.asarray(x, dtype=np.float64).ravel() for x in (effects, variances))
    if len(y) != len(v):
        raise ValueError(f"{len(y)} effects and {len(v)} variances; expected one of each a dataset")
    for name, values in (("effects", y), ("variances", v)):
        wrong = np.flatnonzero(~np.isfinite(values) | ((v < 0) & (name == "variances")))
        if len(wrong):
            raise ValueError(
                f"{name}[{wrong[0]}] is {values[wrong[0]]}; leave out what is not estimable"
            )
    if (flag := _obstacle(y, v)) is not None:
        return _not_estimable(len(y), flag)
    tau2 = _reml(y, v)
    w = 1 / (v + tau2)
    N, mean = len(y), float(w @ y / w.sum())
    factor = float(w @ (y - mean) ** 2) / (N - 1)
    error = sqrt(factor / w.sum())
    statistic = mean / error if error > 0 else 0.0
    fixed = 1 / v
    heterogeneity = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    typical = (N - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return RandomEffects(
        mean=mean,
        standard_error=error,
        standard_error_wald=1 / sqrt(w.sum()),
        statistic=statistic,
        df=N - 1.0,
        pvalue=2 * float(stats.t.sf(abs(statistic), N - 1)),
        tau2=tau2,
        i_squared=float(tau2 / (tau2 + typical)),
        heterogeneity=heterogeneity,
        pvalue_heterogeneity=float(stats.chi2.sf(heterogeneity, N - 1)),
        n_datasets=N,
        flags=_cautions(error, wald=1 / sqrt(w.sum())),
    )


def _obstacle(y: Array, v: Array) -> Flag | None:
    N = len(v)
    if N < FEWEST_DATASETS:
        count = {0: "no dataset", 1: "one dataset"}.get(N, f"{N} datasets")
        text = f"{count}: the spread over datasets needs at least {FEWEST_DATASETS}"
        return Flag(Reason.FEW_DATASETS, text, blocks=True)
    if not v.all():
        text = f"dataset {int(np.argmin(v))} has V = 0: its weight would be infinite"
        return Flag(Reason.NO_SPREAD, text, blocks=True)
    if y.any() and np.ptp(y) <= ROUNDING * np.abs(y).max():
        text = f"the same difference on all {N} datasets: Hartung-Knapp's interval has no width"
        return Flag(Reason.CONSTANT_DIFFERENCE, text, blocks=True)
    return None


def _cautions(error: float, *, wald: float) -> tuple[Flag, ...]:
    """Jackson et al., Statistics in Medicine 36 (2017) 3923-3934: it may come out too narrow."""
    if error >= wald:
        return ()
    text = "Hartung-Knapp is narrower than taking τ² as known: the datasets agree by chance"
    return (Flag(Reason.NARROW, text, blocks=False),)


def _not_estimable(n_datasets: int, flag: Flag) -> RandomEffects:
    return RandomEffects(
        nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, n_datasets=n_datasets, flags=(flag,)
    )


def _reml(y: Array, v: Array) -> float:
    """τ² of the highest restricted likelihood, at least 0.

    The likelihood may have two hills: the best point of a grid is taken, then the root of the
    slope beside it.
    """
    top = float(np.var(y, ddof=1) + v.max()) * 100
    grid = np.concatenate([[0.0], np.geomspace(min(float(v.min()), top) * 1e-6, top, 400)])
    i = int(np.argmax(_restricted_likelihood(grid, y=y, v=v)))
    low, high = grid[max(0, i - 1)], grid[min(len(grid) - 1, i + 1)]
    if i == 0 and _slope(0.0, y=y, v=v) <= 0:
        return 0.0
    if not _slope(low, y=y, v=v) > 0 > _slope(high, y=y, v=v):
        return float(grid[i])
    return float(optimize.brentq(lambda t: _slope(t, y=y, v=v), low, high, xtol=1e-300, rtol=1e-13))


def _restricted_likelihood(tau2: Array, *, y: Array, v: Array) -> Array:
    """Of each τ² [G], up to a constant."""
    w = 1 / (v + tau2[:, None])  # [G, N]
    total = w.sum(axis=1)
    residual = y - (w @ y / total)[:, None]
    found: Array = (np.log(w).sum(axis=1) - np.log(total) - (w * residual**2).sum(axis=1)) / 2
    return found


def _slope(tau2: float, *, y: Array, v: Array) -> float:
    """The likelihood's derivative in τ²."""
    w = 1 / (v + tau2)
    residual = y - w @ y / w.sum()
    return float(-w.sum() + (w @ w) / w.sum() + (w**2) @ residual**2) / 2
