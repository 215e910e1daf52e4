"""The verdict on claims: limits, names and words from the results against each control."""

from math import inf, isnan
from typing import Any

import numpy as np
import pytest

from maw.significance import (
    FEWEST_SEEDS,
    ClaimVerdict,
    Word,
    claim_pvalue,
    crossed,
    judge_claim,
    judge_claims,
)
from tests.significance.leads import Lead

SESOI = 10.0
LEVEL = 0.05  # upper limits: 1.645 and 1.960 errors with one control, 1.960 and 2.241 with two


def judged(*leads: Lead, level: float = LEVEL, sesoi: float | None = SESOI) -> ClaimVerdict:
    return judge_claim(leads, level=level, sesoi=sesoi)


# A lead of 0 with an error of 1 has the bar [−2, 2]
@pytest.mark.parametrize(
    ("leads", "word"),
    [
        ([Lead(12)], "better, by at least SESOI"),
        ([Lead(12), Lead(40, 5)], "better, by at least SESOI"),
        ([Lead(4)], "better, but by less than SESOI"),
        ([Lead(4), Lead(12)], "better, but by less than SESOI"),
        ([Lead(9)], "better"),
        ([Lead(9), Lead(12)], "better"),
        ([Lead(-4)], "refuted"),
        ([Lead(-4), Lead(40)], "refuted"),
        ([Lead(-4), Lead(40, estimable=False)], "refuted"),
        ([Lead(1, 4)], "equivalent"),
        ([Lead(1), Lead(-1)], "equivalent"),
        ([Lead(-4, 4)], "no relevant gain"),
        ([Lead(0), Lead(12)], "no relevant gain"),
        ([Lead(0), Lead(12, fewest_seeds=2)], "no relevant gain"),
        ([Lead(12, estimable=False)], "not estimable"),
        ([Lead(12, fewest_seeds=1)], "not estimable"),
        ([Lead(12), Lead(12, fewest_seeds=1)], "not estimable"),
        ([Lead(12, fewest_seeds=2), Lead(12, fewest_seeds=1)], "not estimable"),
        ([Lead(12, fewest_seeds=2)], "not controlled"),
        ([Lead(12), Lead(12, fewest_seeds=2)], "not controlled"),
        ([Lead(8, 5)], "inconclusive"),
        ([Lead(12), Lead(8, 5)], "inconclusive"),
    ],
)
def test_each_word_has_its_claims(leads: list[Lead], word: str) -> None:
    assert judged(*leads).word == word


def test_the_limits_and_the_picture_of_a_claim_with_two_controls() -> None:
    verdict = judged(Lead(3), Lead(1, 2))
    # normal quantiles from a table: 1.959964 at .025, 2.241403 at .0125
    assert verdict.bars[0] == pytest.approx((3 - 1.959964, 3 + 2.241403), abs=5e-6)
    assert verdict.bars[1] == pytest.approx((1 - 2 * 1.959964, 1 + 2 * 2.241403), abs=5e-6)
    assert verdict.lower == verdict.bars[1].low
    assert verdict.upper == verdict.bars[0].high
    assert verdict.upper_gain == pytest.approx(1 + 2 * 1.959964, abs=5e-6)
    assert verdict.equivalence == (verdict.bars[1].low, verdict.bars[1].high)
    assert (verdict.estimate, verdict.decided_by) == (1, 1)
    assert (verdict.suffix, verdict.loses_to) == ("", ())


def test_the_limits_of_a_claim_with_one_control() -> None:
    verdict = judged(Lead(3))
    assert verdict.bars == ((verdict.lower, verdict.upper),)
    assert verdict.bars[0] == pytest.approx((3 - 1.959964, 3 + 1.959964), abs=5e-6)
    assert verdict.equivalence == pytest.approx((3 - 1.644854, 3 + 1.644854), abs=5e-6)
    assert verdict.upper_gain == verdict.equivalence.high


def test_the_deciding_control_has_the_smallest_lead_and_not_the_largest_p() -> None:
    verdict = judged(Lead(3, 0.1), Lead(5, 50))
    assert (verdict.estimate, verdict.decided_by) == (3, 0)


def test_a_control_without_a_number_decides_nothing() -> None:
    verdict = judged(Lead(-9, estimable=False), Lead(5), Lead(4, fewest_seeds=2))
    assert (verdict.estimate, verdict.decided_by) == (4, 2)
    assert verdict.bars[0] == verdict.bars[2] == (-inf, inf)
    # the two others still take their share of the level: 2.393980 at .05/6
    assert verdict.upper == pytest.approx(5 + 2.393980, abs=5e-6)
    verdict = judged(Lead(5, estimable=False), Lead(-9, fewest_seeds=1))
    assert (verdict.estimate, verdict.decided_by) == (-9, None)
    assert (verdict.lower, verdict.upper, verdict.upper_gain) == (-inf, inf, inf)
    assert not verdict.nameable


@pytest.mark.parametrize(("n_seeds", "bounded"), [(2, False), (FEWEST_SEEDS, True), (None, True)])
def test_three_seeds_decide(n_seeds: int | None, bounded: bool) -> None:
    verdict = judged(Lead(12, fewest_seeds=n_seeds))
    assert (verdict.lower > -inf) == bounded
    assert (verdict.word == "not controlled") != bounded


@pytest.mark.parametrize(
    ("leads", "suffix"),
    [
        ([Lead(-4)], "by less than SESOI"),
        ([Lead(-4), Lead(40)], "by less than SESOI"),
        ([Lead(-4), Lead(0, 6)], ""),
        ([Lead(-9)], ""),
        ([Lead(-13)], "by at least SESOI"),
        ([Lead(4)], ""),
    ],
)
def test_refuted_says_how_much_is_lost(leads: list[Lead], suffix: str) -> None:
    assert judged(*leads).suffix == suffix


def test_a_refuted_claim_names_all_controls_that_win_by_holm() -> None:
    # one-sided p .00003, .017, .02 and .5; Holm at .025: .025/4, then .025/3 = .0083
    assert judged(Lead(-4), Lead(-2.12), Lead(-2.05), Lead(0)).loses_to == (0,)
    # .00003, .0062, .0108, .0228: .025/4, /3, /2 and .025
    assert judged(Lead(-2), Lead(-2.3), Lead(-4), Lead(-2.5)).loses_to == (0, 1, 2, 3)
    assert judged(Lead(4), Lead(5)).loses_to == ()


@pytest.mark.parametrize(
    ("leads", "nameable"),
    [
        # with one control its gain limit at the full level is enough: 8.2 + 1.645 < 10 < 8.2 + 1.96
        ([Lead(8.2)], True),
        ([Lead(8.5)], False),
        # with two, the bar of the control: 7.5 + 2.241 < 10 < 7.8 + 2.241, but 7.8 + 1.96 < 10
        ([Lead(7.5), Lead(30)], True),
        ([Lead(7.8), Lead(30)], False),
    ],
)
def test_the_deciding_control_is_named_only_if_its_bar_ends_below_sesoi(
    leads: list[Lead], nameable: bool
) -> None:
    verdict = judged(*leads)
    assert verdict.nameable == nameable
    assert (verdict.word == Word.SLIGHTLY_BETTER) == (leads[0].mean < 8.5)


def test_a_bar_that_ends_at_sesoi_names_nobody() -> None:
    leads = Lead(0), Lead(30)
    end = judged(*leads).bars[0].high
    verdict = judged(*leads, sesoi=end)
    assert (verdict.word, verdict.nameable) == ("no relevant gain", False)
    assert judged(*leads, sesoi=end + 1e-9).nameable


def test_without_a_sesoi_nothing_is_said_about_relevance() -> None:
    words = [judged(Lead(mean), sesoi=None) for mean in (12, -12, 0)]
    assert [verdict.word for verdict in words] == ["better", "refuted", "inconclusive"]
    assert [verdict.suffix for verdict in words] == ["", "", ""]
    assert not any(verdict.nameable for verdict in words)


@pytest.mark.parametrize(
    ("leads", "options", "message"),
    [
        ([], {}, "claim 0 has no contrast; give one for each of its controls"),
        ([Lead(1)], {"level": 0.0}, "the level of claim 0 is 0.0; it is above 0 and at most .5"),
        ([Lead(1)], {"level": 0.51}, "the level of claim 0 is 0.51; it is above 0"),
        ([Lead(1)], {"sesoi": 0.0}, "sesoi is 0.0; expected a number above 0, or None"),
        ([Lead(1)], {"sesoi": float("nan")}, "sesoi is nan; expected a number above 0"),
    ],
)
def test_a_claim_without_controls_level_or_sesoi_is_refused(
    leads: list[Lead], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        judged(*leads, **options)


def test_the_largest_level_is_one_half() -> None:
    # the quantile of a tail of .25 is .674490
    assert judged(Lead(3), level=0.5).lower == pytest.approx(3 - 0.674490, abs=5e-7)


def test_several_claims_have_their_own_levels() -> None:
    claims = [[Lead(2.1)], [Lead(2.1)]]
    strict, loose = judge_claims(claims, levels=[0.01, 0.05], sesoi=None)
    assert (strict.word, loose.word) == ("inconclusive", "better")
    assert loose == judged(Lead(2.1), sesoi=None)


def test_claims_by_name_are_judged_like_claims_in_order() -> None:
    claims = {"routing helps": [Lead(-2.1), Lead(30)], "better": [Lead(-2.1)]}
    includes = {"routing helps": ["better"]}
    levels = {"better": 0.05, "routing helps": 0.04}
    named = judge_claims(claims, levels=levels, sesoi=SESOI, includes=includes)
    ordered = judge_claims(
        list(claims.values()), levels=[0.04, 0.05], sesoi=SESOI, includes=[[1], []]
    )
    assert list(named) == ["routing helps", "better"]
    assert tuple(named.values()) == ordered


def test_a_claim_is_refuted_by_a_claim_that_it_includes() -> None:
    # −2.1 + 1.960 < 0 < −2.1 + 2.241: alone against two controls the loss would not be shown
    first, second = Lead(-2.1), Lead(30)
    assert judged(first, second).word == "no relevant gain"
    wide, narrow = judge_claims(
        [[second, first], [first]], levels=LEVEL, sesoi=SESOI, includes={0: [1]}
    )
    assert wide.upper == narrow.upper < 0
    assert (wide.word, wide.suffix, wide.loses_to) == ("refuted", "by less than SESOI", (1,))
    assert (narrow.word, narrow.loses_to) == ("refuted", (0,))
    # the bars stay those of the claim's own level
    assert wide.bars == judged(second, first).bars


def test_the_losses_of_an_included_claim_are_found_by_their_numbers() -> None:
    wide, _ = judge_claims(
        [[Lead(30), Lead(-2.1), Lead(-2.1, 50)], [Lead(-2.1)]],
        levels=LEVEL,
        sesoi=SESOI,
        includes=[[1], []],
    )
    assert wide.loses_to == (1,)


def test_an_included_claim_is_equivalent_if_the_wider_one_is() -> None:
    first, second = Lead(0, 4), Lead(0, 4)
    claims = [[first, second], [first]]
    wide, narrow = judge_claims(claims, levels=[0.05, 0.005], sesoi=SESOI, includes=[[1], []])
    assert judged(first, level=0.005).word == "inconclusive"
    assert (wide.word, narrow.word) == ("equivalent", "equivalent")
    assert narrow.equivalence == wide.equivalence


def test_the_p_value_of_a_claim_is_below_the_level_where_its_bar_excludes_0() -> None:
    generator = np.random.default_rng(3)
    n_excluding = 0
    for _ in range(200):
        leads = [
            Lead(float(mean), df=9) for mean in generator.normal(0, 3, generator.integers(1, 4))
        ]
        verdict, p = judged(*leads), claim_pvalue(leads)
        excludes = verdict.lower > 0 or verdict.upper < 0
        assert (p < LEVEL) == excludes
        n_excluding += excludes
    assert 50 < n_excluding < 150


def test_the_p_value_of_a_claim() -> None:
    # P(Z > 1.644854) = .05, P(Z > 2.326348) = .01
    assert claim_pvalue([Lead(2.326348)]) == pytest.approx(0.02, abs=1e-7)
    assert claim_pvalue([Lead(-2.326348)]) == pytest.approx(0.02, abs=1e-7)
    assert claim_pvalue([Lead(2.326348), Lead(1.644854)]) == pytest.approx(0.1, abs=1e-6)
    assert claim_pvalue([Lead(-2.326348), Lead(1.644854)]) == pytest.approx(0.04, abs=1e-7)
    assert claim_pvalue([Lead(0), Lead(0.1)]) == 1.0
    # a control that cannot be judged shares the level and shows nothing
    unknown = Lead(50, fewest_seeds=2)
    assert claim_pvalue([Lead(-2.326348), unknown]) == pytest.approx(0.04, abs=1e-7)
    assert claim_pvalue([Lead(2.326348), unknown]) == 1.0
    assert isnan(claim_pvalue([unknown]))


def test_the_limits_of_real_results_are_those_of_their_half_widths() -> None:
    generator = np.random.default_rng(8)
    queries = generator.normal(0.5, 0.1, (40, 1))
    system, first, second = (
        queries + shift + generator.normal(0, 0.02, (1, 4)) + generator.normal(0, 0.05, (40, 4))
        for shift in (0.1, 0, 0.05)
    )
    contrasts = [crossed(system, control, seeds="shared") for control in (first, second)]
    verdict = judge_claim(contrasts, level=0.025, sesoi=0.02)
    for contrast, bar in zip(contrasts, verdict.bars, strict=True):
        assert bar.low == contrast.mean - contrast.half_width(0.0125)
        assert bar.high == contrast.mean + contrast.half_width(0.00625)
    assert verdict.decided_by == 1


def test_fixed_systems_are_judged_by_the_paired_t_test() -> None:
    # Student's sleep data. R: t.test(extra[group == 2], extra[group == 1], paired = TRUE)
    #    mean 1.58, 95 % interval [0.7001142, 2.4598858], p = 0.002833
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])[:, None]
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])[:, None]
    contrast = crossed(second, first)
    verdict = judge_claim([contrast], level=0.05, sesoi=None)
    assert verdict.word == "better"
    assert verdict.bars[0] == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert claim_pvalue([contrast]) == pytest.approx(0.002833, abs=5e-7)


@pytest.mark.parametrize("n_seeds", [1, 4])
def test_three_tied_queries_are_not_equivalent(n_seeds: int) -> None:
    scores = np.full((3, n_seeds), 0.5)
    contrast = crossed(scores, scores, seeds="shared")
    verdict = judge_claim([contrast], level=0.05, sesoi=0.02)
    assert (verdict.word, verdict.estimate) == ("inconclusive", 0)
    # ±R(1 − τ^(1/n)) with R = 1, n = 3 and τ = .025
    assert verdict.bars[0] == pytest.approx((-0.707598, 0.707598), abs=5e-7)


def test_a_trained_system_with_one_seed_is_not_estimable() -> None:
    generator = np.random.default_rng(1)
    a, b = generator.uniform(size=(20, 1)), generator.uniform(size=(20, 1))
    contrast = crossed(a, b, trained=(True, False))
    assert judge_claim([contrast], level=0.05, sesoi=0.02).word == "not estimable"
