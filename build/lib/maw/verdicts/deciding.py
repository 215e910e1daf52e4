"""The deciding test of a contrast on one dataset by one measure, as claims are judged by it.

It is `significance.crossed`: over new topics, and new seeds where systems have several. What stands
beside it, and decides nothing, is added in `maw.verdicts.contrasts`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maw.significance import (
    FEWEST_SEEDS,
    Contrast,
    Flag,
    Reason,
    Spread,
    crossed,
    paired_t,
    query_differences,
)
from maw.significance.clean import Array
from maw.verdicts.score_table import Labels
from maw.verdicts.seed_forms import PairedSystems

UNIT_RANGE = 1.0  # of all measures of ir_measures, whose scores lie between 0 and 1


@dataclass(frozen=True, slots=True)
class ControlContrast:
    """The contrast with one control, as `judge_claim` takes it.

    test: the result of the deciding test. has_number: whether it has an estimate of the training
    procedures' difference, or of two fixed systems'. fewest_seeds: the smaller number of seeds
    among the systems that vary, or of the seed labels that they share; None where neither varies.
    """

    test: Contrast
    has_number: bool
    fewest_seeds: int | None

    @property
    def mean(self) -> float:
        """The difference, system − control, in the measure's unit."""
        return self.test.mean

    @property
    def pvalue(self) -> float:
        """The two-sided p-value of no difference."""
        return self.test.pvalue

    @property
    def decides(self) -> bool:
        """Whether a verdict may rest on it: it has a number, and no side has too few seeds."""
        enough = self.fewest_seeds is None or self.fewest_seeds >= FEWEST_SEEDS
        return self.has_number and enough

    @property
    def spread(self) -> Spread:
        """The variances from which the p-value and the half-widths are computed."""
        return self.test.test.spread

    def half_width(self, tail: float) -> float:
        """Return half the width of the interval with this probability beyond each of its ends."""
        return self.test.half_width(tail)

    def pvalue_at(self, difference: float) -> float:
        """Return the two-sided p-value of the hypothesis that the true mean is `difference`."""
        return self.test.pvalue_at(difference)


def deciding_contrast(pair: PairedSystems, *, labels: Labels) -> ControlContrast:
    """Return the result of the deciding test alone, without all that stands beside it.

    labels [Q]: clusters of the queries, or None.
    """
    a, b = pair.a, pair.b
    if pair.lacks_seeds:
        test = paired_t(query_differences(a.table.values, b.table.values), labels)
    else:
        test = deciding_test(pair, labels=labels)
    one_seed = a.lacks_seeds or b.lacks_seeds
    is_constant = is_constant_measure(test.flags)
    return ControlContrast(
        test,
        has_number=test.estimable and not one_seed and not is_constant,
        fewest_seeds=pair.fewest_seeds,
    )


def is_constant_measure(flags: Sequence[Flag]) -> bool:
    """Return whether a flag says that all scores of both systems are the same number."""
    return any(flag.reason is Reason.CONSTANT_MEASURE for flag in flags)


def deciding_test(pair: PairedSystems, *, labels: Labels) -> Contrast:
    """Return the deciding test of the seeds that are compared. labels [Q]: clusters, or None."""
    a, b = pair.a, pair.b
    scores = (a.table.values, b.table.values)
    return crossed(
        *scores,
        labels,
        seeds=pair.form,
        measure_range=range_of(scores),
        trained=(a.trained, b.trained),
    )


def range_of(tables: Iterable[Array]) -> float:
    """Return the highest minus the lowest value that the measure of these scores can take.

    It is 1, or what the scores span: those without a unit, such as a user's matrix of 0 to 100, may
    have a wider range.
    """
    ends = [(float(table.min()), float(table.max())) for table in tables]
    return max(UNIT_RANGE, max(high for _, high in ends) - min(low for low, _ in ends))
