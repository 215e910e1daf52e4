"""Which word may be said? One per claim, from what the tests of that claim returned."""

from enum import StrEnum
from math import isnan


class Verdict(StrEnum):
    """The words of the report; nothing else is ever called a verdict."""

    BETTER = "better"
    WORSE = "worse"
    SLIGHTLY_BETTER = "better, but by less than SESOI"
    SLIGHTLY_WORSE = "worse, but by less than SESOI"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"
    NOT_CONTROLLED = "not controlled"
    NOT_ESTIMABLE = "not estimable"


# With 2-3 seeds a 5 % test was measured at up to 10 %
FEWEST_SEEDS = 4


def verdict(
    *, p: float, direction: int, p_equivalent: float, alpha: float, fewest_seeds: int | None
) -> Verdict:
    """The verdict on one claim.

    p and p_equivalent: adjusted over the claims, nan where not tested. direction: 1 or -1 where
    the system beats or loses to every control, 0 where they disagree. fewest_seeds: of any side
    that has seeds or should have (1 = a trained system with one), None where both are fixed.
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
