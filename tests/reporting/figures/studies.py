"""A study of three systems whose figures the tests of this room draw, made once."""

from functools import cache

from maw.reporting.frames import ComparisonFrames, SuiteFrames
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

PLAN = plan_of(("new", "old"), ("random", "old", "reference"))


@cache
def compared() -> ComparisonFrames:
    """Return the verdicts on scores that differ by chance alone; they have no training."""
    return comparison_frames(random_tables(), PLAN)


def untrained() -> SuiteFrames:
    """Return a suite in which nothing is trained, routed or searched."""
    return suite_frames(compared())
