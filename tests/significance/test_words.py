"""A word follows from the drawn limits of a claim, by rules in one order."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from maw.significance.corrections import holm_rows
from maw.significance.words import (
    SUFFIXES,
    WORDS,
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

Array = npt.NDArray[np.float64]

# [ is L, ] is U, > is U₂, { and } are the limits of equivalence. A character is .1 SESOI wide; a
# limit that is not drawn lies far outside.
SESOI = 10.0
AXIS = "          -         0         +         "
PICTURES = [
    (Word.BETTER_BY_SESOI, "                              [========]"),
    (Word.SLIGHTLY_BETTER, "                     [=======>=]        "),
    (Word.SLIGHTLY_BETTER, "                     [{====}>]          "),
    (Word.BETTER, "                     [========>=]       "),
    (Word.BETTER, "                             [=======>=]"),
    (Word.REFUTED, " [===============>=]                    "),
    (Word.REFUTED, "           [{=====}]                    "),
    (Word.EQUIVALENT, "         [={=================}=]        "),
    (Word.EQUIVALENT, "                   [{======}>]          "),
    (Word.NO_RELEVANT_GAIN, "  [===============>=]                   "),
    (Word.NO_RELEVANT_GAIN, "         [{=================}>=]        "),
    (Word.INCONCLUSIVE, "                    [=========>=]       "),
    (Word.INCONCLUSIVE, "          [{==================}=]       "),
    (Word.INCONCLUSIVE, " [=====================================]"),
]
SUFFIX_PICTURES = [
    (Suffix.LESS, "           [=======]                    "),
    (Suffix.NONE, "          [========]                    "),
    (Suffix.NONE, "  [=======]                             "),
    (Suffix.AT_LEAST, "  [======]                              "),
    (Suffix.NONE, "           [========]                   "),
]


def drawn(picture: str) -> Limits:
    """Return the limits that a picture shows."""
    zero = AXIS.index("0")
    lower, upper, gain, low, high = (
        np.array(picture.index(mark) - zero if mark in picture else outside)
        for mark, outside in zip("[]>{}", (-99.0, 99.0, 99.0, -99.0, 99.0), strict=True)
    )
    return Limits(lower, upper, gain, low, high)


def word_of(limits: Limits, **missing: bool) -> Word:
    return WORDS[int(word_codes(findings(limits, sesoi=SESOI), **missing))]


def suffix_of(limits: Limits) -> str:
    shown = findings(limits, sesoi=SESOI)
    return SUFFIXES[int(suffix_codes(shown, word_codes(shown)))]


def normal_widths(errors: Array) -> Callable[[float], Array]:
    """Return the half-widths of normal means with these standard errors [..., K]."""
    return lambda tail: errors * stats.norm.isf(tail)


def limits_of(*means: float, errors: float | tuple[float, ...] = 1.0, level: float) -> Limits:
    mean = np.array(means)
    widths = normal_widths(np.broadcast_to(errors, mean.shape))
    return claim_limits(mean, widths, level=level)


@pytest.mark.parametrize(("word", "picture"), PICTURES)
def test_a_word_is_read_from_its_picture(word: Word, picture: str) -> None:
    assert len(picture) == len(AXIS)
    assert word_of(drawn(picture)) is word


@pytest.mark.parametrize(("suffix", "picture"), SUFFIX_PICTURES)
def test_a_suffix_is_read_from_its_picture(suffix: Suffix, picture: str) -> None:
    assert suffix_of(drawn(picture)) == suffix


def test_the_words_are_spelled_as_the_protocol_spells_them() -> None:
    assert [word.value for word in Word] == [
        "better, by at least SESOI", "better, but by less than SESOI", "better", "refuted",
        "equivalent", "no relevant gain", "not estimable", "not controlled", "inconclusive",
    ]  # fmt: skip
    assert [suffix.value for suffix in Suffix] == ["", "by less than SESOI", "by at least SESOI"]


@pytest.mark.parametrize(
    ("missing", "word"),
    [
        ({"not_estimable": True}, Word.NOT_ESTIMABLE),
        ({"not_controlled": True}, Word.NOT_CONTROLLED),
        ({"not_estimable": True, "not_controlled": True}, Word.NOT_ESTIMABLE),
    ],
)
def test_a_missing_control_stands_where_inconclusive_would(
    missing: dict[str, bool], word: Word
) -> None:
    undecided, refuted = drawn(PICTURES[-1][1]), drawn(PICTURES[5][1])
    assert word_of(undecided, **missing) is word
    assert word_of(refuted, **missing) is Word.REFUTED


def test_without_a_sesoi_no_word_speaks_of_relevance() -> None:
    words = set()
    for _, picture in (*PICTURES, *SUFFIX_PICTURES):
        shown = findings(drawn(picture), sesoi=None)
        words.add(WORDS[int(word_codes(shown))])
        assert SUFFIXES[int(suffix_codes(shown, word_codes(shown)))] == ""
    assert words == {Word.BETTER, Word.REFUTED, Word.INCONCLUSIVE}


def test_words_of_many_claims_are_those_of_each() -> None:
    one_each = [drawn(picture) for _, picture in PICTURES]
    stacked = Limits(*(
        np.array([getattr(limits, name) for limits in one_each]).reshape(2, -1)
        for name in ("lower", "upper", "upper_gain", "equivalence_low", "equivalence_high")
    ))  # fmt: skip
    shown = findings(stacked, sesoi=SESOI)
    codes = word_codes(shown)
    assert codes.shape == (2, 7)
    assert [WORDS[code] for code in codes.ravel()] == [word for word, _ in PICTURES]
    suffixes = [SUFFIXES[code] for code in suffix_codes(shown, codes).ravel()]
    assert [suffix for suffix in suffixes if suffix] == ["by less than SESOI"]
    assert findings(stacked, sesoi=None).equivalent.shape == (2, 7)


# Normal quantiles from a table (Fisher & Yates): P(Z > z) = .0125 at 2.241403, .025 at 1.959964,
# .05 at 1.644854, .0083333 at 2.393980, .0166667 at 2.128045
def test_one_control_spends_no_level_on_others() -> None:
    limits = limits_of(0.5, level=0.05)
    assert limits.lower == pytest.approx(0.5 - 1.959964, abs=5e-7)
    assert limits.upper == pytest.approx(0.5 + 1.959964, abs=5e-7)
    assert limits.upper_gain == pytest.approx(0.5 + 1.644854, abs=5e-7)
    assert limits.equivalence_low == pytest.approx(0.5 - 1.644854, abs=5e-7)
    assert limits.equivalence_high == pytest.approx(0.5 + 1.644854, abs=5e-7)


def test_upper_limits_are_shared_by_the_controls_and_the_lower_is_not() -> None:
    errors = (1.0, 2.0, 0.1)
    limits = limits_of(0.5, 0.0, 2.5, errors=errors, level=0.05)
    assert limits.lower == pytest.approx(0.0 - 2 * 1.959964, abs=5e-6)
    assert limits.upper == pytest.approx(2.5 + 0.1 * 2.393980, abs=5e-6)
    assert limits.upper_gain == pytest.approx(0.5 + 2.128045, abs=5e-6)
    assert limits.equivalence_low == limits.lower
    assert limits.equivalence_high == pytest.approx(0.0 + 2 * 2.393980, abs=5e-6)


def test_the_bars_of_the_controls_give_the_bar_of_the_claim() -> None:
    mean, errors = np.array([[0.5, 0.0], [1.0, 3.0]]), np.array([[1.0, 2.0], [0.5, 0.1]])
    low, high = control_bars(mean, normal_widths(errors), level=0.05)
    np.testing.assert_allclose(low, mean - 1.959964 * errors, atol=1e-6)
    np.testing.assert_allclose(high, mean + 2.241403 * errors, atol=1e-6)
    limits = claim_limits(mean, normal_widths(errors), level=0.05)
    np.testing.assert_array_equal(limits.lower, low.min(axis=1))
    np.testing.assert_array_equal(limits.upper, high.min(axis=1))
    np.testing.assert_array_equal(limits.equivalence_low, low.min(axis=1))
    np.testing.assert_array_equal(limits.equivalence_high, high.max(axis=1))


def test_a_control_without_limits_bounds_nothing() -> None:
    limits = claim_limits(np.array([-5.0, 0.3]), normal_widths(np.array([1.0, np.inf])), level=0.05)
    assert limits.lower == -np.inf
    assert limits.upper == pytest.approx(-5 + 2.241403, abs=5e-7)
    assert limits.equivalence_high == np.inf


def test_a_nested_claim_has_the_smallest_upper_limits() -> None:
    # the wider claim shares its level between two controls, so that the narrower one bounds it
    wide, narrow = limits_of(0.0, 3.0, level=0.05), limits_of(0.0, level=0.05)
    bounded, unchanged = nested_limits([wide, narrow], [[1], []], sesoi=SESOI)
    assert bounded.upper == narrow.upper < wide.upper
    assert bounded.upper_gain == narrow.upper_gain < wide.upper_gain
    assert bounded.lower == wide.lower
    assert unchanged.upper == narrow.upper
    # a narrower claim at a small level bounds nothing
    narrow = limits_of(0.0, level=0.001)
    bounded, _ = nested_limits([wide, narrow], [[1], []], sesoi=SESOI)
    assert bounded.upper == wide.upper
    assert bounded.upper_gain == wide.upper_gain


def test_equivalence_passes_down_to_the_included_claims_and_not_up() -> None:
    wide, narrow = limits_of(0.0, 1.0, level=0.05), limits_of(0.0, level=1e-30)
    other = limits_of(0.0, 1.0, errors=(5.0, 5.0), level=0.05)
    claims = [narrow, other, wide]
    assert word_of(narrow) is Word.INCONCLUSIVE
    passed, undecided, giver = nested_limits(claims, [[], [0], [0]], sesoi=SESOI)
    assert word_of(passed) is Word.EQUIVALENT
    assert passed.equivalence_low == wide.equivalence_low
    assert passed.equivalence_high == wide.equivalence_high
    assert undecided.equivalence_high == other.equivalence_high
    assert giver.equivalence_high == wide.equivalence_high
    # without nesting, or without a SESOI, each claim keeps its own
    for includes, sesoi in (([[], [], []], SESOI), ([[], [0], [0]], None)):
        kept = nested_limits(claims, includes, sesoi=sesoi)[0]
        assert kept.equivalence_high == narrow.equivalence_high


def test_an_equivalent_claim_keeps_its_own_limits_of_equivalence() -> None:
    wide, narrow = limits_of(0.0, 1.0, level=0.05), limits_of(0.0, level=0.05)
    kept = nested_limits([wide, narrow], [[1], []], sesoi=SESOI)[1]
    assert kept.equivalence_high == narrow.equivalence_high != wide.equivalence_high


def test_the_controls_that_win_are_those_of_holms_procedure() -> None:
    generator = np.random.default_rng(5)
    mean, errors = generator.normal(-2, 1.5, (300, 4)), generator.uniform(0.5, 1.5, (300, 4))
    wins = winning_controls(mean, normal_widths(errors), level=0.1)
    p = stats.norm.cdf(mean / errors)
    # `holm_rows` is tested against statsmodels' multipletests
    np.testing.assert_array_equal(wins, holm_rows(p) < 0.05)
    assert set(wins.sum(axis=1)) == {0, 1, 2, 3, 4}


def test_a_control_wins_exactly_where_the_claim_is_refuted() -> None:
    generator = np.random.default_rng(6)
    mean, errors = generator.normal(-1, 1, (500, 3)), generator.uniform(0.2, 1, (500, 3))
    wins = winning_controls(mean, normal_widths(errors), level=0.05).any(axis=-1)
    limits = claim_limits(mean, normal_widths(errors), level=0.05)
    np.testing.assert_array_equal(wins, limits.upper < 0)
    assert 50 < wins.sum() < 450


def test_a_bar_that_ends_at_0_refutes_nothing() -> None:
    widths = normal_widths(np.ones(2))
    mean = np.array([-widths(0.0125)[0], 9.0])
    assert claim_limits(mean, widths, level=0.05).upper == 0
    assert not winning_controls(mean, widths, level=0.05).any()
