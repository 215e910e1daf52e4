"""E3: does a contrast hold across datasets? A random-effects summary of its differences.

y_i ~ N(μ, τ² + v_i): y_i is the difference on dataset i, v_i its squared standard error, τ² the
variance between datasets. τ² is estimated by REML, which statsmodels does not offer for this model:
Viechtbauer, J. Educational and Behavioral Statistics 30 (2005) 261-293. The interval of μ is
Hartung & Knapp's, Statistics in Medicine 20 (2001) 3875-3889; I² is Higgins & Thompson's (2002).
The prediction interval for a new dataset uses the same standard error and degrees of freedom, as
in R's metafor.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy import optimize

from maw.significance.clean import ROUNDING, Array, Interval
from maw.significance.distributions import chi2_sf, t_isf, t_sf
from maw.significance.reasons import Flag, Reason

FEWEST_DATASETS = 3

# The grid of τ² runs from SMALLEST_SHARE of the smallest variance to LARGEST_FACTOR times the sum
# of the observed variance and the largest variance.
GRID_POINTS = 400
SMALLEST_SHARE = 1e-6
LARGEST_FACTOR = 100
RELATIVE_TOLERANCE = 1e-13  # of τ²
NO_ABSOLUTE_TOLERANCE = 1e-300  # brentq does not take 0


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """The random-effects summary of one contrast over datasets.

    mean, the estimate of μ, and its standard errors are in the measure's own unit, tau2 in squared
    units. i_squared is the share of the variance that is due to differences between datasets.
    Numbers are nan where not estimable, and a flag gives the reason.
    """

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
        """Return the interval of μ, the mean difference over datasets like these.

        Both ends are nan where not estimable. ValueError for a level outside (0, 1).
        """
        return self._interval(self.standard_error, level=level)

    def prediction_interval(self, level: float = 0.95) -> Interval:
        """Return the interval of the true difference on a new dataset like these.

        Both ends are nan where not estimable. ValueError for a level outside (0, 1).
        """
        return self._interval(sqrt(self.tau2 + self.standard_error**2), level=level)

    def _interval(self, error: float, *, level: float) -> Interval:
        if not 0 < level < 1:
            raise ValueError(f"level is {level}; expected a number between 0 and 1")
        half = float(t_isf((1 - level) / 2, self.df)) * error
        return Interval(self.mean - half, self.mean + half)


def random_effects(effects: npt.ArrayLike, variances: npt.ArrayLike) -> RandomEffects:
    """Return the random-effects summary of the differences of one contrast on N datasets.

    effects [N]: A − B on each dataset; variances [N]: their squared standard errors (V). The
    summary is not estimable with fewer than three datasets, with a variance of 0, or where all
    differences are the same number other than 0. ValueError for different N, a number that is not
    finite, or a variance below 0.
    """
    y, v = (np.asarray(x, dtype=np.float64).ravel() for x in (effects, variances))
    if len(y) != len(v):
        raise ValueError(
            f"{len(y)} effects and {len(v)} variances; give one effect and one variance per dataset"
        )
    for name, values in (("effects", y), ("variances", v)):
        unusable = np.flatnonzero(~np.isfinite(values) | ((v < 0) & (name == "variances")))
        if len(unusable):
            i = unusable[0]
            raise ValueError(
                f"{name}[{i}] is {values[i]}; leave out datasets without a finite effect and a "
                "finite variance of at least 0"
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
        pvalue=2 * float(t_sf(abs(statistic), N - 1)),
        tau2=tau2,
        i_squared=float(tau2 / (tau2 + typical)),
        heterogeneity=heterogeneity,
        pvalue_heterogeneity=float(chi2_sf(heterogeneity, N - 1)),
        n_datasets=N,
        flags=_cautions(error, wald=1 / sqrt(w.sum())),
    )


def _obstacle(y: Array, v: Array) -> Flag | None:
    """Return a flag with the reason why the summary is not estimable, or None where it is.

    y [N]: differences; v [N]: their variances.
    """
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
    """Return a flag if Hartung-Knapp's interval may be too narrow, else an empty tuple.

    The flag is given where the standard error of Hartung & Knapp, `error`, is below that of Wald,
    `wald`, which takes τ² as known.
    Source: Jackson et al., Statistics in Medicine 36 (2017) 3923-3934.
    """
    if error >= wald:
        return ()
    text = "Hartung-Knapp is narrower than taking τ² as known: the datasets agree by chance"
    return (Flag(Reason.NARROW, text, blocks=False),)


def _not_estimable(n_datasets: int, flag: Flag) -> RandomEffects:
    return RandomEffects(
        nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, n_datasets=n_datasets, flags=(flag,)
    )


def _reml(y: Array, v: Array) -> float:
    """Return the REML estimate of τ²: the number ≥ 0 with the highest restricted likelihood.

    y [N]: differences; v [N]: their variances. The likelihood may have two maxima. So the best of
    many values of τ² is taken first, and then the root of the derivative beside it.
    """
    top = float(np.var(y, ddof=1) + v.max()) * LARGEST_FACTOR
    bottom = min(float(v.min()), top) * SMALLEST_SHARE
    grid = np.concatenate([[0.0], np.geomspace(bottom, top, GRID_POINTS)])
    i = int(np.argmax(_restricted_likelihood(grid, y=y, v=v)))
    low, high = grid[max(0, i - 1)], grid[min(len(grid) - 1, i + 1)]
    if i == 0 and _slope(0.0, y=y, v=v) <= 0:
        return 0.0
    if not _slope(low, y=y, v=v) > 0 > _slope(high, y=y, v=v):
        return float(grid[i])
    return float(
        optimize.brentq(
            lambda tau2: _slope(tau2, y=y, v=v),
            low,
            high,
            xtol=NO_ABSOLUTE_TOLERANCE,
            rtol=RELATIVE_TOLERANCE,
        )
    )


def _restricted_likelihood(tau2: Array, *, y: Array, v: Array) -> Array:
    """Return the restricted log-likelihood of each of G values of τ², [G], up to a constant."""
    w = 1 / (v + tau2[:, None])  # [G, N]
    total = w.sum(axis=1)
    residual = y - (w @ y / total)[:, None]
    likelihood: Array = (np.log(w).sum(axis=1) - np.log(total) - (w * residual**2).sum(axis=1)) / 2
    return likelihood


def _slope(tau2: float, *, y: Array, v: Array) -> float:
    """Return the derivative of the restricted log-likelihood with respect to τ², at `tau2`."""
    w = 1 / (v + tau2)
    residual = y - w @ y / w.sum()
    return float(-w.sum() + (w @ w) / w.sum() + (w**2) @ residual**2) / 2
