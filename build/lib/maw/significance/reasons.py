"""Reasons why a result has no number, or a number that needs caution.

A result holds its reasons as `flags`. A unit is a cluster of queries, or a query where there are no
clusters.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from maw.significance.claims import FEWEST_SEEDS
from maw.significance.clean import ROUNDING, Array
from maw.significance.distributions import skewness
from maw.significance.generalised import Spread

# With at most 50 units and strong skew, false alarms were measured in up to 7 % instead of 5 %
FEW_UNITS, STRONG_SKEW = 50, 1.0
USUAL_TAIL = 0.025  # one-sided, of the 95 % interval
FEWEST_UNITS = 20  # below, neither the test nor a BCa interval was shown to hold its level


class Reason(StrEnum):
    """The kinds of reasons; the tables of the report show their values."""

    ONE_SEED = "one seed"
    FEW_SEEDS = "few seeds"
    CONSTANT_MEASURE = "constant measure"
    CONSTANT_DIFFERENCE = "constant difference"
    NO_SPREAD = "no spread"
    STRONG_SKEW = "strong skew with few queries"
    FEW_UNITS = "few queries or clusters"
    UNEQUAL_CLUSTERS = "unequal clusters"
    SEEDS_DOMINATE = "seeds dominate"
    WIDE = "interval wider than the measure"
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
    """Return the flags for too few seeds: one seed of a trained system, or two seeds.

    trained: whether the system would score differently if trained again. name: used in the text.
    """
    if n_seeds == 1 and trained:
        text = f"{name} is trained with one seed: nothing is known about training it again"
        return (Flag(Reason.ONE_SEED, text, blocks=True),)
    if 1 < n_seeds < FEWEST_SEEDS:
        text = f"{name} has {n_seeds} seeds: not controlled, {FEWEST_SEEDS} are needed"
        return (Flag(Reason.FEW_SEEDS, text, blocks=False),)
    return ()


def score_flags(
    d: Array, *, a: Array, b: Array, n_units: int, effective: float, estimable: bool
) -> tuple[Flag, ...]:
    """Return the flags for scores or differences that do not vary, strong skewness, few units.

    d [Q]: differences of the tables a [Q, S_A] and b [Q, S_B]. n_units: number of clusters, or of
    queries where there are none; effective: C_eff, the number of equal clusters that they are
    worth. estimable: whether the test of d has a number.
    """
    lowest, highest = min(a.min(), b.min()), max(a.max(), b.max())
    if highest - lowest <= ROUNDING * max(abs(lowest), abs(highest)):
        text = f"every query scores {lowest:g} under both systems: nothing to test"
        return (Flag(Reason.CONSTANT_MEASURE, text, blocks=True),)
    if not estimable:
        return (_no_spread(d),)
    skewness = skewness_of(d)
    flags = _unit_flags(n_units, n_queries=len(d), effective=effective)
    if n_units <= FEW_UNITS and abs(skewness) > STRONG_SKEW:
        text = f"skewness {skewness:.1f}, few queries: false alarms in up to 7 % instead of 5 %"
        flags = (Flag(Reason.STRONG_SKEW, text, blocks=False), *flags)
    return flags


def _unit_flags(n_units: int, *, n_queries: int, effective: float) -> tuple[Flag, ...]:
    """Return the flag for few queries or clusters, or for clusters of very unequal sizes."""
    if n_units < FEWEST_UNITS:
        kind = "queries" if n_units == n_queries else "clusters of queries"
        text = f"{n_units} {kind}: neither this test nor a bootstrap interval is sure of its level"
        return (Flag(Reason.FEW_UNITS, text, blocks=False),)
    if effective < FEWEST_UNITS:
        text = f"{n_units} unequal clusters of queries are worth {effective:.1f} equal ones"
        return (Flag(Reason.UNEQUAL_CLUSTERS, text, blocks=False),)
    return ()


def spread_flags(spread: Spread, *, n_seeds: tuple[int, int]) -> tuple[Flag, ...]:
    """Return the flags for seeds that dominate against a fixed system, and for a wide interval.

    spread: that of one contrast, shape []. n_seeds: numbers of seeds of system and baseline.
    """
    flags = []
    if len(spread.seed_parts) == 1 and min(n_seeds) == 1:
        (part,) = spread.seed_parts
        if float(part.between - part.error) > float(spread.query_variance):
            text = (
                f"one side is fixed, and the other's {part.n_seeds} seeds vary more than queries "
                "do: if their effects are skewed, false alarms in up to 12 % instead of 5 %"
            )
            flags.append(Flag(Reason.SEEDS_DOMINATE, text, blocks=False))
    width, full = 2 * float(spread.half_width(USUAL_TAIL)), spread.measure_range
    if width > full:
        text = f"the 95 % interval is {width:.3g} wide, and the measure's range only {full:g}"
        flags.append(Flag(Reason.WIDE, text, blocks=False))
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
