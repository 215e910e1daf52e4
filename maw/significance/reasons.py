"""Why is there no number, or one to be careful with? A reason that travels with the result.

A result that holds nan says here why; one that is shown with less than its usual right says so too.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from maw.significance.clean import ROUNDING, Array
from maw.significance.verdicts import FEWEST_SEEDS

# At Q ≤ 50 strong skew was measured to make a 5 % test one of 7 %
FEW_UNITS, STRONG_SKEW = 50, 1.0
FEW_CLUSTERS = 10  # six clusters were measured at .055-.059


class Reason(StrEnum):
    """What is wrong, in a word that code may compare."""

    ONE_SEED = "one seed"
    FEW_SEEDS = "few seeds"
    CONSTANT_MEASURE = "constant measure"
    CONSTANT_DIFFERENCE = "constant difference"
    NO_SPREAD = "no spread"
    STRONG_SKEW = "strong skew with few queries"
    FEW_CLUSTERS = "few clusters"
    FEW_DATASETS = "few datasets"
    FEW_REPEATS = "few repeats"
    NARROW = "interval may be too narrow"


@dataclass(frozen=True, slots=True)
class Flag:
    """blocks: the number is not estimable; otherwise it is shown, to be read with this in mind."""

    reason: Reason
    text: str
    blocks: bool

    def __str__(self) -> str:
        return self.text


def seed_flags(
    n_seeds: tuple[int, int], *, trained: tuple[bool, bool], names: tuple[str, str] = ("A", "B")
) -> tuple[Flag, ...]:
    """What too few seeds forbid. trained: whether that side would score otherwise if retrained."""
    flags = []
    for n, is_trained, name in zip(n_seeds, trained, names, strict=True):
        if n == 1 and is_trained:
            text = f"{name} is trained with one seed: nothing is known about training it again"
            flags.append(Flag(Reason.ONE_SEED, text, blocks=True))
        elif 1 < n < FEWEST_SEEDS:
            text = f"{name} has {n} seeds: the level is not controlled (up to .10 at 5 %)"
            flags.append(Flag(Reason.FEW_SEEDS, text, blocks=False))
    return tuple(flags)


def score_flags(d: Array, *, a: Array, b: Array, n_units: int, estimable: bool) -> tuple[Flag, ...]:
    """What the scores themselves forbid. d [Q] differences of the tables a, b [Q, S]."""
    lowest, highest = min(a.min(), b.min()), max(a.max(), b.max())
    if highest - lowest <= ROUNDING * max(abs(lowest), abs(highest)):
        text = f"every query scores {lowest:g} on both sides: nothing to test"
        return (Flag(Reason.CONSTANT_MEASURE, text, blocks=True),)
    if not estimable:
        return (_no_spread(d),)
    flags = []
    skewness = skewness_of(d)
    if n_units <= FEW_UNITS and abs(skewness) > STRONG_SKEW:
        text = f"skewness {skewness:.1f}, few queries: a 5 % test may be one of 7 %"
        flags.append(Flag(Reason.STRONG_SKEW, text, blocks=False))
    if n_units < FEW_CLUSTERS and n_units < len(d):
        text = f"{n_units} clusters of queries: a 5 % test was measured at up to 5.9 %"
        flags.append(Flag(Reason.FEW_CLUSTERS, text, blocks=False))
    return tuple(flags)


def skewness_of(d: Array) -> float:
    """Third standardised moment of d [Q]; 0 where it does not vary."""
    if float(np.ptp(d)) <= ROUNDING * float(np.abs(d).max()):
        return 0.0
    return float(stats.skew(d))


def _no_spread(d: Array) -> Flag:
    if float(np.ptp(d)) <= ROUNDING * float(np.abs(d).max()):
        text = f"the same difference on every query ({d[0]:g}): no spread to test against"
        return Flag(Reason.CONSTANT_DIFFERENCE, text, blocks=True)
    text = "all clusters have the same mean difference: no spread to test against"
    return Flag(Reason.NO_SPREAD, text, blocks=True)
