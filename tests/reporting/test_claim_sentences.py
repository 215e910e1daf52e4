"""What may be said of each word, with its limits and its test, and what says too much."""

import re
from typing import Any

import pytest

from maw.reporting.claim_sentences import Refusal, alike, may_not_say, may_say, statement
from maw.reporting.words import Claim, Terms
from maw.significance import Word
from tests.reporting.test_words import TWO, claim

TEST = "generalised p-value over queries and seeds, Bonferroni over 2 claims"
LEAD: dict[str, Any] = {"estimate": 0.031, "lower": 0.012, "upper": 0.050, "level": 0.025}
LOSS: dict[str, Any] = {
    "estimate": -0.035, "lower": -0.043, "upper": -0.026, "loses_to": "C", "level": 0.025,
}  # fmt: skip


def said(*claims: Claim, n_claims: int = 2) -> str:
    return may_say(claims, n_claims=n_claims)


def refused(*claims: Claim) -> list[Refusal]:
    return list(may_not_say(claims))


@pytest.mark.parametrize(
    ("word", "row", "sentence"),
    [
        (
            "better", LEAD,
            f"S (+.031 [.012, .050]) ranks better than C (nDCG@10, 97.5 % limits; {TEST}).",
        ),
        (
            "better, by at least SESOI", {**LEAD, "lower": 0.021},
            "S (+.031 [.021, .050]) ranks better than C, by at least 0.02 (nDCG@10, 97.5 % limits; "
            f"{TEST}).",
        ),
        (
            "better, but by less than SESOI",
            {"estimate": 0.008, "lower": 0.003, "upper_gain": 0.013, "level": 0.025},
            "S (+.008 [.003, .013]) ranks better than C, but by less than 0.02 (nDCG@10, lower "
            f"limit at 98.75 %, upper at 97.5 %, one-sided; {TEST}).",
        ),
        (
            "refuted", LOSS,
            f"S (−.035 [−.043, −.026]) ranks worse than C (nDCG@10, 97.5 % limits; {TEST}).",
        ),
        (
            "equivalent",
            {"estimate": 0.004, "equivalence_low": -0.012, "equivalence_high": 0.019,
             "level": 0.025},
            "S (+.004 [−.012, +.019]) is within ±0.02 of C (nDCG@10, two one-sided tests at "
            f"2.5 %; {TEST}).",
        ),
        (
            "no relevant gain", {"upper_gain": 0.011, "level": 0.025},
            "S (at most +.011) fails to lead C by 0.02 (nDCG@10, one-sided 97.5 % limit; "
            f"{TEST}).",
        ),
        (
            "inconclusive", {"level": 0.025},
            "it is undecided whether S (+.010 [−.008, +.028]) ranks better than C (nDCG@10, "
            f"97.5 % limits; {TEST}).",
        ),
    ],
)  # fmt: skip
def test_each_word_has_a_sentence_that_stands_alone(
    word: str, row: dict[str, Any], sentence: str
) -> None:
    assert said(claim(word=word, **row)) == f"On D, {sentence}"


@pytest.mark.parametrize(
    ("word", "row", "sentence"),
    [
        ("better, by at least SESOI", LEAD, "S ranks better than C, by at least 0.02"),
        ("better, but by less than SESOI", LEAD, "S ranks better than C, but by less than 0.02"),
        ("better", LEAD, "S ranks better than C"),
        ("refuted", LOSS, "S ranks worse than C"),
        ("equivalent", {}, "S is within ±0.02 of C"),
        ("no relevant gain", {}, "S fails to lead C by 0.02"),
        ("inconclusive", {}, "it is undecided whether S ranks better than C"),
        ("not controlled", {"n_seeds": 2}, "too few trainings were made to judge S against C"),
        ("not estimable", {}, "S against C is not judged"),
    ],
)
def test_the_statement_of_a_word_is_the_sentence_without_its_numbers(
    word: str, row: dict[str, Any], sentence: str
) -> None:
    judged = claim(word=word, **row)
    assert statement([judged]) == sentence
    with_limits = statement([judged], with_limits=True)
    assert said(judged).startswith(f"On D, {with_limits}")
    assert re.sub(r" \([^)]*\)", "", with_limits) == sentence


def test_every_word_has_a_statement() -> None:
    test = test_the_statement_of_a_word_is_the_sentence_without_its_numbers
    (marks,) = (mark for mark in test.pytestmark if mark.name == "parametrize")
    assert {case[0] for case in marks.args[1]} == {word.value for word in Word}


def test_one_claim_is_not_corrected() -> None:
    sentence = said(claim(word="better", **{**LEAD, "level": 0.05}), n_claims=1)
    assert sentence.endswith("95 % limits; generalised p-value over queries and seeds).")


def test_single_runs_are_compared_by_the_paired_t_test() -> None:
    terms = Terms(measure="AP", sesoi=0.02, queries="topics")
    runs = claim({"estimand": "E1"}, terms=terms, word="better", **LEAD)
    assert "; paired t-test over topics, Bonferroni" in said(runs)


def test_several_controls_have_one_smallest_lead() -> None:
    better = claim(*TWO, word="better", **LEAD)
    assert said(better).startswith(
        "On D, S (+.031 [.012, .050]) ranks better than all 2 controls (smallest difference in nDCG"
    )
    slight = claim(*TWO, word="better, but by less than SESOI", estimate=0.008, lower=0.003,
                   upper_gain=0.013)  # fmt: skip
    assert "but leads its closest control by less than 0.02 (smallest" in said(slight)
    assert "is within ±0.02 of each of 2 controls" in said(claim(*TWO, word="equivalent"))
    assert "fails to lead every control by 0.02" in said(claim(*TWO, word="no relevant gain"))


def test_claims_that_are_alike_share_a_sentence() -> None:
    one, two = (claim(word="better", system=name, **LEAD) for name in ("S1", "S2"))
    other = claim(system="S3", level=0.025)
    assert alike([one, other, two]) == [[one, two], [other]]
    assert said(one, two).startswith(
        "On D, S1 (+.031 [.012, .050]) and S2 (+.031 [.012, .050]) each rank better than C ("
    )
    pair = [claim(*TWO, word="better", system=name, **LEAD) for name in ("S1", "S2")]
    assert "each rank better than all their controls (" in said(*pair)
    assert alike([one, two], apart=lambda each: each.system) == [[one], [two]]


@pytest.mark.parametrize(
    ("suffix", "lost", "end", "refusal"),
    [
        ("by less than SESOI", "C", ", by less than 0.02 (",
         Refusal("The loss of S matters", "it is below 0.02")),
        ("by at least SESOI", "C", ", by at least 0.02 (",
         Refusal("S ranks as well as C", "a loss of at least 0.02 is shown")),
        ("by at least SESOI", "C; C2", "; the largest of these losses is at least 0.02 (",
         Refusal("S ranks as well as C and C2", "a loss of at least 0.02 is shown")),
        ("", "C", "C (",
         Refusal("S loses by 0.02 or more", "losses from .026 to .043 fit the data")),
    ],
)  # fmt: skip
def test_the_size_of_a_loss(suffix: str, lost: str, end: str, refusal: Refusal) -> None:
    bars = {"bar_low": -0.043, "bar_high": -0.026}
    controls = [bars] if lost == "C" else [bars, {"baseline": "C2", **bars}]
    refuted = claim(*controls, word="refuted", **{**LOSS, "suffix": suffix, "loses_to": lost})
    assert end in said(refuted)
    assert refused(refuted) == [refusal]


def test_a_loss_to_some_controls_is_none_to_all() -> None:
    refuted = claim(*TWO, word="refuted", **{**LOSS, "suffix": "by less than SESOI"})
    assert refused(refuted)[0] == Refusal(
        "S ranks worse than all 2 controls", "no loss to 1 of them is shown"
    )
    assert "(−.035 [−.043, −.026] against C) ranks worse than C, by less" in said(refuted)


@pytest.mark.parametrize(
    ("word", "row", "refusals"),
    [
        ("better", LEAD, [("S leads by 0.02 or more", "leads from +.012 to +.050 fit the data")]),
        ("better, by at least SESOI", {**LEAD, "lower": 0.021},
         [("S leads by +.031", "only +.021 is shown")]),
        ("better, but by less than SESOI", {"lower": 0.003, "upper_gain": 0.013},
         [("The gain of S matters", "the smallest lead is at most +.013, below 0.02")]),
        ("equivalent", {"equivalence_low": -0.012, "equivalence_high": 0.019},
         [("S does not differ from C at all", "differences from −.012 to +.019 fit the data")]),
        ("no relevant gain", {"lower": -0.031},
         [("S is equal to C", "a loss fits the data, down to −.031")]),
        ("no relevant gain", {"lower": -0.031, "upper_gain": -0.001},
         [("S is equal to C", "a loss fits the data, down to −.031"),
          ("S ranks worse", "a loss is not shown")]),
        ("inconclusive", {},
         [("S is equal to C", "differences from −.008 to +.028 fit the data")]),
        ("not controlled", {"n_seeds": 2},
         [("S ranks better than C",
           "fewer than 3 trainings cannot tell how much training varies")]),
        ("not controlled", {"n_seeds": 2, "estimate": -0.01},
         [("S ranks worse than C",
           "fewer than 3 trainings cannot tell how much training varies")]),
    ],
)  # fmt: skip
def test_what_says_too_much(
    word: str, row: dict[str, Any], refusals: list[tuple[str, str]]
) -> None:
    assert refused(claim(word=word, **row)) == refusals


def test_a_lead_of_several_may_be_bounded_for_the_smallest_only() -> None:
    judged = claim(*TWO, word="no relevant gain", lower=-0.01)
    assert refused(judged)[0].reason == "only the smallest lead is bounded"


def test_without_a_sesoi_nothing_is_said_of_size() -> None:
    terms = Terms(measure="AP", sesoi=None)
    assert refused(claim(terms=terms, word="better", **LEAD)) == []
    assert refused(claim(terms=terms, word="refuted", **LOSS)) == []


def test_several_equivalent_systems_share_the_widest_limits() -> None:
    ends = ((-0.012, 0.003), (-0.014, 0.002))
    group = [
        claim(system=f"S{i}", word="equivalent", equivalence_low=low, equivalence_high=high)
        for i, (low, high) in enumerate(ends)
    ]
    assert refused(*group) == [
        ("S0 and S1 do not differ from C at all", "differences from −.014 to +.003 fit the data")
    ]


def test_a_withheld_word_is_neither_said_nor_turned() -> None:
    withheld = claim(word="equivalent", withheld="planted loss")
    assert said(withheld) == (
        "On D, nothing is claimed about S (+.010 [−.008, +.028]) against C, because the control "
        "“planted loss” of the study failed."
    )
    assert refused(withheld) == [
        ("S is equal to C", "the study missed what it had to find, and may miss a difference "
         "here, too"),
    ]  # fmt: skip


def test_claims_that_are_not_judged_say_why() -> None:
    few = claim(word="not controlled", n_seeds=2)
    assert said(few) == (
        "On D, too few trainings were made to judge S against C; observed: +.010 nDCG@10."
    )
    one = claim({"reason": "one seed", "p": float("nan")}, word="not estimable")
    assert said(one).startswith("On D, S against C is not judged. These trained models differ by")
    assert refused(one) == [("Training S pays", "another training may differ otherwise")]
    constant = claim({"reason": "constant measure", "p": float("nan")}, word="not estimable")
    assert refused(constant) == [
        ("S ranks better than C", "the difference could not be tested")
    ]  # fmt: skip


def test_identical_systems_do_not_prove_equality() -> None:
    tied = claim({"difference": 0.0, "se": 0.0}, word="inconclusive", estimate=0.0, lower=-0.58,
                 upper=0.58)  # fmt: skip
    assert said(tied).endswith("this bounds the difference only by ±.58.")
    assert refused(tied) == [
        ("S does not differ from C at all",
         "so few runs and queries bound the difference only loosely"),
    ]  # fmt: skip
    assert len(alike([tied, tied])) == 2
