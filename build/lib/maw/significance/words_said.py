"""The words of a plan's claims in many redrawn experiments, and which of them are false.

Each block of experiments is redrawn without any effect. True effects are then added to the systems
of all claims, which moves the mean differences and nothing else, so that one set of p-values serves
all effects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from maw.significance.clean import Array
from maw.significance.crossed_many import Contrasts
from maw.significance.tally import CalibratedClaim, CalibrationSettings
from maw.significance.truths import GridWidths, Said, false_words, pvalues_below
from maw.significance.words import (
    Codes,
    HalfWidths,
    Limits,
    Truths,
    claim_limits,
    control_bars,
    findings,
    nested_limits,
    suffix_codes,
    winning_controls,
    word_codes,
)

THRESHOLDS = (-1.0, 0.0, 1.0)  # of the limits, in multiples of SESOI


@dataclass(frozen=True, slots=True, eq=False)
class ClaimOutcome:
    """What is said about one claim in n experiments with one true effect, [n] each.

    words: codes. false: the word, its suffix or a name in it is false. covers: the claim's bar
    contains the true smallest lead.
    """

    claim: CalibratedClaim
    words: Codes
    false: Truths
    covers: Truths


class PlannedWords:
    """Says the words of claims in blocks of redrawn experiments.

    claims: of one dataset, with the names of those that they include.
    """

    def __init__(self, claims: Sequence[CalibratedClaim], *, settings: CalibrationSettings) -> None:
        names = [claim.name for claim in claims]
        self._claims = claims
        self._includes = [[names.index(name) for name in claim.includes] for claim in claims]
        self._moved = {claim.system for claim in claims}
        self._sesoi = settings.sesoi
        self._multiples = tuple(settings.effects)
        # no p-value above this one decides anything
        self._limit = min(1.0, 2 * max((claim.level for claim in claims), default=0.0))

    def outcomes(
        self, tests: Mapping[tuple[str, str], Contrasts]
    ) -> Iterator[tuple[float, list[ClaimOutcome]]]:
        """Yield each true effect, in multiples of SESOI, and what is said about each claim.

        tests: system, control -> the deciding tests [n] of the block without any effect.
        """
        widths = {
            (claim.system, control): self._widths(claim.system, control, tests)
            for claim in self._claims
            for control in claim.controls
            if control not in claim.undecided
        }
        for multiple in self._multiples:
            yield multiple, self._with_effect(multiple, tests=tests, widths=widths)

    def _lead(self, system: str, control: str, *, multiple: float) -> float:
        """Return the true lead of the system over the control, in multiples of SESOI."""
        return multiple * ((system in self._moved) - (control in self._moved))

    def _widths(
        self, system: str, control: str, tests: Mapping[tuple[str, str], Contrasts]
    ) -> HalfWidths:
        """Return the half-widths of one contrast, as exact as the words need them.

        They are needed at the points where a limit of the moved mean meets a threshold or the true
        smallest lead.
        """
        test = tests[system, control]
        points = {
            threshold - self._lead(system, control, multiple=multiple)
            for multiple in self._multiples
            for threshold in (*(THRESHOLDS if self._sesoi else (0.0,)), *self._smallest(multiple))
        }
        distances = np.stack(
            [np.abs(test.mean - point * (self._sesoi or 0.0)) for point in sorted(points)], axis=-1
        )
        p = [pvalues_below(test.spread, d, limit=self._limit) for d in distances.T]
        pvalues = np.where(test.estimable[:, None], np.stack(p, axis=-1), 1.0)
        return cache(GridWidths(distances, pvalues))

    def _smallest(self, multiple: float) -> set[float]:
        return {min(self._leads(claim, multiple=multiple)) for claim in self._claims}

    def _leads(self, claim: CalibratedClaim, *, multiple: float) -> list[float]:
        return [self._lead(claim.system, name, multiple=multiple) for name in claim.controls]

    def _with_effect(
        self,
        multiple: float,
        *,
        tests: Mapping[tuple[str, str], Contrasts],
        widths: Mapping[tuple[str, str], HalfWidths],
    ) -> list[ClaimOutcome]:
        n = len(next(iter(tests.values())).mean)
        moved = [
            _MovedClaim.of(
                claim,
                self._leads(claim, multiple=multiple),
                sesoi=self._sesoi,
                tests=tests,
                widths=widths,
                n=n,
            )
            for claim in self._claims
        ]
        own = [claim_limits(m.mean, m.widths, level=m.claim.level) for m in moved]
        nested = nested_limits(own, self._includes, sesoi=self._sesoi)
        winners = [winning_controls(m.mean, m.widths, level=m.claim.level) for m in moved]
        for claim, included in enumerate(self._includes):
            for other in included:
                for k, control in enumerate(self._claims[other].controls):
                    place = self._claims[claim].controls.index(control)
                    winners[claim][:, place] |= winners[other][:, k]
        return [
            claim.outcome(limits, won, sesoi=self._sesoi)
            for claim, limits, won in zip(moved, nested, winners, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _MovedClaim:
    """A claim whose system was moved by a true effect. leads [K], in multiples of SESOI."""

    claim: CalibratedClaim
    leads: list[float]
    mean: Array  # [n, K]
    widths: HalfWidths

    @classmethod
    def of(
        cls,
        claim: CalibratedClaim,
        leads: list[float],
        *,
        sesoi: float | None,
        tests: Mapping[tuple[str, str], Contrasts],
        widths: Mapping[tuple[str, str], HalfWidths],
        n: int,
    ) -> "_MovedClaim":
        pairs = [(claim.system, control) for control in claim.controls]
        means = [
            tests[pair].mean + lead * (sesoi or 0.0) if pair in widths else np.zeros(n)
            for pair, lead in zip(pairs, leads, strict=True)
        ]

        @cache
        def half_widths(tail: float) -> Array:
            unlimited = np.full(n, np.inf)
            halves = [widths[pair](tail) if pair in widths else unlimited for pair in pairs]
            return np.stack(halves, axis=-1)

        return cls(claim, leads, np.stack(means, axis=-1), half_widths)

    def outcome(self, limits: Limits, winners: Truths, *, sesoi: float | None) -> ClaimOutcome:
        shown = findings(limits, sesoi=sesoi)
        words = word_codes(shown, not_controlled=bool(self.claim.undecided))
        said = Said(words, suffix_codes(shown, words), self._slight(limits, sesoi=sesoi), winners)
        smallest = min(self.leads) * (sesoi or 0.0)
        return ClaimOutcome(
            self.claim,
            words=words,
            false=false_words(said, self.leads),
            covers=np.asarray((limits.lower <= smallest) & (smallest <= limits.upper)),
        )

    def _slight(self, limits: Limits, *, sesoi: float | None) -> Truths:
        """Return which control a sentence on a lead below SESOI names, [n, K]: one or none.

        It is the one with the smallest lead, if its own bar ends below SESOI; a single control
        needs no bar of its own.
        """
        named = np.zeros(self.mean.shape, dtype=np.bool_)
        if sesoi is None:
            return named
        undecided = [control in self.claim.undecided for control in self.claim.controls]
        closest = np.argmin(np.where(undecided, np.inf, self.mean), axis=-1)[:, None]
        _, high = control_bars(self.mean, self.widths, level=self.claim.level)
        below = high < sesoi if self.mean.shape[-1] > 1 else (limits.upper_gain < sesoi)[:, None]
        named_below = np.take_along_axis(below, closest, axis=-1)
        np.put_along_axis(named, closest, named_below, axis=-1)
        return named
