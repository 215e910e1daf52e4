"""No sentence of a page contradicts its numbers: heading, leads, what may be said or reported.

Claims are judged by the project's own rule at random limits. Then the sentences are read as a
reader would: their signs, their limits, and the words that claim a lead, a loss or a bound.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose, isfinite, nan

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtr, stdtrit

from maw.reporting.answer import answers
from maw.reporting.checks import control_checks
from maw.reporting.claim_sentences import Refusal
from maw.reporting.frames import ComparisonFrames
from maw.reporting.page_data import PageData
from maw.reporting.sections.how_to_report import results
from maw.reporting.sections.may_say import content
from maw.settings.plan import Analysis
from maw.significance import FEWEST_SEEDS, ClaimVerdict, Reason, Word, judge_claim
from maw.verdicts.claims import OF_ABSENCE
from maw.verdicts.per_seed import SEEDS
from maw.verdicts.prospects import PROSPECTS
from maw.verdicts.study_controls import CONTROLS

SESOI, DF, ALPHA = 0.02, 30, 0.05
NUMBER = r"[+−]?(?:∞|\d*\.\d+)"
INTERVAL = re.compile(rf"(?:({NUMBER}) )?\[({NUMBER}), ({NUMBER})\]")
LEADS = re.compile(r"\branks? better than|\bYes,|\bbeats\b")
OPEN = re.compile(r"may or may not|undecided whether|The claim was that S\d beats")
LOSES = re.compile(r"\branks? worse than|\bloses to\b|\bNo, on|\branks better by\b")
SMALL_GAIN = re.compile(
    r"to lead|does not lead|but (by|leads?|each lead) .*less than|too little|No gain that"
)


@dataclass(frozen=True)
class Measured:
    """A contrast as `judge_claim` takes it: t-distributed, or one of systems that never differ."""

    mean: float
    se: float
    fewest_seeds: int = 5
    has_number: bool = True

    @property
    def pvalue(self) -> float:
        return 1.0 if self.se == 0 else float(2 * stdtr(DF, -abs(self.mean) / self.se))

    def half_width(self, tail: float) -> float:
        # systems that are identical on n seeds: R·(1 − τ^(1/n)), as STATISTICS.md has it
        return 1 - tail ** (1 / 5) if self.se == 0 else float(-stdtrit(DF, tail) * self.se)


@dataclass(frozen=True, eq=False)
class Judged:
    """One claim of a system with its verdict, and the rows of both tables."""

    system: str
    verdict: ClaimVerdict
    contrasts: Sequence[Measured]
    withheld: str
    level: float

    @property
    def controls(self) -> list[str]:
        return [f"C{k}" for k in range(len(self.contrasts))]

    def claim(self) -> dict[str, object]:
        verdict = self.verdict
        decided_by = "" if verdict.decided_by is None else f"C{verdict.decided_by}"
        return {
            "dataset": "D", "system": self.system, "claim": "better", "word": verdict.word.value,
            "suffix": verdict.suffix.value, "withheld": self.withheld,
            "estimate": verdict.estimate, "lower": verdict.lower, "upper": verdict.upper,
            "upper_gain": verdict.upper_gain, "equivalence_low": verdict.equivalence.low,
            "equivalence_high": verdict.equivalence.high, "decided_by": decided_by,
            "loses_to": "; ".join(f"C{k}" for k in verdict.loses_to), "level": self.level,
            "n_controls": len(self.contrasts),
            "n_seeds": min(contrast.fewest_seeds for contrast in self.contrasts),
            "n_queries": 50, "n_clusters": nan, "seeds": "shared", "p_bonferroni": nan,
        }  # fmt: skip

    def rows(self) -> Iterator[dict[str, object]]:
        for control, contrast, bar in zip(
            self.controls, self.contrasts, self.verdict.bars, strict=True
        ):
            n_seeds = contrast.fewest_seeds
            yield {
                "dataset": "D", "system": self.system, "baseline": control, "measure": "nDCG@10",
                "role": "confirmatory", "estimand": "E2", "difference": contrast.mean,
                "se": contrast.se, "bar_low": bar.low, "bar_high": bar.high,
                "p": contrast.pvalue if contrast.has_number else nan, "n_queries": 50,
                "n_seeds": n_seeds, "n_seeds_baseline": n_seeds, "note": "",
                "reason": "" if contrast.has_number else Reason.ONE_SEED.value,
                "e1_ci_low": contrast.mean - 0.01, "e1_ci_high": contrast.mean + 0.01,
            }  # fmt: skip

    def ends(self) -> list[tuple[float, float]]:
        """Return all pairs of limits that a sentence may print, a loss with its sign turned."""
        verdict = self.verdict
        pairs = [
            (verdict.lower, verdict.upper),
            (verdict.lower, verdict.upper_gain),
            verdict.equivalence,
            *verdict.bars,
            *((contrast.mean - 0.01, contrast.mean + 0.01) for contrast in self.contrasts),
        ]
        return [*pairs, *((-high, -low) for low, high in pairs)]


def judged(
    contrasts: Sequence[Measured], *, system: str = "S1", n_claims: int = 1, is_withheld: bool
) -> Judged:
    level = ALPHA / n_claims
    verdict = judge_claim(contrasts, level=level, sesoi=SESOI)
    withheld = "planted loss" if is_withheld and verdict.word in OF_ABSENCE else ""
    return Judged(system, verdict, contrasts, withheld, level)


def page_of(claims: Sequence[Judged]) -> PageData:
    contrasts = [
        {"system": claim.system, "baseline": control} for claim in claims for control in
        claim.controls
    ]  # fmt: skip
    empty = pd.DataFrame()
    frames = ComparisonFrames(
        claims=pd.DataFrame([claim.claim() for claim in claims]),
        comparisons=pd.DataFrame([row for claim in claims for row in claim.rows()]),
        leaderboard=empty,
        components=empty,
        prospects=pd.DataFrame(columns=PROSPECTS),
        across=empty,
        seeds=pd.DataFrame(columns=SEEDS),
    )
    plan = Analysis.model_validate({"sesoi": SESOI, "alpha": ALPHA, "contrasts": contrasts})
    return PageData(frames=frames, plan=plan)


def sentences(page: PageData) -> list[str]:
    """Return what may be said, unfolded and folded."""
    shown = content(page)
    assert shown is not None
    return [*shown["may"], *shown["may_folded"]]


def value(text: str) -> float:
    text = text.replace("−", "-").replace("∞", "inf")
    return float(text)


def is_shown(text: str, exact: float) -> bool:
    """Return whether the printed number is this value at the printed digits."""
    shown = value(text)
    if not isfinite(exact) or not isfinite(shown):
        return shown == exact
    digits = len(text.partition(".")[2])
    return isclose(shown, exact, abs_tol=0.5 * 10**-digits + 1e-12)


def about(sentence: str, claims: Sequence[Judged]) -> list[Judged]:
    named = set(re.findall(r"\bS\d\b", sentence))
    return [claim for claim in claims if claim.system in named] or list(claims)


def check_numbers(sentence: str, claims: Sequence[Judged]) -> None:
    """Every interval is one of the claims' own, lies around its estimate, and has its sides."""
    ends = [pair for claim in claims for pair in claim.ends()]
    for estimate, low, high in INTERVAL.findall(sentence):
        assert any(is_shown(low, a) and is_shown(high, b) for a, b in ends), sentence
        assert value(low) <= value(high)
        if estimate:
            assert value(low) <= value(estimate) <= value(high), sentence
    marks = (0.0, SESOI, -SESOI)
    known = [*itertools.chain(*ends), *(m.mean for claim in claims for m in claim.contrasts), SESOI]
    known += [-number for number in known]
    for text in re.findall(rf"(?<![\d.])({NUMBER})(?![\d.]| %)", sentence):
        if text.startswith(("+", "−")) or text.startswith("."):
            exact = [number for number in known if is_shown(text, number)]
            assert exact, (text, sentence)
            assert any(
                all((value(text) > mark) == (number > mark) for mark in marks)
                or isclose(number, value(text), abs_tol=1e-6)
                for number in exact
            ), (text, sentence)


def check_said(sentence: str, claims: Sequence[Judged]) -> None:
    """The sentence asserts no lead, loss or bound that the limits of its claims do not show."""
    own = about(sentence, claims)
    limits = [claim.verdict for claim in own]
    if not OPEN.search(sentence):
        if LEADS.search(sentence) and not LOSES.search(sentence):
            assert all(verdict.lower > 0 for verdict in limits), sentence
        if re.search(r"(better.*by|It is) at least 0\.02", sentence) and "controls whose" not in (
            sentence
        ):
            assert all(v.lower >= SESOI or v.upper < -SESOI for v in limits), sentence
    if "within" in sentence:
        for verdict in limits:
            low, high = verdict.equivalence
            assert -SESOI < low < high < SESOI, sentence
    if LOSES.search(sentence) and "The claim was" not in sentence:
        assert all(verdict.upper < 0 for verdict in limits), sentence
    if "not shown to lose" not in sentence and re.search("loss is (below|at least)", sentence):
        assert all(verdict.upper < 0 for verdict in limits), sentence
    if SMALL_GAIN.search(sentence):
        assert all(verdict.upper_gain < SESOI for verdict in limits), sentence
    if re.search(r"worse than.*by at least 0\.02|losses is at least", sentence):
        assert all(verdict.upper < -SESOI for verdict in limits), sentence
    if re.search(r"worse than.*by less than|The loss is below", sentence):
        assert all(verdict.lower > -SESOI for verdict in limits), sentence


def check_refusal(refusal: Refusal, claims: Sequence[Judged]) -> None:
    """What may not be said is not what the limits of all its claims show."""
    text, limits = refusal.sentence, [claim.verdict for claim in about(refusal.sentence, claims)]
    if re.search(r"leads? by 0\.02 or more", text):
        assert any(verdict.lower < SESOI for verdict in limits)
    if re.search(r"loses? by 0\.02 or more|each lose by", text):
        assert any(verdict.upper >= -SESOI for verdict in limits)
    if "matters" in text:
        assert all(v.upper_gain < SESOI or v.lower > -SESOI for v in limits)
    if re.search(r"rank(s)? better", text):
        assert any(not verdict.lower > 0 for verdict in limits)
    if re.search(r"rank(s)? worse than (all|C\d)", text):
        assert any(len(v.loses_to) < len(v.bars) for v in limits)
    if re.search(r"rank(s)? as well", text):
        assert all(verdict.upper < 0 for verdict in limits)


def check(claims: Sequence[Judged]) -> None:
    """Read all sentences on these claims."""
    page = page_of(claims)
    (answer,) = answers(page.frames, plan=page.plan)
    shown = content(page)
    assert shown is not None
    may = [*shown["may"], *shown["may_folded"]]
    may_not = [*shown["may_not"], *shown["may_not_folded"]]
    reported = re.split(r"(?<=\.) (?=[A-Z])", results(page))
    said = [answer.heading, *answer.bullets, *answer.leads, *may, *reported]
    for sentence in (*said, *(refusal.reason for refusal in may_not)):
        check_numbers(sentence, claims)
    for sentence in said:
        if any(claim.withheld for claim in about(sentence, claims)):
            assert not re.search(r"within|to lead|^Yes|No gain that", sentence), sentence
        else:
            check_said(sentence, claims)
    for refusal in may_not:
        check_refusal(refusal, claims)
    for claim in claims:
        assert sum(claim.system in about_one for about_one in may) == 1
    assert len(shown["may"]) <= 4
    assert len(shown["may_not"]) <= 5


PLAN = Analysis.model_validate({"sesoi": SESOI, "contrasts": [{"system": "S1", "baseline": "C0"}]})
MEANS = (-0.05, -0.024, -0.004, 0.0, 0.006, 0.024, 0.05)
ERRORS = (0.0002, 0.003, 0.008, 0.02)
measured = st.builds(
    Measured,
    mean=st.sampled_from(MEANS).flatmap(lambda mean: st.floats(mean - 0.004, mean + 0.004)),
    se=st.sampled_from(ERRORS).flatmap(lambda se: st.floats(se / 2, se * 1.5)),
    fewest_seeds=st.sampled_from([5] * 8 + [FEWEST_SEEDS - 1]),
    has_number=st.sampled_from([True] * 9 + [False]),
)


def test_every_word_is_read_on_a_grid_of_limits() -> None:
    words = set()
    for mean, error, n_controls in itertools.product(MEANS, ERRORS, (1, 2)):
        contrasts = [Measured(mean + 0.01 * k, error) for k in range(n_controls)]
        claim = judged(contrasts, is_withheld=False)
        if (claim.verdict.word, claim.verdict.suffix, n_controls) not in words:
            check([claim])
            names = ("S1", "S2")
            check([judged(contrasts, system=name, n_claims=2, is_withheld=True) for name in names])
            words.add((claim.verdict.word, claim.verdict.suffix, n_controls))
    few = (Measured(0.01, 0.01, 2), Measured(0.01, 0.01, 1, has_number=False))
    for contrast in few:
        claim = judged([contrast], is_withheld=False)
        check([claim])
        words.add((claim.verdict.word, claim.verdict.suffix, 1))
    assert {word for word, _, _ in words} == set(Word)
    assert {suffix.value for _, suffix, _ in words} == {
        "", "by less than SESOI", "by at least SESOI"
    }  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(measured, min_size=1, max_size=3), st.booleans())
def test_one_claim_at_random_limits(contrasts: list[Measured], is_withheld: bool) -> None:
    check([judged(contrasts, is_withheld=is_withheld)])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(measured, measured), min_size=2, max_size=3), st.integers(1, 2))
def test_several_claims_at_random_limits(
    pairs: list[tuple[Measured, Measured]], n_controls: int
) -> None:
    check(
        [
            judged(
                pair[:n_controls], system=f"S{i}", n_claims=len(pairs), is_withheld=False
            )
            for i, pair in enumerate(pairs)
        ]
    )  # fmt: skip


def test_claims_that_are_alike_share_one_true_sentence() -> None:
    claims = [
        judged([Measured(mean, 0.003)], system=name, n_claims=2, is_withheld=False)
        for name, mean in (("S1", 0.002), ("S2", -0.004))
    ]
    check(claims)
    page = page_of(claims)
    (sentence,) = sentences(page)
    assert sentence.startswith("On D, S1 (+.002 [")
    assert "are each within ±0.02 of C0 (nDCG@10, two one-sided tests at 2.5 %;" in sentence
    assert sentence.endswith("Bonferroni over 2 claims).")


def test_identical_systems_bound_the_difference_only() -> None:
    claim = judged([Measured(0.0, 0.0)], is_withheld=False)
    check([claim])
    page = page_of([claim])
    (sentence,) = sentences(page)
    # 1 − .025^(1/5) = .522: the limit of five identical seeds at 95 %
    assert sentence.endswith("this bounds the difference only by ±.52.")


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-0.05, 0.05),
    st.floats(0.0001, 0.03),
    st.sampled_from(["for", "against", "both", "none"]),
    st.sampled_from([True, False, None]),
)
def test_a_check_says_its_numbers_and_where_it_pushes(
    mean: float, half: float, pushes: str, passed: bool | None
) -> None:
    ends = (mean - half, mean + half)
    row = dict(zip(CONTROLS, ("D", "twice", "budget", "S1", "C0", mean, *ends, 0.0, passed,
                              "seen", pushes), strict=True))  # fmt: skip
    controls = pd.DataFrame([row]).astype({"passed": "boolean"})
    check, *_ = control_checks(controls, plan=PLAN)
    ((estimate, low, high),) = INTERVAL.findall(check.sentence)
    for text, exact in ((estimate, mean), (low, ends[0]), (high, ends[1])):
        assert is_shown(text, exact)
        assert (value(text) > 0) == (exact > 0) or abs(exact) < 1e-6
    states = {True: "passed", False: "failed", None: "unknown"}
    assert check.state == states[passed]
    assert ("looks better" in check.pushes) == (passed is False and pushes == "for")
    assert ("looks worse" in check.pushes) == (passed is False and pushes == "against")
