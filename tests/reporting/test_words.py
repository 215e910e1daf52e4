"""The heading and the lead of each word, as WORDS.md spells them, from the rows of the tables."""

from collections.abc import Mapping
from math import inf, nan
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.reporting.leads import lead
from maw.reporting.words import Claim, Terms, heading, listed
from maw.significance import Word

TERMS = Terms(measure="nDCG@10", sesoi=0.02)
Numbers = dict[str, Any]
ROW: Numbers = {
    "dataset": "D", "system": "S", "claim": "better", "word": "inconclusive", "suffix": "",
    "withheld": "", "estimate": 0.010, "lower": -0.008, "upper": 0.028, "upper_gain": 0.026,
    "equivalence_low": -0.005, "equivalence_high": 0.025, "decided_by": "C", "loses_to": "",
    "level": 0.05, "n_controls": 1, "n_seeds": 5,
}  # fmt: skip
CONTROL: Numbers = {
    "baseline": "C", "difference": 0.010, "se": 0.009, "bar_low": -0.008, "bar_high": 0.028,
    "p": 0.2, "n_queries": 550, "n_seeds": 5, "n_seeds_baseline": 5, "reason": "", "note": "",
    "e1_ci_low": 0.004, "e1_ci_high": 0.026,
}  # fmt: skip


def claim(
    *controls: Mapping[str, Any],
    terms: Terms = TERMS,
    foreign: frozenset[str] = frozenset(),
    to_add: str = "",
    **row: object,
) -> Claim:
    """Return a claim of S; `controls` change the entries of CONTROL, `row` those of ROW."""
    rows = pd.DataFrame([{**CONTROL, **control} for control in controls or ({},)])
    content = {**ROW, "n_controls": len(rows), **row}
    return Claim(row=content, controls=rows, terms=terms, foreign=foreign, to_add=to_add)


def told(judged: Claim) -> tuple[str, str]:
    return heading(judged), lead(judged)


TWO: tuple[Numbers, ...] = (
    {},
    {"baseline": "C2", "difference": 0.05, "bar_low": 0.01, "bar_high": 0.09},
)


def test_better_says_that_the_sesoi_is_open() -> None:
    limits: Numbers = {"estimate": 0.031, "lower": 0.012, "upper": 0.050}
    assert told(claim(word="better", **limits)) == (
        "Yes, on D: S ranks better than C.",
        "Its smallest lead, over C, is +.031 [.012, .050] nDCG@10. Whether it reaches 0.02 is "
        "open.",
    )
    assert heading(claim(*TWO, word="better", **limits)) == (
        "Yes, on D: S ranks better than all 2 controls."
    )


def test_better_without_a_sesoi_says_nothing_of_it() -> None:
    terms = Terms(measure="AP", sesoi=None)
    judged = claim(terms=terms, word="better", estimate=0.031, lower=0.012, upper=0.05)
    assert lead(judged) == "Its smallest lead, over C, is +.031 [.012, .050] AP."


def test_better_by_at_least_the_sesoi_says_so() -> None:
    judged = claim(word="better, by at least SESOI", estimate=0.05, lower=0.021, upper=0.08)
    assert told(judged) == (
        "Yes, on D: S ranks better than C.",
        "Its smallest lead, over C, is +.050 [.021, .080] nDCG@10. It is at least 0.02.",
    )


def test_better_by_less_than_the_sesoi_prints_the_limit_of_the_gain() -> None:
    word = "better, but by less than SESOI"
    limits: Numbers = {"estimate": 0.008, "lower": 0.003, "upper": 0.014, "upper_gain": 0.013}
    assert told(claim(word=word, **limits)) == (
        "Better, but too little to matter, on D: S leads C by less than 0.02.",
        "S beats C; its smallest lead is +.008 [.003, .013]: above zero, below 0.02.",
    )


def test_with_several_controls_only_one_with_its_limit_below_the_sesoi_is_named() -> None:
    word = "better, but by less than SESOI"
    limits: Numbers = {"estimate": 0.008, "lower": 0.003, "upper": 0.014, "upper_gain": 0.013}
    below, beyond = {"bar_high": 0.014}, {"bar_high": 0.021}
    named = claim(below, TWO[1], word=word, **limits)
    assert heading(named).endswith("S leads C by less than 0.02.")
    assert lead(named).startswith("S beats all 2 controls; its smallest lead is +.008")
    unnamed = claim(beyond, TWO[1], word=word, **limits)
    assert heading(unnamed).endswith("S leads its closest control by less than 0.02.")
    of_another_claim = claim(below, TWO[1], foreign=frozenset(("C", "C2")), word=word, **limits)
    assert heading(of_another_claim).endswith("S leads its closest control by less than 0.02.")


def test_refuted_by_one_control() -> None:
    limits: Numbers = {"estimate": -0.035, "lower": -0.043, "upper": -0.026, "loses_to": "C"}
    judged = claim(word="refuted", **limits)
    assert told(judged) == (
        "No, on D: S loses to C.",
        "The claim was that S beats C. C ranks better by .035 [.026, .043].",
    )
    below = claim(word="refuted", suffix="by less than SESOI", **limits)
    assert lead(below).endswith("[.026, .043]. The loss is below 0.02.")
    above = claim(word="refuted", suffix="by at least SESOI", **limits)
    assert lead(above).endswith("[.026, .043]. It is at least 0.02.")


def test_refuted_by_some_of_several_controls() -> None:
    worst = {"difference": -0.035, "bar_low": -0.044, "bar_high": -0.025}
    second = {"baseline": "C2", "difference": -0.03, "bar_low": -0.04, "bar_high": -0.021}
    third = {"baseline": "C3"}
    limits: Numbers = {"estimate": -0.035, "lower": -0.044, "upper": -0.025, "loses_to": "C; C2"}
    judged = claim(worst, second, third, word="refuted", suffix="by at least SESOI", **limits)
    assert told(judged) == (
        "No, on D: S loses to C and C2.",
        "The claim was that S beats all 3 controls. C ranks better by .035 [.025, .044]. It is "
        "not shown to lose to the other. It is at least 0.02 against the controls whose bar lies "
        "wholly beyond.",
    )


def test_refuted_names_the_control_whose_bar_shows_it() -> None:
    wide = {"difference": -0.040, "bar_low": -0.200, "bar_high": 0.120}
    narrow = {"baseline": "C2", "difference": -0.035, "bar_low": -0.044, "bar_high": -0.025}
    limits: Numbers = {"estimate": -0.040, "lower": -0.200, "upper": -0.025, "loses_to": "C2"}
    assert told(claim(wide, narrow, word="refuted", **limits)) == (
        "No, on D: S loses to C2.",
        "The claim was that S beats all 2 controls. C2 ranks better by .035 [.025, .044]. It is "
        "not shown to lose to the other.",
    )
    of_another_claim = claim(wide, narrow, foreign=frozenset(("C", "C2")), word="refuted", **limits)
    assert "C ranks better by .040 [.025, .200]" in lead(of_another_claim)


def test_equivalent_prints_the_limits_of_the_equivalence() -> None:
    limits: Numbers = {"estimate": 0.004, "equivalence_low": -0.012, "equivalence_high": 0.019}
    assert told(claim(word="equivalent", **limits)) == (
        "No difference that matters, on D: S and C are within 0.02.",
        "S − C is +.004 [−.012, +.019]. Gains and losses of 0.02 are excluded; smaller ones are "
        "not.",
    )
    several = claim(*TWO, word="equivalent", estimate=0.004, lower=-0.013, upper=0.0197)
    assert told(several) == (
        "No difference that matters, on D: S and each of 2 controls are within 0.02.",
        "The smallest difference, S − C, is +.0040 [−.0130, +.0197]. Gains and losses of 0.02 are "
        "excluded; smaller ones are not.",
    )


def test_no_relevant_gain_prints_the_largest_gain_that_fits() -> None:
    judged = claim(word="no relevant gain", estimate=-0.01, lower=-0.03, upper_gain=0.011)
    assert told(judged) == (
        "No gain that matters, on D: S does not lead C by 0.02.",
        "Over C at most +.011 fits the data. A smaller gain, none, or a loss remain possible.",
    )
    several = claim(
        {"bar_high": 0.03}, TWO[1], word="no relevant gain", upper_gain=-0.002, upper=0.001
    )
    assert told(several) == (
        "No gain that matters, on D: S does not lead every control by 0.02.",
        "Over its closest control at most −.002 fits the data. No gain fits the data; a loss is "
        "not shown.",
    )


def test_inconclusive_is_no_evidence_of_equality() -> None:
    judged = claim(word="inconclusive", to_add="5 more seeds")
    assert told(judged) == (
        "Undecided, on D: S may or may not rank better than C.",
        "S − C is +.010 [−.008, +.028]: 0 and 0.02 both fit. This is not evidence of equality. "
        "What to add: 5 more seeds.",
    )
    without = claim(*TWO, terms=Terms(measure="AP", sesoi=None))
    assert told(without) == (
        "Undecided, on D: S may or may not rank better than all 2 controls.",
        "The smallest difference, S − C, is +.010 [−.008, +.028]: 0 fits. This is not evidence of "
        "equality.",
    )


@pytest.mark.parametrize(
    ("control", "few"),
    [
        ({"n_seeds": 2}, "S has 2 seeds"),
        ({"n_seeds_baseline": 2}, "C has 2 seeds"),
        ({"n_seeds": 2, "n_seeds_baseline": 2}, "S has 2 seeds"),
        (
            {"n_seeds": 2, "n_seeds_baseline": 2, "note": "S and C share 2 seed labels; 3 are"},
            "S and C share 2 seed labels",
        ),
    ],
)
def test_not_controlled_says_who_has_too_few_seeds(control: dict[str, Any], few: str) -> None:
    judged = claim(control, word="not controlled", n_seeds=2, estimate=0.015, lower=-inf, upper=inf)
    assert told(judged) == (
        f"Not judged, on D: {few}; 3 are needed.",
        "Observed +.015. So few trainings cannot tell how much training itself varies.",
    )


def test_not_estimable_after_one_training_is_about_these_models() -> None:
    control = {
        "difference": 0.015, "p": nan, "n_seeds": 1, "n_seeds_baseline": 1, "reason": "one seed",
        "note": "C is trained with one seed: nothing is known about training it again",
    }  # fmt: skip
    unknown: Numbers = {"word": "not estimable", "estimate": nan, "lower": nan, "upper": nan}
    judged = claim(control, **unknown, decided_by=None)
    assert told(judged) == (
        "Not judged, on D: the effect of training C cannot be estimated.",
        "These trained models differ by +.015 [.004, .026] on new queries; another training may "
        "differ otherwise.",
    )
    few_common = {**control, "n_seeds": 5, "n_seeds_baseline": 5, "reason": "few seeds", "note": ""}
    assert lead(claim(few_common, **unknown, decided_by="")) == lead(judged)
    of_several_claims = claim(control, **unknown, decided_by=None, level=0.025)
    assert "[.004, .026] (95 %, not adjusted) on new queries" in lead(of_several_claims)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("constant measure", "Every query has the same score under both systems."),
        ("constant difference", "The difference is the same on every query, so that there is no"),
        ("no spread", "All clusters of queries have the same mean difference, so that there is no"),
        ("few datasets", "The reason: few datasets."),
        ("", "The reason: not recorded."),
    ],
)
def test_not_estimable_for_another_reason_gives_it(reason: str, sentence: str) -> None:
    judged = claim({"p": nan, "reason": reason}, word="not estimable", decided_by=None)
    assert lead(judged).startswith(sentence)
    assert heading(judged).endswith("the effect of training S cannot be estimated.")


def test_single_runs_that_are_not_estimable_are_not_called_trained() -> None:
    control = {"p": nan, "reason": "constant difference", "n_seeds": 1, "n_seeds_baseline": 1}
    judged = claim(control, word="not estimable", decided_by=None, n_seeds=nan)
    assert heading(judged) == "Not judged, on D: the difference of S and C cannot be estimated."


def test_identical_scores_are_told_in_place_of_numbers() -> None:
    tied = {"difference": 0.0, "se": 0.0, "n_queries": 3}
    topics = Terms(measure="AP", sesoi=0.02, queries="topics")
    judged = claim(tied, terms=topics, estimate=0.0, lower=-0.58, upper=0.58, n_seeds=nan)
    assert lead(judged) == (
        "S and C are identical on all 3 topics; this bounds the difference only by ±.58."
    )
    of_seeds = claim({**tied, "n_queries": 550}, estimate=0.0, lower=-0.5, upper=0.6)
    assert lead(of_seeds) == (
        "S and C are identical on all 550 queries and 5 seeds; this bounds the difference only by "
        "±.60."
    )


@pytest.mark.parametrize("word", ["equivalent", "no relevant gain"])
def test_a_word_that_a_failed_control_forbids_is_not_said(word: str) -> None:
    judged = claim(word=word, withheld="positive control", to_add="5 more seeds")
    assert told(judged) == (
        "Undecided, on D: the control that should have been found was not, so the absence of a "
        "gain is not claimed.",
        "S − C is +.010 [−.008, +.028]. This is not evidence of equality.",
    )


def test_a_claim_whose_controls_have_no_rows_does_not_fail() -> None:
    judged = claim(word="not estimable", decided_by=None)
    empty = Claim(row=judged.row, controls=judged.controls.iloc[:0], terms=TERMS)
    assert told(empty) == (
        "Not judged, on D: the effect of training S cannot be estimated.",
        "It was not tested.",
    )
    undecided = Claim(row=ROW, controls=judged.controls.iloc[:0], terms=TERMS)
    assert heading(undecided) == "Undecided, on D: S may or may not rank better than C."


@pytest.mark.parametrize(
    "limits",
    [
        {"word": "better", "estimate": 0.0101, "lower": 0.0001, "upper": 0.0203},
        {"word": "better", "estimate": 0.0302, "lower": 0.01996, "upper": 0.0403},
        {"word": "inconclusive", "estimate": 0.0101, "lower": -0.0002, "upper": 0.0203},
    ],
)
def test_no_limit_is_rounded_across_zero_or_the_sesoi(limits: dict[str, Any]) -> None:
    judged = claim(**limits)
    (start, end) = lead(judged).split("[")[1].split("]")[0].split(", ")
    low, high = (float(text.replace("−", "-")) for text in (start, end))
    assert (low > 0) == (limits["lower"] > 0)
    assert (low < 0) == (limits["lower"] < 0)
    assert (low < 0.02) == (limits["lower"] < 0.02)
    assert (high > 0.02) == (limits["upper"] > 0.02)


@given(
    st.sampled_from(Word),
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    st.sampled_from([1, 2]),
)
def test_every_word_has_one_heading_and_whole_sentences(
    word: Word, numbers: list[float], n_controls: int
) -> None:
    low, estimate, high = sorted(numbers)
    limits: Numbers = {"lower": low, "upper": high, "upper_gain": high, "estimate": estimate}
    judged = claim(*TWO[:n_controls], word=word.value, **limits)
    assert heading(judged).count(".") == 1 + ("0.02" in heading(judged))
    assert all(text.endswith(".") and "nan" not in text for text in told(judged))
    assert "{" not in heading(judged) + lead(judged)


def test_names_are_enumerated() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], last="or")] == [
        "a", "a and b", "a, b or c"
    ]  # fmt: skip
