"""The words of many experiments at once are those that `judge_claims` says about each."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from maw.significance import CalibratedClaim, CalibrationSettings, Word, crossed_many, judge_claims
from maw.significance.claims import Measured
from maw.significance.crossed_many import Contrasts
from maw.significance.words import WORDS
from maw.significance.words_said import PlannedWords
from tests.significance.simulated import Array, simulated_scores

N, SESOI = 24, 0.04
SETTINGS = CalibrationSettings(sesoi=SESOI, draws=1, alpha=0.2)
CONTROLS = {"c1": 0.0, "c2": 0.03, "c3": -0.02}  # mean score of each control


@cache
def half_widths(tests: Contrasts, tail: float) -> Array:
    return tests.half_width(tail)


@dataclass(frozen=True)
class OneExperiment:
    """One of many experiments, moved by a true effect, as `judge_claims` takes it."""

    tests: Contrasts
    row: int
    effect: float
    fewest_seeds: int | None = 4
    has_number: bool = True

    @property
    def mean(self) -> float:
        return float(self.tests.mean[self.row]) + self.effect

    @property
    def pvalue(self) -> float:
        return float(self.tests.spread.pvalue(self.mean)[self.row])

    def half_width(self, tail: float) -> float:
        return float(half_widths(self.tests, tail)[self.row])


@pytest.fixture(scope="module")
def tests() -> dict[tuple[str, str], Contrasts]:
    """The deciding tests of two systems against three controls, one of which is the other."""
    generator = np.random.default_rng(4)

    def tables(mean: float) -> Array:
        return mean + np.stack(
            [simulated_scores(generator, Q=25, S=4, sd=(0.06, 0.01, 0.06)) for _ in range(N)]
        )

    scores = {"s1": tables(0.01), "s2": tables(-0.01)} | {
        name: tables(mean) for name, mean in CONTROLS.items()
    }
    pairs = [(system, control) for system in ("s1", "s2") for control in CONTROLS] + [("s1", "s2")]
    return {
        (a, b): crossed_many(scores[a], scores[b], np.arange(25), seeds="shared") for a, b in pairs
    }


def claim(name: str, *controls: str, **options: object) -> CalibratedClaim:
    return CalibratedClaim(name, name[:2], controls, **{"level": 0.1} | options)  # type: ignore[arg-type]


PLANS = {
    "one control": [claim("s1", "c1"), claim("s2", "c2", level=0.05)],
    "several controls": [claim("s1", "c1", "c2", "c3"), claim("s2", "c3", "c1")],
    "a control that is a claim's system": [claim("s1", "c1", "s2"), claim("s2", "c2")],
    "nested": [
        claim("s1", "c1"),
        claim("s1: more", "c1", "c2", includes=("s1",)),
        claim("s1: most", "c3", "c2", "c1", includes=("s1", "s1: more")),
    ],
    "one cannot be judged": [claim("s1", "c1", "c2", undecided=frozenset({"c2"}))],
}


@pytest.mark.parametrize("plan", PLANS)
def test_each_experiment_has_the_words_of_judge_claims(
    tests: dict[tuple[str, str], Contrasts], plan: str
) -> None:
    claims = PLANS[plan]
    moved = {claim.system for claim in claims}
    said = set()
    for multiple, outcomes in PlannedWords(claims, settings=SETTINGS).outcomes(tests):
        leads = {
            (claim.system, c): multiple * (1 - (c in moved))
            for claim in claims
            for c in claim.controls
        }
        for row in range(N):
            contrasts: dict[str, list[Measured]] = {
                claim.name: [
                    OneExperiment(
                        tests[claim.system, control],
                        row,
                        leads[claim.system, control] * SESOI,
                        fewest_seeds=2 if control in claim.undecided else 4,
                    )
                    for control in claim.controls
                ]
                for claim in claims
            }
            verdicts = judge_claims(
                contrasts,
                levels={claim.name: claim.level for claim in claims},
                sesoi=SESOI,
                includes={claim.name: claim.includes for claim in claims},
            )
            for outcome in outcomes:
                claim = outcome.claim
                verdict = verdicts[claim.name]
                word = WORDS[int(outcome.words[row])]
                assert word == verdict.word
                said.add(word)
                true = [leads[claim.system, control] for control in claim.controls]
                smallest = min(true) * SESOI
                assert outcome.covers[row] == (verdict.lower <= smallest <= verdict.upper)
                names = [k for k in verdict.loses_to if true[k] >= 0]
                if word == Word.REFUTED and min(true) < 0:
                    assert outcome.false[row] == bool(names)
                elif word == Word.REFUTED:
                    assert outcome.false[row]
                elif word in (Word.SLIGHTLY_BETTER, Word.NO_RELEVANT_GAIN):
                    named = verdict.nameable and true[verdict.decided_by or 0] >= 1
                    wrong = min(true) >= 1 or (word == Word.SLIGHTLY_BETTER and min(true) <= 0)
                    assert outcome.false[row] == (named or wrong)
    assert len(said) >= (2 if plan == "one cannot be judged" else 3)


def test_without_a_sesoi_no_word_speaks_of_relevance(
    tests: dict[tuple[str, str], Contrasts],
) -> None:
    settings = CalibrationSettings(draws=1)
    ((multiple, outcomes),) = PlannedWords(PLANS["one control"], settings=settings).outcomes(tests)
    assert multiple == 0
    words = {WORDS[code] for outcome in outcomes for code in outcome.words.tolist()}
    assert words <= {Word.BETTER, Word.REFUTED, Word.INCONCLUSIVE}
