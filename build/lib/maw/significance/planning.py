"""What an experiment can show: leads that it detects, chances of its words, and where they change.

A claim says "better" where the bar of every control lies above 0: d̂ − h(α′/2) > 0. Both d̂ and h
differ from one experiment to the next, because h is computed from estimated mean squares. The
chance of a word is therefore the mean of a normal probability over the mean squares that
experiments of this size would find. V_q and the mean square of seeds are drawn as χ² around their
expected values, by Gauss-Hermite quadrature over normal quantiles; the mean square of errors, with
(Q−1)(S−1) degrees of freedom, is taken as known. True variances are taken as they are estimated.

A claim with K controls needs all of them. The chance of all is taken as the product of the chances
of each: a lower bound where the leads are positively correlated, as they are as a rule because all
are measured from the same system.
Sources: Slepian, Bell System Technical Journal 41 (1962) 463-501; Šidák, JASA 62 (1967) 626-633.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite, nan, prod, sqrt

import numpy as np
from scipy import optimize, special

from maw.significance.claims import ClaimVerdict
from maw.significance.clean import Array
from maw.significance.generalised import SeedPart, Spread
from maw.significance.words import Limits, Word, findings, word_codes

TARGET = 0.8  # the power at which a lead counts as detectable
QUERY_NODES, SEED_NODES = 5, 15  # of the quadrature; few seeds make their mean square vary most
TOLERANCE = 1e-8  # of a detectable lead, relative to the standard error
BRACKET_GROWTH = 1.5  # factor by which the upper end of the search grows


@dataclass(frozen=True, slots=True)
class ClaimOutlook:
    """What the experiment could show about a claim with all of its controls, before it is seen.

    mde: the minimum detectable effect, the lead over each control with which "better" is said in
    four of five experiments. power: the chance of "better" where every lead is the SESOI.
    p_equivalent: the chance of "equivalent" where there is no difference. The last two are nan
    without a SESOI.
    """

    mde: float
    power: float
    p_equivalent: float


def power(spread: Spread, *, lead: float, alpha: float) -> float:
    """Return the chance that a control's bar lies above 0, if the true lead over it is `lead`.

    spread: the expected mean squares, one number each. alpha: α′, the level of the claim; the bar
    begins at d̂ − h(α′/2).
    """
    half_widths, weights = _half_widths(spread, tail=alpha / 2)
    return float(weights @ _below(lead - half_widths, _standard_error(spread)))


def minimum_detectable_effect(spread: Spread, *, alpha: float, target: float = TARGET) -> float:
    """Return the true lead over a control with which its bar lies above 0 with chance `target`.

    spread and alpha as in `power`. ValueError unless 0 < alpha < target < 1.
    """
    if not 0 < alpha < target < 1:
        raise ValueError(f"alpha is {alpha} and target {target}; expected 0 < alpha < target < 1")
    half_widths, weights = _half_widths(spread, tail=alpha / 2)
    standard_error = _standard_error(spread)
    if standard_error == 0:
        return float(half_widths.max())

    def shortfall(lead: float) -> float:
        return float(weights @ _below(lead - half_widths, standard_error)) - target

    high = float(half_widths.min()) + standard_error
    while shortfall(high) < 0:
        high *= BRACKET_GROWTH
    return float(optimize.brentq(shortfall, 0.0, high, xtol=TOLERANCE * standard_error))


def equivalence_power(spread: Spread, *, alpha: float, sesoi: float, n_controls: int = 1) -> float:
    """Return the chance that a control's limits lie inside ±sesoi, if there is no difference.

    spread and alpha as in `power`. The limits are d̂ ± h(α′) with one control; with several they
    are its bar, from d̂ − h(α′/2) to d̂ + h(α′/2K).
    """
    standard_error = _standard_error(spread)
    tail = alpha if n_controls == 1 else alpha / (2 * n_controls)
    room_above, weights = _half_widths(spread, tail=tail)
    room_below = room_above if n_controls == 1 else _half_widths(spread, tail=alpha / 2)[0]
    inside = _below(sesoi - room_above, standard_error)
    inside = inside - _below(room_below - sesoi, standard_error)
    return float(weights @ np.maximum(0.0, inside))


def spreads_outlook(
    spreads: Sequence[Spread], *, level: float, sesoi: float | None
) -> ClaimOutlook:
    """Return what an experiment could show about the claim that a system beats each control.

    spreads [K]: the expected mean squares of the contrast with each control, one number each, such
    as `crossed(…).test.spread`. level: α′, the level of the claim. sesoi: smallest effect size of
    interest in the measure's unit, or None.
    """
    K = len(spreads)
    mde = max(
        minimum_detectable_effect(spread, alpha=level, target=TARGET ** (1 / K))
        for spread in spreads
    )
    if sesoi is None:
        return ClaimOutlook(mde, nan, nan)
    return ClaimOutlook(
        mde=mde,
        power=prod(power(spread, lead=sesoi, alpha=level) for spread in spreads),
        p_equivalent=prod(
            equivalence_power(spread, alpha=level, sesoi=sesoi, n_controls=K) for spread in spreads
        ),
    )


def sesoi_flips_at(verdict: ClaimVerdict, *, sesoi: float | None) -> float:
    """Return the SESOI, nearest to the plan's, at which the claim would get another word.

    verdict: the result of `judge_claim` or `judge_claims` at this sesoi, the plan's; its limits do
    not depend on the SESOI. The suffix of "refuted" is no part of the word. The result is nan where
    no SESOI gives another word, and where the plan has none. Of two that are equally near, the
    smaller is returned.
    """
    if sesoi is None or verdict.word in (Word.NOT_ESTIMABLE, Word.NOT_CONTROLLED):
        return nan
    ends = (verdict.lower, verdict.upper_gain, *verdict.equivalence)
    edges = sorted({abs(end) for end in ends if isfinite(end) and end != 0})
    if not edges:
        return nan
    middles = [(low + high) / 2 for low, high in pairwise([0.0, *edges])]
    words = [_word_at(verdict, sesoi=middle) for middle in [*middles, 2 * edges[-1]]]
    flips = [edge for edge, (a, b) in zip(edges, pairwise(words), strict=True) if a != b]
    return min(flips, key=lambda flip: abs(flip - sesoi), default=nan)


def _word_at(verdict: ClaimVerdict, *, sesoi: float) -> int:
    limits = Limits(
        lower=np.asarray(verdict.lower),
        upper=np.asarray(verdict.upper),
        upper_gain=np.asarray(verdict.upper_gain),
        equivalence_low=np.asarray(verdict.equivalence.low),
        equivalence_high=np.asarray(verdict.equivalence.high),
    )
    return int(word_codes(findings(limits, sesoi=sesoi)))


def _half_widths(spread: Spread, *, tail: float) -> tuple[Array, Array]:
    """Return the half-widths that experiments of this size would find [N], and weights [N].

    spread: the expected mean squares, one number each.
    """
    query, query_weights = _chi_square_rule(spread.query_df, n_nodes=QUERY_NODES)
    if not spread.seed_parts:
        drawn = replace(spread, query_variance=spread.query_variance * query)
        return drawn.half_width(tail), query_weights
    one_side = _one_side(spread)
    part = one_side.seed_parts[0]
    seed, seed_weights = _chi_square_rule(part.n_seeds - 1.0, n_nodes=SEED_NODES)
    drawn = replace(
        one_side,
        query_variance=spread.query_variance * np.repeat(query, SEED_NODES),
        seed_parts=(replace(part, between=part.between * np.tile(seed, QUERY_NODES)),),
    )
    half_widths = drawn.half_width(tail)
    if len(spread.seed_parts) > 1:
        half_widths *= _ratio(spread.half_width(tail), one_side.half_width(tail))
    return half_widths, np.repeat(query_weights, SEED_NODES) * np.tile(seed_weights, QUERY_NODES)


def _one_side(spread: Spread) -> Spread:
    """Return the spread with one part that stands for the seeds of both sides.

    Its number of seeds follows from Satterthwaite's degrees of freedom. Half-widths are drawn from
    it and then scaled, because two sides need a hundred times as long; detectable leads were
    measured to differ by at most 2.5 % with five seeds each, and by 7 % with three seeds at a level
    of .003. A mean square of seeds is expected to be at least that of errors.
    """
    parts = [replace(p, between=np.maximum(p.between, p.error)) for p in spread.seed_parts]
    between = np.sum([part.between for part in parts], axis=0)
    squares = np.sum([part.between**2 / (part.n_seeds - 1) for part in parts], axis=0)
    df = float(between**2 / squares) if squares > 0 else float(parts[0].n_seeds - 1)
    error = np.sum([part.error for part in parts], axis=0)
    return replace(spread, seed_parts=(SeedPart(between, error, n_seeds=1 + round(df)),))


def _ratio(numerator: Array, denominator: Array) -> float:
    """Return the ratio of two half-widths; 1 where both are 0."""
    return float(numerator / denominator) if denominator > 0 else 1.0


def _chi_square_rule(df: float, *, n_nodes: int) -> tuple[Array, Array]:
    """Return nodes [n] and weights [n] of a quadrature over χ²/df with df degrees of freedom."""
    z, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    nodes = np.asarray(special.gammaincinv(df / 2, special.ndtr(z)) * 2 / df, dtype=np.float64)
    return nodes, np.asarray(weights / weights.sum(), dtype=np.float64)


def _standard_error(spread: Spread) -> float:
    """Return the true standard deviation of d̂, if the expected mean squares are right."""
    added = sum(max(0.0, float(part.between - part.error)) for part in spread.seed_parts)
    return sqrt(float(spread.query_variance) + added)


def _below(room: Array, standard_error: float) -> Array:
    """Return P(d̂ − its expected value < room), [n], for room [n]; d̂ is normal."""
    if standard_error == 0:
        return np.where(room > 0, 1.0, 0.0)
    below: Array = special.ndtr(room / standard_error)
    return below
