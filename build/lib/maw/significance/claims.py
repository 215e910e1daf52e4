"""What may be said about a claim? The limits, the bars and the word of a system against K controls.

A claim says that a system beats each of its controls. `judge_claim` takes the results of `crossed`
for one claim, `judge_claims` those of several, of which some may include others. Each verdict holds
the numbers that its word was read from; the rules are in `words`.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, nan
from typing import Any, Protocol, TypeVar, overload

import numpy as np

from maw.significance.clean import Array, Interval
from maw.significance.nesting import all_included, one_level_each
from maw.significance.words import (
    SUFFIXES,
    WORDS,
    HalfWidths,
    Limits,
    Suffix,
    Word,
    claim_limits,
    control_bars,
    findings,
    nested_limits,
    suffix_codes,
    winning_controls,
    word_codes,
)

# With 3 seeds on a trained side the generalised p-value was measured to hold its level
FEWEST_SEEDS = 3

Name = TypeVar("Name", bound=Hashable)


class Measured(Protocol):
    """What a verdict needs to know about one control: the result of `crossed` has it."""

    @property
    def mean(self) -> float:
        """The lead of the system over the control, in the measure's own unit."""

    @property
    def pvalue(self) -> float:
        """The two-sided p-value of no difference."""

    @property
    def has_number(self) -> bool:
        """False where the difference cannot be estimated."""

    @property
    def fewest_seeds(self) -> int | None:
        """The smallest number of seeds of a trained side; None where both sides are fixed."""

    def half_width(self, tail: float, /) -> float:
        """Half the width of the interval that leaves `tail` outside on each side."""


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """The verdict on one claim; all limits are in the measure's own unit.

    estimate: the smallest lead over a control. lower, upper: the bar of the claim, upper also by
    nested claims. upper_gain: the limit that bounds a gain. equivalence: the two limits that
    equivalence was read from. suffix: empty but for "refuted". decided_by: place of the control
    with the smallest lead, None where no control has a number. bars: the drawn bar of each control.
    loses_to: places of the controls that beat the system by Holm's procedure at half the level.
    nameable: whether a sentence that says less than SESOI may name the control of decided_by; with
    several controls its own bar must end below SESOI.
    """

    estimate: float
    lower: float
    upper: float
    upper_gain: float
    equivalence: Interval
    word: Word
    suffix: Suffix
    decided_by: int | None
    bars: tuple[Interval, ...]
    loses_to: tuple[int, ...]
    nameable: bool


def judge_claim(
    contrasts: Sequence[Measured], *, level: float, sesoi: float | None
) -> ClaimVerdict:
    """Return the verdict on the claim that a system beats each of K ≥ 1 controls.

    contrasts [K]: results of `crossed`, the system against each control. level: α′, the level of
    this claim (α over the number of claims). sesoi: the smallest relevant difference in the
    measure's unit; without one (None) no word speaks of relevance. ValueError for no contrast, a
    level outside (0, .5], or a sesoi that is not above 0.
    """
    return judge_claims([contrasts], levels=level, sesoi=sesoi)[0]


@overload
def judge_claims(
    claims: Mapping[Name, Sequence[Measured]],
    *,
    levels: float | Mapping[Name, float],
    sesoi: float | None,
    includes: Mapping[Name, Iterable[Name]] | None = None,
) -> dict[Name, ClaimVerdict]: ...


@overload
def judge_claims(
    claims: Sequence[Sequence[Measured]],
    *,
    levels: float | Sequence[float],
    sesoi: float | None,
    includes: Mapping[int, Iterable[int]] | Sequence[Iterable[int]] | None = None,
) -> tuple[ClaimVerdict, ...]: ...


def judge_claims(
    claims: Mapping[Any, Sequence[Measured]] | Sequence[Sequence[Measured]],
    *,
    levels: float | Mapping[Any, float] | Sequence[float],
    sesoi: float | None,
    includes: Mapping[Any, Iterable[Any]] | Sequence[Iterable[int]] | None = None,
) -> dict[Any, ClaimVerdict] | tuple[ClaimVerdict, ...]:
    """Return the verdicts on several claims, in a tuple, or in a dict if `claims` is a mapping.

    claims: the contrasts of each claim, as in `judge_claim`. levels: α′ of each claim, or one
    number for all. includes: for a claim, the claims whose controls are all among its own; the
    claims that those include need not be repeated. The upper limits of a claim are the smallest of
    its own and of the claims that it includes, and a claim is equivalent if one that includes it
    is. Errors as in `judge_claim`; ValueError where levels and claims, or includes and claims, do
    not have the same names or numbers, or where a claim includes itself.
    """
    names = list(claims) if isinstance(claims, Mapping) else list(range(len(claims)))
    contrasts = list(claims.values()) if isinstance(claims, Mapping) else list(claims)
    verdicts = _judged(
        contrasts,
        levels=one_level_each(levels, names),
        sesoi=sesoi,
        includes=all_included(includes, names),
    )
    if isinstance(claims, Mapping):
        return dict(zip(names, verdicts, strict=True))
    return tuple(verdicts)


def claim_pvalue(contrasts: Sequence[Measured]) -> float:
    """Return the p-value of a claim, which tests that its smallest lead is 0, from either side.

    contrasts [K] as in `judge_claim`. Above 0, every lead must be (the largest one-sided p-value);
    below 0, some lead must be (K times the smallest). The result is twice the smaller of the two.
    It is below the level exactly where the claim's own bar excludes 0. A control that cannot be
    judged has p = 1; nan where none can.
    """
    if not any(_decides(contrast) for contrast in contrasts):
        return nan
    above = [_one_sided(contrast, above=True) for contrast in contrasts]
    below = [_one_sided(contrast, above=False) for contrast in contrasts]
    return min(1.0, 2 * min(max(above), len(contrasts) * min(below)))


@dataclass(frozen=True, slots=True)
class _Claim:
    contrasts: Sequence[Measured]
    mean: Array  # [K]
    half_widths: HalfWidths
    level: float


def _judged(
    claims: Sequence[Sequence[Measured]],
    *,
    levels: Sequence[float],
    sesoi: float | None,
    includes: Sequence[Sequence[int]],
) -> list[ClaimVerdict]:
    _require_valid(claims, levels=levels, sesoi=sesoi)
    measured = [
        _Claim(contrasts, _means(contrasts), _half_widths(contrasts), level)
        for contrasts, level in zip(claims, levels, strict=True)
    ]
    own = [claim_limits(claim.mean, claim.half_widths, level=claim.level) for claim in measured]
    nested = nested_limits(own, includes, sesoi=sesoi)
    losses = [_losses(claim) for claim in measured]
    verdicts = []
    for claim, limits, included, lost in zip(measured, nested, includes, losses, strict=True):
        others = [claims[j][k] for j in included for k in losses[j]]
        borrowed = {k for k, control in enumerate(claim.contrasts) if _is_among(control, others)}
        loses_to = tuple(sorted(borrowed | lost))
        verdicts.append(_verdict(claim, limits, sesoi=sesoi, loses_to=loses_to))
    return verdicts


def _verdict(
    claim: _Claim, limits: Limits, *, sesoi: float | None, loses_to: tuple[int, ...]
) -> ClaimVerdict:
    contrasts = claim.contrasts
    shown = findings(limits, sesoi=sesoi)
    words = word_codes(
        shown,
        not_estimable=not all(contrast.has_number for contrast in contrasts),
        not_controlled=not all(_decides(contrast) for contrast in contrasts),
    )
    low, high = control_bars(claim.mean, claim.half_widths, level=claim.level)
    numbered = [k for k, contrast in enumerate(contrasts) if contrast.has_number]
    decided_by = min(numbered, key=lambda k: contrasts[k].mean, default=None)
    smallest = min(contrast.mean for contrast in contrasts)
    below_sesoi = sesoi is not None and decided_by is not None and bool(high[decided_by] < sesoi)
    return ClaimVerdict(
        estimate=smallest if decided_by is None else contrasts[decided_by].mean,
        lower=float(limits.lower),
        upper=float(limits.upper),
        upper_gain=float(limits.upper_gain),
        equivalence=Interval(float(limits.equivalence_low), float(limits.equivalence_high)),
        word=WORDS[int(words)],
        suffix=SUFFIXES[int(suffix_codes(shown, words))],
        decided_by=decided_by,
        bars=tuple(map(Interval, low.tolist(), high.tolist())),
        loses_to=loses_to,
        nameable=below_sesoi or (len(contrasts) == 1 and bool(shown.lead_misses_sesoi)),
    )


def _losses(claim: _Claim) -> set[int]:
    beats = winning_controls(claim.mean, claim.half_widths, level=claim.level)
    return set(np.flatnonzero(beats).tolist())


def _means(contrasts: Sequence[Measured]) -> Array:
    return np.array([contrast.mean for contrast in contrasts])


def _half_widths(contrasts: Sequence[Measured]) -> HalfWidths:
    """Return h as a function of the tail; a control that cannot be judged has infinite limits."""

    def half_widths(tail: float) -> Array:
        return np.array(
            [contrast.half_width(tail) if _decides(contrast) else inf for contrast in contrasts]
        )

    # limits, bars and Holm's first step ask for the same tails, and each is a search
    return cache(half_widths)


def _decides(contrast: Measured) -> bool:
    n_seeds = contrast.fewest_seeds
    return contrast.has_number and (n_seeds is None or n_seeds >= FEWEST_SEEDS)


def _one_sided(contrast: Measured, *, above: bool) -> float:
    if not _decides(contrast):
        return 1.0
    half = contrast.pvalue / 2
    return half if (contrast.mean > 0) == above else 1 - half


def _is_among(contrast: Measured, others: Sequence[Measured]) -> bool:
    """Return whether one of the others is the same control: the same object, or equal numbers."""
    return any(
        contrast is other or (contrast.mean, contrast.pvalue) == (other.mean, other.pvalue)
        for other in others
    )


def _require_valid(
    claims: Sequence[Sequence[Measured]], *, levels: Sequence[float], sesoi: float | None
) -> None:
    for i, (contrasts, level) in enumerate(zip(claims, levels, strict=True)):
        if not contrasts:
            raise ValueError(f"claim {i} has no contrast; give one for each of its controls")
        if not 0 < level <= 0.5:
            raise ValueError(f"the level of claim {i} is {level}; it is above 0 and at most .5")
    if sesoi is not None and not sesoi > 0:
        raise ValueError(f"sesoi is {sesoi}; expected a number above 0, or None")
