"""Reasons why a result has no number, or a number that needs caution.

A result holds its reasons as `flags`. A unit is a cluster of queries, or a query where there are no
clusters.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from maw.significance.clean import ROUNDING, Array
from maw.significance.distributions import skewness
from maw.significance.verdicts import FEWEST_SEEDS

# With at most 50 units strong skew was measured to turn a 5 % test into one of 7 %
FEW_UNITS, STRONG_SKEW = 50, 1.0
FEW_CLUSTERS = 10  # with six clusters a 5 % test was measured at .055-.059


class Reason(StrEnum):
    """The kinds of reasons; the tables of the report show their values."""

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
    """One reason why a result has no number or needs caution, with a text that explains it.

    blocks: True where a number is missing or allows no verdict, False where it needs caution.
    """

    reason: Reason
    text: str
    blocks: bool

    def __str__(self) -> str:
        return self.text


def seed_flags(
    n_seeds: tuple[int, int], *, trained: tuple[bool, bool], names: tuple[str, str] = ("A", "B")
) -> tuple[Flag, ...]:
    """Return the flags for too few seeds of system and baseline, in this order.

    n_seeds: their numbers of seeds. trained: whether system and baseline would score differently if
    trained again. names: their names in the texts.
    """
    return tuple(
        flag
        for n, is_trained, name in zip(n_seeds, trained, names, strict=True)
        for flag in one_system_flags(n, trained=is_trained, name=name)
    )


def one_system_flags(n_seeds: int, *, trained: bool, name: str) -> tuple[Flag, ...]:
    """Return the flags for too few seeds: one seed of a trained system, or two or three seeds.

    trained: whether the system would score differently if trained again. name: used in the text.
    """
    if n_seeds == 1 and trained:
        text = f"{name} is trained with one seed: nothing is known about training it again"
        return (Flag(Reason.ONE_SEED, text, blocks=True),)
    if 1 < n_seeds < FEWEST_SEEDS:
        text = f"{name} has {n_seeds} seeds: the level is not controlled (up to .10 at 5 %)"
        return (Flag(Reason.FEW_SEEDS, text, blocks=False),)
    return ()


def score_flags(d: Array, *, a: Array, b: Array, n_units: int, estimable: bool) -> tuple[Flag, ...]:
    """Return the flags for scores or differences that do not vary, strong skewness, few clusters.

    d [Q]: differences of the tables a [Q, S_A] and b [Q, S_B]. n_units: number of clusters, or of
    queries where there are none. estimable: whether the test of d has a statistic.
    """
    lowest, highest = min(a.min(), b.min()), max(a.max(), b.max())
    if highest - lowest <= ROUNDING * max(abs(lowest), abs(highest)):
        text = f"every query scores {lowest:g} under both systems: nothing to test"
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
    """Return the skewness (third standardised moment) of d [Q]; 0 where d does not vary."""
    return 0.0 if _is_constant(d) else skewness(d)


def _no_spread(d: Array) -> Flag:
    if _is_constant(d):
        text = f"the same difference on every query ({d[0]:g}): no spread to test against"
        return Flag(Reason.CONSTANT_DIFFERENCE, text, blocks=True)
    text = "all clusters have the same mean difference: no spread to test against"
    return Flag(Reason.NO_SPREAD, text, blocks=True)


def _is_constant(d: Array) -> bool:
    return float(np.ptp(d)) <= ROUNDING * float(np.abs(d).max())
