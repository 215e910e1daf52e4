"""The verdict on a claim: which word the results of its tests allow."""

from enum import StrEnum
from math import isnan


class Verdict(StrEnum):
    """The words that the report may use as a verdict."""

    BETTER = "better"
    WORSE = "worse"
    SLIGHTLY_BETTER = "better, but by less than SESOI"
    SLIGHTLY_WORSE = "worse, but by less than SESOI"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"
    NOT_CONTROLLED = "not controlled"
    NOT_ESTIMABLE = "not estimable"


# With 2 or 3 seeds a 5 % test was measured to err in up to 10 %
FEWEST_SEEDS = 4


def verdict(
    *, p: float, direction: int, p_equivalent: float, alpha: float, fewest_seeds: int | None
) -> Verdict:
    """Return the verdict on one claim: that a system is better than each of its controls.

    p, p_equivalent: p-values of the claim by the deciding test and by TOST, adjusted over all
    claims, nan where not tested. alpha: level of both tests. direction: 1 where the system's mean
    is above that of every control, −1 where it is below that of every control, else 0.
    fewest_seeds: smallest number of seeds of a trained system in the claim; None where all systems
    are fixed.
    """
    if isnan(p) or fewest_seeds == 1:
        return Verdict.NOT_ESTIMABLE
    if fewest_seeds is not None and fewest_seeds < FEWEST_SEEDS:
        return Verdict.NOT_CONTROLLED
    equivalent = p_equivalent < alpha
    if p < alpha and direction:
        if equivalent:
            return Verdict.SLIGHTLY_BETTER if direction > 0 else Verdict.SLIGHTLY_WORSE
        return Verdict.BETTER if direction > 0 else Verdict.WORSE
    return Verdict.EQUIVALENT if equivalent else Verdict.INCONCLUSIVE
