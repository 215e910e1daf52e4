"""Power of the t-test and of the equivalence test, given a standard error and degrees of freedom.

Effects and standard errors are in the measure's own unit; df may be a fraction. The standard error
is treated as known, because these numbers plan an experiment and do not estimate one.
Noncentral t: Cohen, Statistical Power Analysis (1988), chapter 2.
"""

from math import isnan, nan

from scipy import optimize, special

from maw.significance.noncentral import noncentral_t_cdf, noncentral_t_sf

TOLERANCE = 1e-10  # of the effect that is solved for, in standard errors
BRACKET_GROWTH = 1.5  # factor by which the upper end of the search grows


def power(effect: float, *, standard_error: float, df: float, alpha: float) -> float:
    """Return P(two-sided p < alpha) if the true difference is `effect`.

    standard_error: of the estimated difference, above 0.
    """
    critical = float(special.stdtrit(df, 1 - alpha / 2))
    shift = abs(effect) / standard_error
    above = noncentral_t_sf(critical, df=df, nc=shift)
    return above + noncentral_t_cdf(-critical, df=df, nc=shift)


def minimum_detectable_effect(
    standard_error: float, *, df: float, alpha: float, target: float = 0.8
) -> float:
    """Return the smallest true difference that is significant with probability `target`.

    The result is nan where df is nan, and 0 for a standard error of 0. ValueError unless 0 < alpha
    < target < 1.
    """
    if not 0 < alpha < target < 1:
        raise ValueError(f"alpha is {alpha} and target {target}; expected 0 < alpha < target < 1")
    if isnan(df):
        return nan
    if standard_error == 0:
        return 0.0

    def shortfall(shift: float) -> float:
        return power(shift, standard_error=1, df=df, alpha=alpha) - target

    high = 1.0
    while shortfall(high) < 0:
        high *= BRACKET_GROWTH
    return standard_error * float(optimize.brentq(shortfall, 0.0, high, xtol=TOLERANCE))


def equivalence_power(standard_error: float, *, df: float, alpha: float, sesoi: float) -> float:
    """Return P(both one-sided tests of TOST have p < alpha) if the true difference is 0.

    The result is nan where df is nan, and 1 for a standard error of 0.
    """
    if isnan(df):
        return nan
    if standard_error == 0:
        return 1.0
    reach = sesoi / standard_error - float(special.stdtrit(df, 1 - alpha))
    return max(0.0, 2 * float(special.stdtr(df, reach)) - 1)
