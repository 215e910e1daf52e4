"""Equivalence: two one-sided tests (TOST) of whether a difference is inside a stated margin.

The margin is SESOI, the smallest effect size of interest, to either side of 0. The test takes any
estimate with a standard error and degrees of freedom, so that it can share √V and df with the
deciding test `crossed`.
Source: Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15 (1987) 657-680.
"""

from dataclasses import dataclass
from math import isnan, nan

from maw.significance.distributions import t_cdf, t_sf


@dataclass(frozen=True, slots=True)
class Equivalence:
    """The result of TOST, from two one-sided tests at the margin `sesoi`.

    p_lower is small if the hypothesis "difference ≤ −SESOI" is rejected, p_upper if "difference ≥
    +SESOI" is rejected.
    """

    p_lower: float
    p_upper: float
    sesoi: float

    @property
    def pvalue(self) -> float:
        """Return the larger of p_lower and p_upper; small if the difference is inside ±SESOI."""
        return max(self.p_lower, self.p_upper)


def tost(estimate: float, *, standard_error: float, df: float, sesoi: float) -> Equivalence:
    """Return the TOST of whether −sesoi < difference < sesoi, all in the measure's own unit.

    estimate: the estimated difference. df: degrees of freedom, which may be a fraction. With a
    standard error of 0 (systems that never differ) each p-value is 0 or 1. The p-values are nan
    where df is nan. ValueError for a sesoi that is not above 0, or a standard error below 0.
    """
    if not sesoi > 0:
        raise ValueError(f"sesoi is {sesoi}; the equivalence margin must be above 0")
    if standard_error < 0:
        raise ValueError(f"standard_error is {standard_error}; it must be at least 0")
    if isnan(df):
        return Equivalence(nan, nan, sesoi)
    if standard_error == 0:
        return Equivalence(float(estimate <= -sesoi), float(estimate >= sesoi), sesoi)
    return Equivalence(
        p_lower=float(t_sf((estimate + sesoi) / standard_error, df)),
        p_upper=float(t_cdf((estimate - sesoi) / standard_error, df)),
        sesoi=sesoi,
    )
