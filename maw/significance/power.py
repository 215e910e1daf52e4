"""What could this experiment have found? Power of the t-test with the √V and df that it had.

Effects and standard errors are in the measure's own unit; df may be a fraction. The standard
error is taken as known: these are plans, not estimates. Noncentral t: Cohen (1988), chapter 2.
"""

from math import isnan, nan

from scipy import optimize, special

from maw.significance.noncentral import noncentral_t_cdf, noncentral_t_sf


def power(effect: float, *, standard_error: float, df: float, alpha: float) -> float:
    """P(two-sided p < alpha) if the true difference is `effect`."""
    critical = float(special.stdtrit(df, 1 - alpha / 2))
    shift = abs(effect) / standard_error
    above = noncentral_t_sf(critical, df=df, nc=shift)
    return above + noncentral_t_cdf(-critical, df=df, nc=shift)


def minimum_detectable_effect(
    standard_error: float, *, df: float, alpha: float, target: float = 0.8
) -> float:
    """The smallest true difference found with probability `target`; nan where df is nan."""
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
        high *= 1.5
    return standard_error * float(optimize.brentq(shortfall, 0.0, high, xtol=1e-10))


def equivalence_power(standard_error: float, *, df: float, alpha: float, sesoi: float) -> float:
    """P(both one-sided tests pass at alpha) if there is no difference at all."""
    if isnan(df):
        return nan
    if standard_error == 0:
        return 1.0
    reach = sesoi / standard_error - float(special.stdtrit(df, 1 - alpha))
    return max(0.0, 2 * float(special.stdtr(df, reach)) - 1)
