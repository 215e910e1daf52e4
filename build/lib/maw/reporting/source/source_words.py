"""The rule by which a claim of the method's source gets its word, and one row of the claims' table.

A claimed relative gain from `low` to `high` is held against the 95 % interval of the relative
difference over the fair control: a system without depths, trained as the method was. It is the
interval of E2 (new queries and new seeds), not adjusted for the number of rows. Each of its limits
is divided by the limit of the control's mean that makes the interval wider: the half-width of a
difference of two estimates is at most the sum of theirs, so that the limits err on the safe side.
No relative difference is below −100 %, because no score is below 0.

- supported: the interval lies above 0 and reaches `low`;
- contradicted here: the interval lies below `low`;
- not supported: there are data, and neither holds;
- not testable here: there is no interval that could decide.

Where no fair control was planned, the interval over the untrained model can contradict, because
training only helps the method there; it cannot support. A gain of at least `low` is contradicted,
and one of at most 0 supported, with a probability of at most 2.5 % a row; no true gain can be both,
so that n rows together err in at most n · 2.5 %.

A claimed number that can be counted without error, such as FLOPs, is supported within TOLERANCE of
it, else contradicted. A contrast of the ablations is read by its interval at the level of the
false coverage rate, which only those have that Benjamini & Hochberg's procedure selects; one
without supports nothing. A statement of the theory is supported where it holds, contradicted where
it does not. The source's p above the source's own level does not support what the source ticks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, nan, sqrt
from typing import Any, Self

import pandas as pd
from scipy.stats import t

from maw.reporting.wording import number, signed

TOLERANCE = 0.10  # relative; a claimed multiple such as 2.1 has two digits
ERROR = 0.025  # of one row: each end of a 95 % interval


class SourceWord(StrEnum):
    """What the data here say about a claim of the source."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted here"
    NOT_SUPPORTED = "not supported"
    NOT_TESTABLE = "not testable here"


@dataclass(frozen=True, slots=True)
class Base:
    """The mean score of a baseline, and the half-width of its 95 % interval."""

    mean: float
    half_width: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return the mean of a leaderboard's row, with the spread of both queries and seeds.

        row: columns of `maw.verdicts.leaderboard.LEADERBOARD`. The interval over queries and that
        of Student's t over seeds are added as independent ones are; with one seed there is only
        the first.
        """
        mean, n = float(row["mean"]), float(row["n_seeds"])
        of_queries = max(mean - float(row["ci_low"]), float(row["ci_high"]) - mean)
        of_seeds = float(t.ppf(1 - ERROR, n - 1)) * float(row["sd_seed"]) / sqrt(n) if n > 1 else 0
        return cls(mean, sqrt(of_queries**2 + of_seeds**2))


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative difference with its limits, as shares of the baseline's mean."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, difference: float, *, low: float, high: float, base: Base) -> Self | None:
        """Return a difference and its limits as shares of a baseline's mean, on the safe side.

        None where a limit is not finite, or where the baseline's mean may be 0.
        """
        least, most = base.mean - base.half_width, base.mean + base.half_width
        if least <= 0 or not all(map(isfinite, (difference, low, high, most))):
            return None
        return cls(
            difference / base.mean,
            max(-1.0, low / (least if low < 0 else most)),  # no score is below 0
            high / (least if high > 0 else most),
        )

    def text(self) -> str:
        """Return it in per cent: `+1.3 [−3.1, +7.3] %`."""
        return f"{percent(self.value)} [{percent(self.low)}, {percent(self.high)}] %"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row of the table of the source's claims.

    group: rows of one group share a line of the short table; "" stands in the full one only. says:
    the source's figure. untrained, fair: the figures measured here, over the untrained model and
    over the fair control, or "". gap: how far the interval's upper limit lies above the claim's
    lower end; the row with the largest gap stands for its group. csv_row: row of comparisons.csv,
    from 1; 0 for none. is_interval: True where the word rests on an interval of 95 %. brief, why:
    the figure and the reason in the short table, where they are shorter.
    """

    group: str
    claim: str
    says: str
    word: SourceWord
    reason: str
    untrained: str = ""
    fair: str = ""
    gap: float = nan
    csv_row: int = 0
    is_interval: bool = False
    brief: str = ""
    why: str = ""


def percent(share: float) -> str:
    """Return a share as a signed number of per cent: `+4.2` for 0.042, `0` for what rounds to 0."""
    text = signed(100 * share, 1).removesuffix(".0")
    return "0" if text in ("+0", "−0") else text


def word_of_gain(
    *, low: float, fair: Relative | None, untrained: Relative | None
) -> tuple[SourceWord, str]:
    """Return the word for a claimed gain of at least `low`, and the reason for it.

    fair, untrained: the relative differences over the fair control and over the untrained model.
    """
    if fair is None:
        if untrained is None:
            return SourceWord.NOT_TESTABLE, "no interval"
        if untrained.high < low:
            return SourceWord.CONTRADICTED, f"below {percent(low)} % even over no training"
        return SourceWord.NOT_SUPPORTED, "no fair control"
    if fair.high < low:
        reached = untrained is not None and untrained.high >= low
        also = "; the gain is training's" if reached and untrained and untrained.low > 0 else ""
        return SourceWord.CONTRADICTED, f"below {percent(low)} %{also}"
    if fair.low > 0:
        return SourceWord.SUPPORTED, f"above 0, reaches {percent(low)} %"
    return SourceWord.NOT_SUPPORTED, "0 fits"


def word_of_number(*, claimed: float, counted: float) -> tuple[SourceWord, str]:
    """Return the word for a claimed multiple that was counted here, and the reason for it."""
    if pd.isna(counted):
        return SourceWord.NOT_TESTABLE, "not counted"
    if abs(counted / claimed - 1) <= TOLERANCE:
        return SourceWord.SUPPORTED, f"within {100 * TOLERANCE:.0f} %"
    return SourceWord.CONTRADICTED, f"{'more' if counted > claimed else 'less'} than claimed"


def times(ratio: float) -> str:
    """Return a multiple as `2.10×`."""
    return f"{number(ratio, 2)}×"
