"""Which word do the limits of a claim allow? Arrays of limits in, arrays of words out.

A claim says that a system beats each of its K controls. Its word follows from five limits and from
the smallest relevant difference, SESOI, and from nothing else: a reader can check it on the drawn
bars. The rules and their order stand here once, vectorised over leading axes [...], because
verdicts, the calibration and the simulated error rates must not differ in them.

The chance of any false word, the names of controls included, is at most α. Let δ_k be the true
leads of a claim at level α′ and δ_j the smallest. A word that says too much needs L_j > δ_j (chance
α′/2); one that says too little, or names a wrong control, needs the upper limit of some control
below its δ_k (α′/2 in all, shared by K controls, or by Holm). Limits at the full α′ say only that
δ_j < SESOI, or for one control that it is inside ±SESOI; where that is false no other word is false
with it. The levels α′ of all claims add up to α.

Nested claims: if P has all controls of Q and more, its smallest lead is at most Q's. An upper limit
on Q's lead then bounds P's, and if all leads of P are inside ±SESOI, so are those of Q. What P
borrows from Q is false for P only if it is false for Q as well, and the other way round: such an
error lies in an event that the level of the claim that lends has paid for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array

Truths = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
# one-sided tail τ -> h(τ) of each control, [..., K]; inf for a control that cannot be judged
HalfWidths = Callable[[float], Array]


class Word(StrEnum):
    """The words that may be said about a claim. A word's code is its place in this list."""

    BETTER_BY_SESOI = "better, by at least SESOI"
    SLIGHTLY_BETTER = "better, but by less than SESOI"
    BETTER = "better"
    REFUTED = "refuted"
    EQUIVALENT = "equivalent"
    NO_RELEVANT_GAIN = "no relevant gain"
    NOT_ESTIMABLE = "not estimable"
    NOT_CONTROLLED = "not controlled"
    INCONCLUSIVE = "inconclusive"


class Suffix(StrEnum):
    """What "refuted" adds about the size of the loss. A suffix's code is its place in this list."""

    NONE = ""
    LESS = "by less than SESOI"
    AT_LEAST = "by at least SESOI"


WORDS, SUFFIXES = tuple(Word), tuple(Suffix)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The limits of claims on the smallest lead over their controls, arrays [...] of one shape.

    All are in the measure's own unit. lower, upper: the bar of the claim (L, U). upper_gain: the
    limit that bounds a gain (U₂). equivalence_low, equivalence_high: all leads lie between them.
    """

    lower: Array
    upper: Array
    upper_gain: Array
    equivalence_low: Array
    equivalence_high: Array


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What the limits of claims show, truth values [...]; all that words are made of.

    Without a SESOI all findings but lead and loss are False.
    """

    lead: Truths  # L > 0
    lead_reaches_sesoi: Truths  # L ≥ SESOI
    lead_misses_sesoi: Truths  # U₂ < SESOI
    loss: Truths  # U < 0
    loss_reaches_sesoi: Truths  # U < −SESOI
    loss_misses_sesoi: Truths  # L > −SESOI: that of every control, for L is the smallest
    equivalent: Truths


def control_bars(mean: Array, half_widths: HalfWidths, *, level: float) -> tuple[Array, Array]:
    """Return the lower and the upper ends of the bars of K controls, [..., K] each.

    mean [..., K]: leads over the controls; level: α′, the level of the claim.
    """
    K = mean.shape[-1]
    return mean - half_widths(level / 2), mean + half_widths(level / (2 * K))


def claim_limits(mean: Array, half_widths: HalfWidths, *, level: float) -> Limits:
    """Return the limits [...] of claims against K controls each, at level α′.

    mean [..., K]: leads over the controls. Every half-width may be inf. A single control needs no
    share of the level for others, so that its equivalence is read from mean ± h(α′).
    """
    K = mean.shape[-1]
    low, high = control_bars(mean, half_widths, level=level)
    half_gain = half_widths(level / K)
    if K == 1:
        low_equivalence, high_equivalence = mean - half_gain, mean + half_gain
    else:
        low_equivalence, high_equivalence = low, high
    return Limits(
        lower=low.min(axis=-1),
        upper=high.min(axis=-1),
        upper_gain=(mean + half_gain).min(axis=-1),
        equivalence_low=low_equivalence.min(axis=-1),
        equivalence_high=high_equivalence.max(axis=-1),
    )


def nested_limits(
    limits: Sequence[Limits], includes: Sequence[Sequence[int]], *, sesoi: float | None
) -> list[Limits]:
    """Return the limits of nested claims, each with what the others show about it.

    includes: for each claim the places of all claims whose controls are among its own. Upper limits
    are the smallest of a claim and of those that it includes. A claim that is not shown equivalent
    takes the equivalence limits of the first claim that includes it and is.
    """
    nested = []
    for i in range(len(limits)):
        group = [limits[i], *(limits[j] for j in includes[i])]
        low, high = limits[i].equivalence_low, limits[i].equivalence_high
        for wider in (limits[j] for j in range(len(limits)) if i in includes[j]):
            takes = _equivalent(wider.equivalence_low, wider.equivalence_high, sesoi=sesoi)
            takes &= ~_equivalent(low, high, sesoi=sesoi)
            low = np.where(takes, wider.equivalence_low, low)
            high = np.where(takes, wider.equivalence_high, high)
        nested.append(
            replace(
                limits[i],
                upper=np.minimum.reduce([claim.upper for claim in group]),
                upper_gain=np.minimum.reduce([claim.upper_gain for claim in group]),
                equivalence_low=low,
                equivalence_high=high,
            )
        )
    return nested


def findings(limits: Limits, *, sesoi: float | None) -> Findings:
    """Return what the limits show, [...]. sesoi: above 0, in the measure's unit; None: no SESOI."""
    return Findings(
        lead=limits.lower > 0,
        lead_reaches_sesoi=limits.lower >= (np.inf if sesoi is None else sesoi),
        lead_misses_sesoi=limits.upper_gain < (-np.inf if sesoi is None else sesoi),
        loss=limits.upper < 0,
        loss_reaches_sesoi=limits.upper < (-np.inf if sesoi is None else -sesoi),
        loss_misses_sesoi=limits.lower > (np.inf if sesoi is None else -sesoi),
        equivalent=_equivalent(limits.equivalence_low, limits.equivalence_high, sesoi=sesoi),
    )


def word_codes(
    shown: Findings,
    *,
    not_estimable: Truths | bool = False,
    not_controlled: Truths | bool = False,
) -> Codes:
    """Return the code of each claim's word, [...]; `WORDS[code]` is the word.

    The first rule that holds gives the word. not_estimable: some control has no number.
    not_controlled: some side of a control has too few seeds. Both stand where "inconclusive" would:
    another control may have refuted the claim. With one control the limits are then infinite, and
    no earlier rule holds.
    """
    rules = {
        Word.BETTER_BY_SESOI: shown.lead_reaches_sesoi,
        Word.SLIGHTLY_BETTER: shown.lead & shown.lead_misses_sesoi,
        Word.BETTER: shown.lead,
        Word.REFUTED: shown.loss,
        Word.EQUIVALENT: shown.equivalent,
        Word.NO_RELEVANT_GAIN: shown.lead_misses_sesoi,
        Word.NOT_ESTIMABLE: not_estimable,
        Word.NOT_CONTROLLED: not_controlled,
    }
    conditions = [np.broadcast_to(rule, shown.lead.shape) for rule in rules.values()]
    codes = [WORDS.index(word) for word in rules]
    return np.select(conditions, codes, default=WORDS.index(Word.INCONCLUSIVE)).astype(np.intp)


def suffix_codes(shown: Findings, words: Codes) -> Codes:
    """Return the code of each claim's suffix, [...]; it is empty but for "refuted".

    words [...]: the codes of the words.
    """
    refuted = words == WORDS.index(Word.REFUTED)
    less, at_least = refuted & shown.loss_misses_sesoi, refuted & shown.loss_reaches_sesoi
    codes = [SUFFIXES.index(Suffix.LESS), SUFFIXES.index(Suffix.AT_LEAST)]
    # where neither holds, select gives 0, the code of the empty suffix
    return np.select([less, at_least], codes).astype(np.intp)


def winning_controls(mean: Array, half_widths: HalfWidths, *, level: float) -> Truths:
    """Return which controls beat the system by Holm's procedure at level α′/2, [..., K].

    mean [..., K] and level as in `control_bars`. With r controls left, each whose upper limit at
    α′/(2r) is below 0 beats the system. The first step reads the drawn bars, so that some control
    beats the system exactly where the upper end of the claim's bar is below 0.
    """
    K = mean.shape[-1]
    beats = np.zeros(mean.shape, dtype=np.bool_)
    for n_left in range(K, 0, -1):
        reached = beats.sum(axis=-1, keepdims=True) >= K - n_left
        if not reached.any():
            break
        beats = beats | (reached & (mean + half_widths(level / (2 * n_left)) < 0))
    return beats


def _equivalent(low: Array, high: Array, *, sesoi: float | None) -> Truths:
    if sesoi is None:
        return np.zeros(np.shape(low), dtype=np.bool_)
    return np.asarray((low > -sesoi) & (high < sesoi))
